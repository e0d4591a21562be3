import json
from pathlib import Path

import pytest

from experiments.table import BEGIN, END, main, read_run

CONFIG = """
seed: {seed}
name: {name}
stages: [pretrain, adapt, evaluate]
trainer: {{limit: null}}
ancestor: {{system: S, task: T, theirs: 90 %, goal: 0.95, figure: evaluate.set.{figure}}}
"""


def write_run(folder: Path, name: str, seed: int, figure: str, value: float, *overrides: str, minutes: float | None = None) -> None:
    (folder / "hydra").mkdir(parents=True)
    (folder / "hydra" / "overrides.yaml").write_text(json.dumps([f"experiment={name}", f"seed={seed}", "hydra.run.dir=x", *overrides]))
    (folder / "config.yaml").write_text(CONFIG.format(name=name, seed=seed, figure=figure))
    trained = {} if minutes is None else {"pretrain": {"seconds": 30.0}, "adapt": {"seconds": 60 * minutes - 30}}
    (folder / "results.json").write_text(json.dumps({**trained, "evaluate": {"set": {figure: value, "n": 1000}}}))


def test_runs_become_rows_and_seeds_are_put_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a", "mnist_cnn", 0, "exact", 0.96, minutes=4)
    write_run(tmp_path / "b", "mnist_cnn", 1, "exact", 0.98, minutes=7)
    write_run(tmp_path / "deep" / "c", "mnist_lenet5", 0, "grapheme_cer", 0.1, "stages=[evaluate]")
    kept = "| CRNN | `python experiments/run.py experiment=chinese_crnn` |"
    old = f"| old | `python experiments/run.py experiment=mnist_cnn` |\n{kept}"
    (tmp_path / "README.md").write_text(f"before\n{BEGIN}\n| system |\n|---|\n{old}\n{END}\nafter\n")
    assert main([str(tmp_path), "--write", str(tmp_path / "README.md")]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert "97.00 % (96.00 % to 98.00 %, seeds 0, 1)" in rows[2]
    assert "short" not in rows[2]
    assert "| 4 to 7 min |" in rows[2], "what its training stages took together"
    assert "| – |" in rows[3], "trained before times were kept"
    assert "90.00 % (seed 0), short" in rows[3]
    assert "`python experiments/run.py experiment=mnist_cnn`" in rows[2]
    assert "experiment=mnist_lenet5 'stages=[evaluate]'`" in rows[3]  # what was set besides is said
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert text.index(kept) < text.index(rows[2]), "rows of other recipes stay, in the order of conf/experiment"
    assert rows[3] in text


def test_two_runs_of_one_seed_are_refused_and_broken_folders_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a", "mnist_cnn", 0, "exact", 0.96)
    write_run(tmp_path / "b", "mnist_cnn", 1, "exact", 0.96)
    (tmp_path / "b" / "results.json").write_text("[1, 2]")
    assert main([str(tmp_path)]) == 0
    write_run(tmp_path / "c", "mnist_cnn", 0, "exact", 0.97)
    assert main([str(tmp_path)]) == 2
    assert "both mnist_cnn with seed 0" in capsys.readouterr().err


def test_other_folders_are_passed_over_and_files_without_marks_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    write_run(tmp_path / "a", "null", 0, "exact", 0.96)
    assert read_run(tmp_path / "a") is None
    write_run(tmp_path / "b", "mnist_cnn", 0, "exact", 0.96)
    (tmp_path / "x.md").write_text("no marks")
    assert main([str(tmp_path), "--write", str(tmp_path / "x.md")]) == 2
    assert "marks" in capsys.readouterr().err
    assert (tmp_path / "x.md").read_text() == "no marks"


def test_a_run_that_a_link_leads_to_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "elsewhere" / "a", "mnist_cnn", 0, "exact", 0.96, minutes=5)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere" / "a")
    assert main([str(tmp_path / "runs")]) == 0
    assert "96.00 % (seed 0) | 95 % | 5 min |" in capsys.readouterr().out
