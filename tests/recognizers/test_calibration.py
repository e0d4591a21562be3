import numpy as np
import pytest

from recognizers.calibration import Calibration, fit_line_power, fit_number, negative_log_likelihood


def test_a_temperature_softens_and_keeps_probabilities() -> None:
    log_probs = np.log(np.array([[0.9, 0.1], [0.5, 0.5]], np.float32))
    soft = np.exp(Calibration(temperature=2.0).soften(log_probs))
    assert soft.sum(axis=1) == pytest.approx([1, 1], abs=1e-4)
    assert soft[0, 0] == pytest.approx(0.75, abs=1e-4)
    assert Calibration().soften(log_probs) is log_probs


def test_the_exponent_that_made_the_data_is_found() -> None:
    rng = np.random.default_rng(0)
    c = rng.uniform(0.05, 0.999, 6000)
    is_right = rng.random(6000) < c**1.7
    assert fit_line_power(c.tolist(), is_right.tolist()) == pytest.approx(1.7, abs=0.15)


def test_a_loss_is_made_small_and_surprise_is_counted() -> None:
    assert fit_number(lambda x: (x - 1.4) ** 2) == pytest.approx(1.4, abs=0.05)
    assert negative_log_likelihood([0.9, 0.1], [True, False]) == pytest.approx(-np.log(0.9))


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), "warm"])
def test_impossible_temperatures_are_named(temperature: object) -> None:
    with pytest.raises(ValueError, match="temperature"):
        Calibration(temperature=temperature)


def test_a_line_is_as_sure_as_all_its_glyphs() -> None:
    assert Calibration(line_power=2.0).line([0.9, 0.8]) == pytest.approx(0.72**2)
    assert Calibration().line([]) == 0.0
