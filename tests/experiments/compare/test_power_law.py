"""Power laws through runs of a known law, and what is none."""

from pathlib import Path

import numpy as np
import pytest

from experiments.compare.__main__ import main
from experiments.compare.comparison import grouped
from experiments.compare.power_law import PowerLaw, fitted
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
    return fitted(grouped(find_runs([folder])[0]), [CER], setting)


def test_a_law_without_chance_is_found_exactly(tmp_path: Path) -> None:
    write_curve(tmp_path, -0.5)
    (law,) = laws_of(tmp_path)
    assert (law.exponent, law.factor) == (pytest.approx(-0.5), pytest.approx(4))
    assert law.half == pytest.approx(0, abs=1e-6)
    assert law.at(400) == pytest.approx(0.2)
    assert law.setting == "augment.n_samples"
    assert "to the power of -0.50 ± 0.00: 40.00% at 100, 10.00% at 1,600 (9 runs)" in law.verdict
    assert "multiplies the figure by 0.71" in law.verdict


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
    assert "no clear change" in law.verdict


def test_kinds_of_runs_have_laws_of_their_own_and_zeros_are_left_out(tmp_path: Path) -> None:
    for name, exponent in (("crnn", -0.5), ("other", -0.25)):
        for size in (10, 100, 1000):
            cer = 0.0 if (name, size) == ("other", 1000) else size**exponent
            model = {"architecture": name, "arguments": {}}
            write_run(tmp_path / f"{name}{size}", 0, 0.1, cer, augment={"n_samples": size}, model=model)
    write_run(tmp_path / "other50", 0, 0.1, 50**-0.25, augment={"n_samples": 50}, model=model)
    laws = {law.name: law for law in laws_of(tmp_path)}
    assert laws["architecture=crnn"].exponent == pytest.approx(-0.5)
    assert laws["architecture=other"].exponent == pytest.approx(-0.25)
    assert laws["architecture=other"].n_left_out == 1
    assert "1 with a figure of 0 left out" in laws["architecture=other"].verdict


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
    with pytest.raises(ValueError, match="at least three values"):
        laws_of(tmp_path / "two")
    for k, look in enumerate(("a", "b", "c")):
        write_run(tmp_path / f"words/{look}", 0, 0.1, 0.1 + k, augment={"look": look})
    with pytest.raises(ValueError, match="needs numbers above 0, and it is a in"):
        laws_of(tmp_path / "words", "look")


def test_the_command_says_it_and_the_page_plots_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_curve(tmp_path / "runs", -0.5)
    page = tmp_path / "page.html"
    assert main([str(tmp_path / "runs"), "--metric", CER, "--fit", "n_samples", "--html", str(page)]) == 0
    said = "set: grapheme cer goes with augment.n_samples to the power of -0.50 ± 0.00"
    assert said in capsys.readouterr().out
    html = page.read_text()
    assert said in html
    assert "law: power of -0.50" in html
    assert main([str(tmp_path / "runs"), "--fit", "nothing"]) == 2
    assert "--fit nothing: not a setting" in capsys.readouterr().err
