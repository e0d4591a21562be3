"""Runs beside each other: of folders as runs leave them, and of damaged ones."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from experiments.compare.__main__ import main
from experiments.compare.comparison import best_of, chosen_figures, differing, duels, grouped, interval
from experiments.compare.records import find_runs, short_names
from experiments.compare.table import as_markdown

TRUTHS = ["HYRULE", "LINK", "ZELDA", "EPONA", "NAVI", "IMPA", "RUTO", "SARIA"]


def write_run(folder: Path, seed: int, rate: float, cer: float, wrong: tuple[int, ...] = (), **more: Any) -> None:
    """A run folder: it trained with a learning rate, and read some of TRUTHS wrong."""
    read = folder / "evaluate/set"
    (read / "wrong").mkdir(parents=True)
    config = {
        "seed": seed,
        "stages": ["adapt", "evaluate"],
        "model": {"architecture": "crnn", "arguments": {"n_hidden": 96}},
        "data": {"name": "hylian_synth"},
        "paths": {"runs": str(folder)},
        "stage": {"adapt": {"learning_rate": rate}, "evaluate": {"count": 8}, "render": {"count": seed}},
        **more,
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    figures = {
        "adapt": {"seconds": 90.0},
        "evaluate": {"set": {"n": 8, "grapheme_cer": cer, "exact": 1 - len(wrong) / 8}},
    }
    (folder / "results.json").write_text(json.dumps(figures))
    (folder / "report.md").write_text("done")
    rows = [f"{truth}\t{'XX' if k in wrong else truth}\t0.9" for k, truth in enumerate(TRUTHS)]
    (read / "readings.tsv").write_text("\n".join(["truth\tread\tconfidence", *rows]) + "\n")
    for k in wrong:
        cv2.imwrite(str(read / f"wrong/{k:05d}.png"), np.full((20, 60, 3), 90, np.uint8))
    (folder / "adapt").mkdir()
    (folder / "adapt/metrics.csv").write_text("epoch,step,train/loss,val/cer\n0,99,1.5,\n0,99,,0.4\n0,199,0.9,0.2\n")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for seed in (0, 1, 2):
        write_run(tmp_path / f"runs/slow{seed}", seed, 0.001, 0.10 + 0.01 * seed, (1, 2, 3, 4, 5, 6))
        write_run(tmp_path / f"runs/fast{seed}", seed, 0.002, 0.05 + 0.01 * seed, (7,))
    return tmp_path / "runs"


def test_seeds_stand_together_and_only_what_differs_is_shown(runs: Path) -> None:
    groups = grouped(find_runs([runs]))
    assert [[run.seed for run in group.runs] for group in groups] == [[0, 1, 2], [0, 1, 2]]
    assert differing(groups) == {"stage.adapt.learning_rate": ["0.002", "0.001"]}
    assert [group.name for group in groups] == ["learning_rate=0.002", "learning_rate=0.001"]
    assert best_of(groups, "evaluate/set/grapheme_cer") == 0
    assert best_of(groups, "adapt/seconds") is None  # all took as long


def test_the_interval_over_seeds_is_students(runs: Path) -> None:
    one = interval([0.05, 0.06, 0.07])
    assert one is not None
    assert one.mean == pytest.approx(0.06)
    assert one.half == pytest.approx(4.302653 * 0.01 / math.sqrt(3), rel=1e-5)  # t of 2 degrees of freedom
    assert interval([0.5]).half is None  # type: ignore[union-attr]
    assert interval([]) is None
    table = as_markdown(grouped(find_runs([runs])), ["evaluate/set/grapheme_cer"])
    assert "**6.00 % ± 2.48**" in table
    assert "| 11.00 % ± 2.48 |" in table


def test_two_runs_of_one_seed_are_no_seeds(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "fast0", tmp_path / "elsewhere/fast0")
    groups = grouped(find_runs([runs, tmp_path / "elsewhere"]))
    assert sorted(len(group.runs) for group in groups) == [1, 3, 3]


def test_it_says_which_is_better_by_how_much_and_on_which_pictures(runs: Path) -> None:
    (duel,) = duels(grouped(find_runs([runs])))
    assert (duel.a_only, duel.b_only, duel.n) == (6, 1, 8)
    assert duel.chance == pytest.approx(2 * 8 / 2**7)  # seven tosses, at most one of them the other way
    assert "No clear difference" in duel.verdict
    assert sorted(duel.pictures) == [1, 2, 3, 4, 5, 6, 7]


def test_a_clear_difference_is_called_one(tmp_path: Path) -> None:
    write_run(tmp_path / "good", 0, 0.1, 0.0)
    write_run(tmp_path / "bad", 0, 0.2, 1.0, tuple(range(8)))
    (duel,) = duels(grouped(find_runs([tmp_path])))
    assert duel.verdict.startswith("good is better on 8 pictures: it reads 8 right that bad does not, and 0 the other")
    write_run(tmp_path / "other", 0, 0.3, 0.0)
    readings = tmp_path / "other/evaluate/set/readings.tsv"
    readings.write_text(readings.read_text().replace("ZELDA", "SHEIK"))
    assert len(duels(grouped(find_runs([tmp_path])))) == 1  # other pictures are not compared


def test_the_page_needs_nothing_else(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "out/compare.html"
    assert main([str(runs), "--html", str(page)]) == 0
    said = capsys.readouterr().out
    assert "0.001" in said
    assert "No clear difference" in said
    html = page.read_text()
    assert html.count('<img src="data:image/png;base64') == 7
    assert "adapt/val/cer" in html.replace("\\u002f", "/")
    assert "No clear difference on 8 pictures" in html
    assert not any(f'src="{scheme}' in html for scheme in ("http:", "https:", "//"))
    assert [path.name for path in page.parent.iterdir()] == ["compare.html"]


def test_what_a_run_says_is_text(tmp_path: Path) -> None:
    write_run(tmp_path / "<b>bold", 0, 0.1, 0.5)
    write_run(tmp_path / "plain", 0, 0.2, 0.5, (1,))
    readings = tmp_path / "plain/evaluate/set/readings.tsv"
    readings.write_text(readings.read_text().replace("XX", "<script>x"))
    page = tmp_path / "page.html"
    assert main([str(tmp_path), "--html", str(page)]) == 0
    assert "<script>x" not in page.read_text()
    assert "<b>bold" not in page.read_text().partition("<h2>Bars")[0]


def test_a_figure_can_be_asked_for(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    groups = grouped(find_runs([runs]))
    assert chosen_figures(groups, ["exact"]) == ["evaluate/set/exact"]
    assert chosen_figures(groups, ["evaluate/*/n", "adapt/seconds"]) == ["evaluate/set/n", "adapt/seconds"]
    assert main([str(runs), "--metric", "wer"]) == 2
    assert "no run has the figure 'wer'; there are" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["config.yaml", "results.json"])
def test_what_is_no_run_is_passed_by(runs: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in runs.iterdir():
        (folder / damage).write_text("{broken")
    assert main([str(runs)]) == 2
    assert "no run below" in capsys.readouterr().err
    assert main([str(runs / "nowhere")]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_names_are_as_short_as_tells_them_apart() -> None:
    assert short_names([Path("/a/x/run"), Path("/b/x/run"), Path("/b/y/run")]) == ["a/x/run", "b/x/run", "b/y/run"]
    assert short_names([Path("/a/one"), Path("/a/two")]) == ["one", "two"]
    assert short_names([]) == []
