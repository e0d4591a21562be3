"""What is said of how fast a training is."""

import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.run import run_stages
from experiments.speed import Speed
from recognizers.network import Batch

ROOT = Path(__file__).parents[2]


def trained(monkeypatch: pytest.MonkeyPatch, moments: list[tuple[str, float]], world_size: int = 1) -> Speed:
    """Tell a Speed what happens when."""
    speed, trainer, module = Speed(), SimpleNamespace(world_size=world_size), None
    batch = Batch(torch.zeros(4, 1, 8, 8), torch.full((4,), 8), ["A"] * 4, ["x"] * 4)
    for what, moment in moments:
        monkeypatch.setattr(time, "perf_counter", lambda moment=moment: moment)
        if what == "start":
            speed.on_train_batch_start(trainer, module, batch, 0)  # type: ignore[arg-type]
        elif what == "end":
            speed.on_train_batch_end(trainer, module, None, batch, 0)  # type: ignore[arg-type]
        else:
            speed.on_validation_end(trainer, module)  # type: ignore[arg-type]
    return speed


def test_waiting_is_the_time_between_steps_without_the_first_and_without_validations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = [("start", 100.0), ("end", 101.0), ("start", 101.5), ("end", 102.5), ("start", 102.5), ("end", 104.0)]
    speed = trained(monkeypatch, moments)
    assert speed.figures == {"samples_per_s": round(8 / 3, 1), "waiting_share": round(0.5 / 3, 4)}
    moments += [("validated", 150.0), ("start", 150.1), ("end", 151.0), ("start", 151.0), ("end", 152.0)]
    assert trained(monkeypatch, moments).figures == {"samples_per_s": 3.0, "waiting_share": round(0.5 / 4, 4)}
    assert trained(monkeypatch, moments, world_size=2).figures["samples_per_s"] == 6.0
    assert trained(monkeypatch, moments[:2]).figures == {}


def settings(*words: str) -> dict[str, Any]:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", ["trainer=smoke", "data.n_faces=2", *words])
    made = OmegaConf.to_container(config, resolve=True)
    assert isinstance(made, dict)
    return {str(key): value for key, value in made.items() if key != "hydra"}


def test_a_run_says_how_fast_it_trained_and_how_long_it_waited(tmp_path: Path) -> None:
    figures = run_stages(settings("stages=[adapt]"), tmp_path)["adapt"]
    assert figures["samples_per_s"] > 0
    assert 0 <= figures["waiting_share"] < 1


@pytest.mark.parametrize("model", ["crnn", "cnn"])
def test_a_profile_has_parts_ways_and_operators(model: str, tmp_path: Path) -> None:
    words = [f"model={model}", "stages=[profile]", "stage.profile.rounds=1", "stage.profile.n_steps=1"]
    figures = run_stages(settings(*words), tmp_path)["profile"]
    ways = [f"{number}, channels {which}" for number in ("float32", "bfloat16") for which in ("first", "last")]
    assert all(figures[f"trained, {way}, samples/s"] > 0 for way in ways)
    assert all(figures[f"{part}, ms per step"] >= 0 for part in ("forward and loss", "backward", "optimizer"))
    rows = [line.split("\t") for line in (tmp_path / "profile/operators.tsv").read_text().splitlines()]
    assert rows[0] == ["operator", "share", "ms_per_step", "calls_per_step"]
    shares = [float(row[1]) for row in rows[1:]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.02)
    assert any("convolution" in row[0] for row in rows[1:9])
    assert (tmp_path / "profile/trace.json").stat().st_size > 1000


@pytest.mark.slow  # torch compiles for most of a minute
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # of torch about itself
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_a_profile_times_what_torch_compiles(tmp_path: Path) -> None:
    words = ["stages=[profile]", "stage.profile.rounds=1", "stage.profile.n_steps=1", "stage.profile.compiled=true"]
    figures = run_stages(settings(*words), tmp_path)["profile"]
    (speed,) = [value for name, value in figures.items() if name.endswith("compiled, samples/s")]
    assert speed > 0
