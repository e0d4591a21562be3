import json
from pathlib import Path

import pytest

from experiments.compare.__main__ import main
from experiments.report.recipe_table import BEGIN, END, read_run, table

CONFIG = """
seed: {seed}
name: {name}
stages: [pretrain, adapt, evaluate]
trainer: {{limit: null}}
baseline: {{system: S, task: T, theirs: 90 %, goal: 0.95, figure: evaluate.set.{figure}}}
"""


def write_run(
    folder: Path, name: str, seed: int, figure: str, value: float, *overrides: str, minutes: float | None = None
) -> None:
    (folder / "hydra").mkdir(parents=True)
    (folder / "hydra" / "overrides.yaml").write_text(
        json.dumps([f"experiment={name}", f"seed={seed}", "hydra.run.dir=x", *overrides])
    )
    (folder / "config.yaml").write_text(CONFIG.format(name=name, seed=seed, figure=figure))
    trained = {} if minutes is None else {"pretrain": {"seconds": 30.0}, "adapt": {"seconds": 60 * minutes - 30}}
    (folder / "results.json").write_text(json.dumps({**trained, "evaluate": {"set": {figure: value, "n": 1000}}}))


def test_runs_become_rows_and_seeds_are_put_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a", "mnist_cnn", 0, "exact", 0.96, minutes=4)
    write_run(tmp_path / "b", "mnist_cnn", 1, "exact", 0.98, minutes=7)
    write_run(tmp_path / "deep" / "c", "mnist_lenet5", 0, "grapheme_cer", 0.1, "stages=[evaluate]")
    # of a table without times
    before = "| CRNN | T | 99 % | 90 % | 85 % | `python experiments/run.py experiment=chinese_crnn` |"
    kept = "| CRNN | T | 99 % | 90 % | 85 % | – | `python experiments/run.py experiment=chinese_crnn` |"
    old = f"| old | `python experiments/run.py experiment=mnist_cnn` |\n{before}"
    (tmp_path / "README.md").write_text(f"before\n{BEGIN}\n| system |\n|---|\n{old}\n{END}\nafter\n")
    assert main([str(tmp_path), "--recipes", str(tmp_path / "README.md")]) == 0
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
    assert main([str(tmp_path), "--recipes", str(tmp_path / "README.md")]) == 0
    assert (tmp_path / "README.md").read_text() == text, "written again, nothing changes"


def test_two_runs_of_one_seed_are_refused_and_broken_folders_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "a", "mnist_cnn", 0, "exact", 0.96)
    write_run(tmp_path / "b", "mnist_cnn", 1, "exact", 0.96)
    (tmp_path / "b" / "results.json").write_text("[1, 2]")
    assert main([str(tmp_path), "--recipes"]) == 0
    write_run(tmp_path / "c", "mnist_cnn", 0, "exact", 0.97)
    assert main([str(tmp_path), "--recipes"]) == 2
    assert "both mnist_cnn with seed 0" in capsys.readouterr().err


def test_other_folders_are_passed_over_and_files_without_marks_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--recipes"]) == 2
    write_run(tmp_path / "a", "null", 0, "exact", 0.96)
    assert read_run(tmp_path / "a") is None
    write_run(tmp_path / "b", "mnist_cnn", 0, "exact", 0.96)
    (tmp_path / "x.md").write_text("no marks")
    assert main([str(tmp_path), "--recipes", str(tmp_path / "x.md")]) == 2
    assert "marks" in capsys.readouterr().err
    assert (tmp_path / "x.md").read_text() == "no marks"


def test_more_errors_than_characters_are_no_share_below_0(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "chinese_crnn", 0, "grapheme_cer", 4.42)
    result = read_run(tmp_path / "a")
    assert result is not None
    assert result.right == 0.0


def test_a_run_that_a_link_leads_to_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "elsewhere" / "a", "mnist_cnn", 0, "exact", 0.96, minutes=5)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere" / "a")
    (tmp_path / "runs" / "latest").symlink_to(tmp_path / "elsewhere" / "a")
    (tmp_path / "runs" / "loop").symlink_to(tmp_path / "runs")
    assert main([str(tmp_path / "runs"), str(tmp_path), "--recipes"]) == 0
    assert "96.00 % (seed 0) | 95 % | 5 min |" in capsys.readouterr().out


def test_no_time_stands_where_some_of_the_training_is_not_in_it(tmp_path: Path) -> None:
    write_run(tmp_path / "whole", "mnist_cnn", 0, "exact", 0.96, minutes=5)
    write_run(tmp_path / "weights", "mnist_cnn", 1, "exact", 0.96, minutes=5)
    with (tmp_path / "weights" / "config.yaml").open("a") as file:
        file.write("weights: pretrained.safetensors\n")
    write_run(tmp_path / "resumed", "mnist_cnn", 2, "exact", 0.96, minutes=5)
    results = json.loads((tmp_path / "resumed" / "results.json").read_text())
    (tmp_path / "resumed" / "results.json").write_text(json.dumps({**results, "pretrain": {"skipped": True}}))
    write_run(tmp_path / "later", "mnist_cnn", 3, "exact", 0.96, minutes=5)
    with (tmp_path / "later" / "config.yaml").open("a") as file:
        file.write("stage: {adapt: {resume: last.ckpt}}\n")
    runs = [read_run(tmp_path / name) for name in ("whole", "weights", "resumed", "later")]
    assert [run and run.seconds for run in runs] == [300.0, None, None, None]
    assert "| – |" in table([run for run in runs if run])


def test_parts_of_a_figure_say_of_how_many_pictures(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "digits_letters", 0, "exact", 0.96)
    with (tmp_path / "a" / "config.yaml").open("a") as file:
        file.write(
            "baseline: "
            "{system: S, task: T, theirs: 90 %, goal: 0.95, figure: evaluate.set.exact, "
            "parts: {evaluate.hnd.exact: Hnd}}\n"
        )
    config = (tmp_path / "a" / "config.yaml").read_text().splitlines()
    (tmp_path / "a" / "config.yaml").write_text(
        "\n".join(line for k, line in enumerate(config) if k != len(config) - 2)
    )
    results = json.loads((tmp_path / "a" / "results.json").read_text())
    results["evaluate"]["hnd"] = {"exact": 0.9, "n": 2160}
    (tmp_path / "a" / "results.json").write_text(json.dumps(results))
    run = read_run(tmp_path / "a")
    assert run is not None
    assert "96.00 % (seed 0); Hnd 90.00 % (2,160) |" in table([run])


def test_runs_with_other_settings_are_no_seeds_of_one_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a", "mnist_cnn", 0, "exact", 0.5, "stage.adapt.max_steps=20")
    write_run(tmp_path / "b", "mnist_cnn", 0, "exact", 0.96)
    assert main([str(tmp_path), "--recipes"]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert ["50.00 % (seed 0), short" in rows[0], "96.00 % (seed 0) |" in rows[1]] == [True, True]


def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    write_run(tmp_path / "a", "mnist_cnn", 0, "exact", 0.96)
    (tmp_path / "whole.md").write_text(f"{BEGIN}\n{END}\n")
    (tmp_path / "link.md").symlink_to(tmp_path / "whole.md")
    assert main([str(tmp_path / "a"), "--recipes", str(tmp_path / "link.md")]) == 0
    assert (tmp_path / "link.md").is_symlink()
    assert "96.00 %" in (tmp_path / "whole.md").read_text()
