"""Power laws through runs of a known law, and what is none."""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.compare.__main__ import main
from experiments.compare.comparison import grouped
from experiments.compare.power_law import PowerLaw, _misfit, power_laws
from experiments.compare.records import find_runs
from tests.experiments.compare.test_compare import write_run

CER = "evaluate/set/grapheme_cer"


def write_curve(folder: Path, exponent: float, spread: float = 0.0, sizes: tuple[int, ...] = (100, 400, 1600)) -> None:
    """Runs of three seeds at each size, whose error is 4 · size ** exponent, times chance."""
    rng = np.random.default_rng(5)
    for size in sizes:
        for seed in (0, 1, 2):
            cer = 4 * size**exponent * float(np.exp(spread * rng.standard_normal()))
            write_run(folder / f"{size}-{seed}", seed, 0.1, cer, augment={"n_samples": size})


def laws_of(folder: Path, setting: str = "n_samples") -> list[PowerLaw]:
    return power_laws(grouped(find_runs([folder])[0]), [CER], setting)


def test_a_law_without_chance_is_found_exactly(tmp_path: Path) -> None:
    write_curve(tmp_path, -0.5)
    (law,) = laws_of(tmp_path)
    assert (law.exponent, law.factor) == (pytest.approx(-0.5), pytest.approx(4))
    assert law.half == pytest.approx(0, abs=1e-6)
    assert law.at(400) == pytest.approx(0.2)
    assert law.setting == "augment.n_samples"
    assert law.verdict == (
        "set: grapheme cer over augment.n_samples: 40.00 % at 100, 20.00 % at 400, 10.00 % at 1,600 (9 runs). It goes "
        "with augment.n_samples to the power of -0.50 ± 0.00: twice of it multiplies the figure by 0.71."
    )


def test_the_interval_holds_the_truth_and_grows_with_chance(tmp_path: Path) -> None:
    halves = []
    for spread in (0.05, 0.4):
        write_curve(tmp_path / str(spread), -0.3, spread)
        (law,) = laws_of(tmp_path / str(spread))
        assert abs(law.exponent + 0.3) <= law.half
        halves.append(law.half)
    assert halves[1] > 4 * halves[0]


def test_what_may_be_no_change_is_called_so(tmp_path: Path) -> None:
    write_curve(tmp_path, 0.0, 0.3)
    (law,) = laws_of(tmp_path)
    assert "No clear change: augment.n_samples to the power of" in law.verdict


def test_what_falls_more_and_more_slowly_is_no_power_law(tmp_path: Path) -> None:
    """As where runs are too short to make use of more samples."""
    rng = np.random.default_rng(1)
    for size, cer in ((500, 0.2), (2000, 0.085), (8000, 0.052), (32000, 0.05)):
        for seed in (0, 1, 2):
            noisy = cer * float(np.exp(0.05 * rng.standard_normal()))
            write_run(tmp_path / f"{size}-{seed}", seed, 0.1, noisy, augment={"n_samples": size})
    (law,) = laws_of(tmp_path)
    assert law.misfit is not None
    assert law.misfit < 0.001
    assert "This is no power law (p = " in law.verdict
    assert "20.51 % at 500" in law.verdict
    assert "twice of it" not in law.verdict


def test_runs_on_a_law_are_seldom_called_off_it(tmp_path: Path) -> None:
    misfits = []
    for trial in range(40):
        rng = np.random.default_rng(trial)
        xs = np.log(np.repeat([100.0, 400.0, 1600.0, 6400.0], 3))
        ys = 1 - 0.4 * xs + 0.2 * rng.standard_normal(len(xs))
        slope, start = np.polyfit(xs, ys, 1)
        misfits.append(_misfit(xs, ys, slope, start))
    assert sum(p < 0.05 for p in misfits if p is not None) <= 6  # of 40 about two
    assert np.mean(misfits) == pytest.approx(0.5, abs=0.15)


def test_what_is_the_same_everywhere_is_called_so(tmp_path: Path) -> None:
    write_curve(tmp_path, 0.0)
    (law,) = laws_of(tmp_path)
    assert law.verdict.endswith("It is the same everywhere.")


def test_kinds_of_runs_have_laws_of_their_own_and_zeros_are_left_out(tmp_path: Path) -> None:
    for name, exponent in (("crnn", -0.5), ("other", -0.25)):
        for size in (10, 100, 1000):
            cer = 0.0 if (name, size) == ("other", 1000) else size**exponent
            model = {"architecture": name, "arguments": {}}
            write_run(tmp_path / f"{name}{size}", 0, 0.1, cer, augment={"n_samples": size}, model=model)
    write_run(tmp_path / "other50", 0, 0.1, 50**-0.25, augment={"n_samples": 50}, model=model)
    laws = {law.name: law for law in laws_of(tmp_path)}
    assert laws["model=crnn"].exponent == pytest.approx(-0.5)
    assert laws["model=other"].exponent == pytest.approx(-0.25)
    assert laws["model=other"].n_left_out == 1
    assert "fitted without 1, whose figure is 0" in laws["model=other"].verdict


def test_a_mean_is_of_all_runs_and_not_only_of_those_a_law_is_fitted_to(tmp_path: Path) -> None:
    write_curve(tmp_path, -0.5)
    write_run(tmp_path / "100-7", 7, 0.1, 0.0, augment={"n_samples": 100})
    (law,) = laws_of(tmp_path)
    assert law.means[0] == (100, pytest.approx(0.3))  # of 0.4 three times, and 0
    assert "30.00 % at 100" in law.verdict


def test_runs_without_a_number_of_it_are_left_out(tmp_path: Path) -> None:
    write_curve(tmp_path, -0.5)
    write_run(tmp_path / "all", 0, 0.1, 0.05, augment={"n_samples": None})
    (law,) = laws_of(tmp_path)
    assert (len(law.points), law.exponent) == (9, pytest.approx(-0.5))


def test_figures_that_are_better_when_more_have_no_law(tmp_path: Path) -> None:
    write_curve(tmp_path, -0.5)
    with pytest.raises(ValueError, match="better when it is less"):
        power_laws(grouped(find_runs([tmp_path])[0]), ["evaluate/set/exact"], "n_samples")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("learning_rate", "not a setting that these runs differ in; they differ in augment.n_samples"),
        ("samples", "not a setting"),
    ],
)
def test_a_setting_that_does_not_differ_is_refused(tmp_path: Path, setting: str, reason: str) -> None:
    write_curve(tmp_path, -0.5)
    with pytest.raises(ValueError, match=reason):
        laws_of(tmp_path, setting)


def test_two_values_and_words_make_no_law(tmp_path: Path) -> None:
    write_curve(tmp_path / "two", -0.5, sizes=(10, 20))
    with pytest.raises(ValueError, match=r"at three numbers of augment\.n_samples or more.* there are 10, 20"):
        laws_of(tmp_path / "two")
    for k, look in enumerate(("a", "b", "c")):
        write_run(tmp_path / f"words/{look}", 0, 0.1, 0.1 + k, augment={"look": look})
    with pytest.raises(ValueError, match="there are a, b, c"):
        laws_of(tmp_path / "words", "look")


def test_laws_are_not_fitted_across_commits(tmp_path: Path) -> None:
    write_curve(tmp_path, -0.5)
    for k, folder in enumerate(sorted(tmp_path.iterdir())):
        made = {"finished": True, "commits": ["aaa" if k < 4 else "bbb"]}
        (folder / "progress.json").write_text(json.dumps(made))
    with pytest.raises(ValueError, match="these are of several commits"):
        laws_of(tmp_path)


def test_the_command_says_it_and_the_page_plots_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_curve(tmp_path / "runs", -0.5)
    page = tmp_path / "page.html"
    assert main([str(tmp_path / "runs"), "--metric", CER, "--fit", "n_samples", "--html", str(page)]) == 0
    said = "It goes with augment.n_samples to the power of -0.50 ± 0.00"
    assert said in capsys.readouterr().out
    html = page.read_text()
    assert said in html
    assert "law: power of -0.50" in html
    assert main([str(tmp_path / "runs"), "--fit", "nothing"]) == 2
    out, err = capsys.readouterr()
    assert "--fit nothing: not a setting" in err
    assert "grapheme cer" in out  # the table all the same
