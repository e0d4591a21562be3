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
from experiments.compare.comparison import best_of, chosen_figures, differing, grouped, interval, paired
from experiments.compare.records import find_runs, short_names
from experiments.compare.table import as_markdown
from experiments.report.figures import is_more_better, is_share

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
        "adapt": {"seconds": 90.0, "samples_per_s": 250.4},
        "evaluate": {"set": {"n": 8, "grapheme_cer": cer, "exact": 1 - len(wrong) / 8}},
    }
    (folder / "results.json").write_text(json.dumps(figures))
    (folder / "report.md").write_text("done")
    rows = [f"{truth}\t{'XX' if k in wrong else truth}\t0.9" for k, truth in enumerate(TRUTHS)]
    (read / "readings.tsv").write_text("\n".join(["truth\tread\tconfidence", *rows]) + "\n")
    for k in wrong:
        cv2.imwrite(str(read / f"wrong/{k:05d}.png"), np.full((20, 60, 3), 90, np.uint8))
    (read / "pictures.sha256").write_text("same\n")
    (folder / "adapt").mkdir()
    (folder / "adapt/metrics.csv").write_text("epoch,step,train/loss,val/cer\n0,99,1.5,\n0,99,,0.4\n0,199,0.9,0.2\n")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for seed in (0, 1, 2):
        write_run(tmp_path / f"runs/slow{seed}", seed, 0.001, 0.10 + 0.01 * seed, (1, 2, 3, 4, 5, 6))
        write_run(tmp_path / f"runs/fast{seed}", seed, 0.002, 0.05 + 0.01 * seed, (7,))
    return tmp_path / "runs"


def test_seeds_stand_together_and_only_what_differs_is_shown(runs: Path) -> None:
    groups = grouped(find_runs([runs])[0])
    assert [[run.seed for run in group.runs] for group in groups] == [[0, 1, 2], [0, 1, 2]]
    assert differing(groups) == {"stage.adapt.learning_rate": ["0.002", "0.001"]}
    assert [group.name for group in groups] == ["learning_rate=0.002", "learning_rate=0.001"]
    assert best_of(groups, "evaluate/set/grapheme_cer") == 0
    assert best_of(groups, "adapt/seconds") is None  # all took as long


def test_runs_of_a_sweep_stay_together(runs: Path) -> None:
    write_run(runs / "single", 1, 0.001, 0.5)
    for seed in (0, 1):
        write_run(runs / f"sweep/{seed}", seed, 0.001, 0.5)
    groups = grouped(find_runs([runs])[0])
    names = sorted(sorted(run.folder.name for run in group.runs) for group in groups)
    assert names == [["0", "1"], ["fast0", "fast1", "fast2"], ["single", "slow0", "slow2"], ["slow1"]]


def test_what_lies_within_the_intervals_is_no_difference(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_run(tmp_path / f"a{seed}", seed, 0.1, 0.1 + 0.1 * seed)
        write_run(tmp_path / f"b{seed}", seed, 0.2, 0.2 + 0.1 * seed)
    assert best_of(grouped(find_runs([tmp_path])[0]), "evaluate/set/grapheme_cer") is None


def test_the_interval_over_seeds_is_students(runs: Path) -> None:
    one = interval([0.05, 0.06, 0.07])
    assert one is not None
    assert one.mean == pytest.approx(0.06)
    assert one.half == pytest.approx(4.302653 * 0.01 / math.sqrt(3), rel=1e-5)  # t of 2 degrees of freedom
    assert interval([0.5]).half is None  # type: ignore[union-attr]
    assert interval([]) is None
    table = as_markdown(grouped(find_runs([runs])[0]), ["evaluate/set/grapheme_cer"])
    assert "**6.00 % ± 2.48**" in table
    assert "| 11.00 % ± 2.48 |" in table


def test_two_runs_of_one_seed_are_no_seeds(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "fast0", tmp_path / "elsewhere/fast0")
    groups = grouped(find_runs([runs, tmp_path / "elsewhere"])[0])
    assert sorted(len(group.runs) for group in groups) == [1, 3, 3]


def test_it_says_which_is_better_by_how_much_and_on_which_pictures(runs: Path) -> None:
    (pair,) = paired(grouped(find_runs([runs])[0]))
    assert (pair.a_only, pair.b_only, pair.both, pair.n) == (18, 3, 3, 24)  # three seeds of eight pictures
    assert pair.verdict.startswith("learning_rate=0.002 is better on 24 pictures (seeds 0, 1, 2): it reads 18 right")
    assert sorted(pair.pictures) == [1, 2, 3, 4, 5, 6, 7]
    shutil.rmtree(runs / "slow1")
    shutil.rmtree(runs / "fast2")
    (pair,) = paired(grouped(find_runs([runs])[0]))
    assert (pair.seeds, pair.a_only, pair.b_only) == ((0,), 6, 1)
    assert pair.chance == pytest.approx(2 * 8 / 2**7)  # seven tosses, at most one of them the other way
    assert "No clear difference on 8 pictures" in pair.verdict


def test_runs_that_are_right_on_the_same_say_on_how_many(tmp_path: Path) -> None:
    for k, name in enumerate(("one", "two")):
        write_run(tmp_path / name, 0, 0.1 * (k + 1), 0.5, (1, 2))
    (pair,) = paired(grouped(find_runs([tmp_path])[0]))
    assert pair.verdict == "one and two are right on the same 6 of 8 pictures."


def test_other_pictures_with_the_same_texts_are_not_compared(tmp_path: Path) -> None:
    for k, name in enumerate(("one", "two")):
        write_run(tmp_path / name, 0, 0.1 * (k + 1), 0.5, (k,))
        (tmp_path / name / "evaluate/set/pictures.sha256").write_text(f"{k}\n")
    assert paired(grouped(find_runs([tmp_path])[0])) == []
    for name in ("one", "two"):  # as before there were digests: nobody knows
        (tmp_path / name / "evaluate/set/pictures.sha256").unlink()
    assert paired(grouped(find_runs([tmp_path])[0])) == []


def test_many_pairs_are_held_to_more(tmp_path: Path) -> None:
    for k in range(3):
        write_run(tmp_path / str(k), 0, 0.1 * (k + 1), 0.5, tuple(range(6)) if k == 0 else ())
    chances = sorted(pair.chance for pair in paired(grouped(find_runs([tmp_path])[0])))
    assert chances == pytest.approx([3 * 2 / 2**6, 3 * 2 / 2**6, 1.0])  # Holm: thrice, not less than the one before


def test_code_of_another_commit_is_no_seed(runs: Path) -> None:
    (runs / "fast0/progress.json").write_text('{"commit": "abc", "finished": true}')
    groups = grouped(find_runs([runs])[0])
    assert sorted(len(group.runs) for group in groups) == [1, 2, 3]
    assert set(differing(groups)["commit"]) == {"abc", "–"}


def test_settings_of_a_stage_that_some_lack_are_compared_among_the_others(tmp_path: Path) -> None:
    for name, rate, count in (("a", 0.1, 8), ("b", 0.1, 20)):
        write_run(tmp_path / name, 0, rate, 0.5)
        config = json.loads((tmp_path / name / "config.yaml").read_text())
        config["stage"]["evaluate"]["count"] = count
        (tmp_path / name / "config.yaml").write_text(json.dumps(config))
    write_run(tmp_path / "c", 0, 0.1, 0.5, stages=["adapt"], data={"name": "other", "n_faces": 3})
    apart = differing(grouped(find_runs([tmp_path])[0]))
    assert apart["stage.evaluate.count"] == ["8", "20", "–"]
    assert "data.n_faces" not in apart  # another data set, which says it all
    assert "stage.adapt.learning_rate" not in apart


def test_a_figure_is_best_among_its_like_only(tmp_path: Path) -> None:
    for name, cer in (("a", 0.1), ("b", float("nan")), ("c", 0.2)):
        write_run(tmp_path / name, 0, cer if cer == cer else 0.3, cer)
    groups = grouped(find_runs([tmp_path])[0])
    assert best_of(groups, "evaluate/set/grapheme_cer") == 0  # what is no number is no figure
    assert best_of(groups, "evaluate/set/n") is None
    results = json.loads((tmp_path / "a/results.json").read_text())
    results["evaluate"]["set"]["n"] = 4
    (tmp_path / "a/results.json").write_text(json.dumps(results))
    groups = grouped(find_runs([tmp_path])[0])
    assert best_of(groups, "evaluate/set/grapheme_cer") is None  # of fewer pictures
    assert chosen_figures(groups)[0] == "evaluate/set/n"


@pytest.mark.parametrize(
    ("figure", "is_more", "share"),
    [
        ("evaluate/set/grapheme_cer", False, True),
        ("pages/set/seconds_per_page", False, False),
        ("evaluate/set/ms_24_graphemes", False, False),
        ("pages/set/recall_small", True, True),
        ("pages/set/ece_by_chance", None, False),
        ("evaluate/set/words_right_run_together", True, True),
        ("adapt/val_loss", False, False),
        ("benchmark/read", True, False),
        ("calibrate/temperature", None, False),
    ],
)
def test_what_figures_are(figure: str, is_more: bool | None, share: bool) -> None:
    assert (is_more_better(figure), is_share(figure)) == (is_more, share)


def test_a_clear_difference_is_called_one(tmp_path: Path) -> None:
    write_run(tmp_path / "good", 0, 0.1, 0.0)
    write_run(tmp_path / "bad", 0, 0.2, 1.0, tuple(range(8)))
    (pair,) = paired(grouped(find_runs([tmp_path])[0]))
    assert pair.verdict.startswith("good is better on 8 pictures: it reads 8 right that bad does not, and 0 the other")
    write_run(tmp_path / "other", 0, 0.3, 0.0)
    readings = tmp_path / "other/evaluate/set/readings.tsv"
    readings.write_text(readings.read_text().replace("ZELDA", "SHEIK"))
    assert len(paired(grouped(find_runs([tmp_path])[0]))) == 1  # other pictures are not compared


def test_the_page_needs_nothing_else(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "out/compare.html"
    assert main([str(runs), "--html", str(page)]) == 0
    said = capsys.readouterr().out
    assert "0.001" in said
    assert "is better on 24 pictures" in said
    html = page.read_text()
    assert html.count('<img src="data:image/png;base64') == 7
    assert "adapt/val/cer" in html.replace("\\u002f", "/")
    assert "is better on 24 pictures" in html
    assert not any(f'src="{scheme}' in html for scheme in ("http:", "https:", "//"))
    assert [path.name for path in page.parent.iterdir()] == ["compare.html"]


def test_a_row_that_was_half_written_costs_no_more_than_itself(runs: Path, tmp_path: Path) -> None:
    with (runs / "fast0/adapt/metrics.csv").open("a") as file:
        file.write("0,29\n0,x,1,2\n0,299,0.5")
    assert main([str(runs), "--html", str(tmp_path / "page.html")]) == 0
    curve = next(run for run in find_runs([runs])[0] if run.name == "fast0").curves["adapt/train/loss"]
    assert curve == ([100, 200, 300], [1.5, 0.9, 0.5])


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
    groups = grouped(find_runs([runs])[0])
    assert chosen_figures(groups, ["exact"]) == ["evaluate/set/exact"]
    assert chosen_figures(groups, ["evaluate/*/n", "adapt/seconds"]) == ["evaluate/set/n", "adapt/seconds"]
    assert chosen_figures(groups, ["exact", "pages/*"]) == ["evaluate/set/exact"]  # as far as there are some
    assert main([str(runs), "--metric", "wer"]) == 2
    assert "no run has the figure wer; there are" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damaged", "content"), [("config.yaml", "{x"), ("results.json", "{x"), ("results.json", "[1]")]
)
def test_what_is_no_run_is_passed_by(
    runs: Path, damaged: str, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "fast0" / damaged).write_text(content)
    assert main([str(runs)]) == 0
    assert f"passed by: {runs / 'fast0'}: damaged\n" in capsys.readouterr().err
    for folder in runs.iterdir():
        (folder / damaged).write_text(content)
    assert main([str(runs)]) == 2
    assert "no run with figures below" in capsys.readouterr().err
    assert main([str(runs / "nowhere")]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_a_run_without_figures_yet_is_named(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / "fast1/results.json").unlink()
    (runs / "fast0/hydra").mkdir()  # in which Hydra keeps what it composed
    (runs / "fast0/hydra/config.yaml").write_text("a: 1")
    (runs / "fast0/hydra/overrides.yaml").write_text("[]")
    assert main([str(runs)]) == 0
    assert capsys.readouterr().err == f"passed by: {runs / 'fast1'}: no stage of it has ended yet\n"


def test_of_several_that_are_as_good_none_is_the_best(tmp_path: Path) -> None:
    for name, rate, cer in (("a", 0.1, 0.0), ("b", 0.2, 0.0), ("c", 0.3, 0.1)):
        write_run(tmp_path / name, 0, rate, cer)
    assert best_of(grouped(find_runs([tmp_path])[0]), "evaluate/set/grapheme_cer") is None


def test_jobs_of_a_sweep_come_in_their_order(tmp_path: Path) -> None:
    for k in (0, 2, 10):
        write_run(tmp_path / f"sweep/{k}", 0, 0.1 * (k + 1), 0.5)
    assert [run.folder.name for run in find_runs([tmp_path])[0]] == ["0", "2", "10"]


def test_names_are_as_short_as_tells_them_apart() -> None:
    assert short_names([Path("/a/x/run"), Path("/b/x/run"), Path("/b/y/run")]) == ["a/x/run", "b/x/run", "b/y/run"]
    assert short_names([Path("/a/one"), Path("/a/two")]) == ["one", "two"]
    assert short_names([]) == []


def write_pages(folder: Path, rows: list[str], digest: str = "same") -> None:
    """What the run of a folder read of whole pictures."""
    read = folder / "evaluate/signs"
    (read / "pages").mkdir(parents=True)
    (read / "readings.tsv").write_text("\n".join(["picture\ttruth\tread\tshapes\tconfidence", *rows]) + "\n")
    (read / "pictures.sha256").write_text(digest + "\n")
    for name in ("a", "b", "c"):
        cv2.imwrite(str(read / f"pages/{name}.png"), np.full((500, 900, 3), 90, np.uint8))


def test_whole_pictures_are_compared_one_by_one_with_what_each_run_found(tmp_path: Path) -> None:
    for name, rate in (("one", 0.1), ("two", 0.2)):
        write_run(tmp_path / name, 0, rate, 0.5)
    good = ["a.png\tThe Inn\tTHE INN\tx\t0.9", "a.png\tKING\tKING\tx\t0.9", "b.png\tZOO\tZOO\tx\t0.9", "c.png\t\t\t\t"]
    # in another order; one line missed, and one read where there is none
    bad = ["a.png\tKING\tKING\tx\t0.9", "a.png\tThe Inn\t\t\t", "b.png\tZOO\tZOO\tx\t0.9", "c.png\t\tOO\tx\t0.9"]
    write_pages(tmp_path / "one", good)
    write_pages(tmp_path / "two", bad)
    (pair,) = [pair for pair in paired(grouped(find_runs([tmp_path])[0])) if pair.data == "signs"]
    assert (pair.n, pair.both, pair.a_only, pair.b_only, pair.pictures) == (3, 1, 2, 0, (2, 0))
    readings = pair.b.readings["signs"]
    assert readings.truths == ("KING / THEINN", "ZOO", "")
    assert readings.texts == ("KING / –", "ZOO", "OO")
    page = tmp_path / "page.html"
    assert main([str(tmp_path), "--html", str(page)]) == 0
    html = page.read_text()
    assert html.count('<img class="page" src="data:image/jpeg;base64') == 4  # two pictures, of each run
    assert "picture 0, as two read it" in html
    write_pages(tmp_path / "three", good, "others")
    write_run(tmp_path / "three", 0, 0.3, 0.5)
    found = paired(grouped(find_runs([tmp_path])[0]))
    assert sum(pair.data == "signs" for pair in found) == 1
