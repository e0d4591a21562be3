"""Sweeps side by side and searches, through plugins of Hydra."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from safetensors.numpy import load_file

from experiments.job import SettingError
from experiments.run import objective_of
from glyphgen.extras import PLUGINS, plugin_hint
from tests.conftest import alike

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "experiments/run.py"), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, env=environment)


def test_a_plugin_that_is_not_there_is_named_with_its_extra() -> None:
    assert plugin_hint("basic") is None
    for name, extra in PLUGINS.items():
        assert f"pip install 'glyph-toolkit[{extra}]'" in str(plugin_hint(name))
    table = (ROOT / "pyproject.toml").read_text()
    assert all(f"hydra-{name}-" in table for name in ("joblib", "submitit", "optuna", "ray"))


def test_a_launcher_that_cannot_be_loaded_is_one_line() -> None:
    if find_spec("hydra_plugins.hydra_ray_launcher") is not None:
        pytest.skip("the extra [ray] is installed")
    done = run("-m", "seed=0,1", "hydra/launcher=ray_cluster")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "the plugin ray of Hydra, of the extra [ray]: pip install" in done.stderr


def test_slurm_on_a_machine_without_it_is_one_line(tmp_path: Path) -> None:
    done = run("-m", "seed=0,1", "hydra/launcher=slurm", f"hydra.sweep.dir={tmp_path}/sweep")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "srun" in done.stderr


def test_the_objective_is_a_figure_by_its_dotted_name() -> None:
    results = {"adapt": {"val_cer": 0.25, "steps": 6}, "evaluate": {"synthetic": {"exact": 1}}, "note": {"text": "a"}}
    assert objective_of(results, None) is None
    assert objective_of(results, "adapt.val_cer") == 0.25
    assert objective_of(results, "evaluate.synthetic.exact") == 1.0
    with pytest.raises(SettingError, match=r"objective=note\.text is no figure of this run; there are adapt\.val_cer"):
        objective_of(results, "note.text")


SMOKE = ("stages=[adapt]", "trainer=smoke", "trainer.n_threads=1", "trainer.n_workers=1", "data.n_faces=2")


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["local", "submitit_local", "ray_cluster"])
def test_jobs_side_by_side_leave_what_jobs_in_turn_leave(launcher: str, tmp_path: Path) -> None:
    if launcher == "ray_cluster" and find_spec("hydra_plugins.hydra_ray_launcher") is None:
        pytest.skip("the extra [ray] is not installed: it has an environment of its own")
    weights = {}
    for name in ("basic", launcher):
        done = run("-m", "seed=0,1", f"hydra/launcher={name}", f"hydra.sweep.dir={tmp_path / name}", *SMOKE)
        assert done.returncode == 0, done.stderr[-2000:]
        folders = [tmp_path / name / str(k) for k in range(2)]
        assert all((folder / "bundle.safetensors").is_file() for folder in folders)
        weights[name] = [load_file(folder / "bundle.safetensors") for folder in folders]
        assert [yaml.safe_load((folder / "config.yaml").read_text())["seed"] for folder in folders] == [0, 1]
    assert all(alike(one, other) for one, other in zip(weights["basic"], weights[launcher], strict=True))
    assert not alike(*weights["basic"]), "two seeds are two trainings"


@pytest.mark.slow
def test_a_search_proposes_trainings_and_keeps_the_best(tmp_path: Path) -> None:
    words = ("hydra.sweeper.n_trials=3", f"hydra.sweep.dir={tmp_path}/search", "experiment=search", *SMOKE[1:])
    words += ("objective=adapt.samples_per_s",)  # the error of so short a training is 1 whatever was proposed
    done = run(*words)
    assert done.returncode == 0, done.stderr[-2000:]
    found = yaml.safe_load((tmp_path / "search/optimization_results.yaml").read_text())
    figures = [
        json.loads((tmp_path / f"search/{k}/results.json").read_text())["adapt"]["samples_per_s"] for k in range(3)
    ]
    assert found["best_value"] == min(figures)
    rates = [
        yaml.safe_load((tmp_path / f"search/{k}/config.yaml").read_text())["stage"]["adapt"]["learning_rate"]
        for k in range(3)
    ]
    assert len(set(rates)) == 3
    assert found["best_params"]["stage.adapt.learning_rate"] in rates


def test_a_job_with_a_wrong_setting_does_not_stop_the_others(tmp_path: Path) -> None:
    words = ("stages=[render]", "stage.render.count=1", "data.n_faces=2", f"hydra.sweep.dir={tmp_path}/sweep")
    done = run("-m", "stage.render.shard=2/1,1/1", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"error: {tmp_path}/sweep/0: stage.render.shard=2/1: of 1 shards the last is 1/1" in done.stderr
    assert (tmp_path / "sweep/1/render/data/000000.png").is_file()
