"""Sweeps side by side and searches, through plugins of Hydra."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf, open_dict
from safetensors.numpy import load_file

from experiments.checks import check_devices
from experiments.job import SettingError
from experiments.objective import check_objective, objective_of
from experiments.run_folders import OwnFolder, take_job_folder
from experiments.sweeps import begin_sweep, end_sweep, sweep_to_go_on
from experiments.unfinished import Progress, let_go, locked
from glyphgen.extras import PLUGINS, plugin_hint
from tests.conftest import alike
from tests.experiments.conftest import RunHere

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
    check_objective("adapt.val_cer", ["adapt"])
    check_objective("evaluate.synthetic.exact", ["evaluate"])  # only the run knows
    with pytest.raises(SettingError, match=r"objective=adapt\.val_cerr is no figure of adapt, which has val_cer"):
        check_objective("adapt.val_cerr", ["adapt"])
    with pytest.raises(SettingError, match="begins with the name of a stage: adapt"):
        check_objective("evaluate.x", ["adapt"])


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
    words = (
        "hydra.sweeper.n_trials=3",
        "hydra.sweeper.sampler.n_startup_trials=1",
        f"hydra.sweep.dir={tmp_path}/search",
        "experiment=search",
        *SMOKE[1:],
    )
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
    (tmp_path / "search/sweep.ended").unlink()  # as if it had been killed before its last training
    shutil.rmtree(tmp_path / "search/2")
    again = run(*words, f"resume={tmp_path}/search")
    assert again.returncode == 0, again.stderr[-2000:]
    assert [f"search/{k}: done before" in again.stderr for k in range(3)] == [True, True, False]
    proposed = yaml.safe_load((tmp_path / "search/2/config.yaml").read_text())["stage"]["adapt"]["learning_rate"]
    assert proposed == rates[2]
    figures[2] = json.loads((tmp_path / "search/2/results.json").read_text())["adapt"]["samples_per_s"]
    best = yaml.safe_load((tmp_path / "search/optimization_results.yaml").read_text())["best_value"]
    assert best == min(figures)


_STARTER = """
import multiprocessing, time
from experiments.parent import end_with_starter

def work():
    end_with_starter()
    print("at work", flush=True)
    time.sleep(600)

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=work).start()
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_process_of_a_launcher_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    (tmp_path / "starter.py").write_text(_STARTER)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, tmp_path / "starter.py"], stdout=subprocess.PIPE, env=environment
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"at work\n"
        starter.kill()
        began = time.monotonic()
        assert starter.stdout.read() == b""  # closes when the last process that has it has ended
        assert time.monotonic() - began < 300, "it worked on until it was done"


def test_a_job_with_a_wrong_setting_does_not_stop_the_others(tmp_path: Path, run_here: RunHere) -> None:
    words = ("stages=[render]", "stage.render.count=1", "data.n_faces=2", f"hydra.sweep.dir={tmp_path}/sweep")
    done = run_here("-m", "stage.render.shard=2/1,1/1", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"error: {tmp_path}/sweep/0: stage.render.shard=2/1: of 1 shards the last is 1/1" in done.stderr
    assert (tmp_path / "sweep/1/render/data/000000.png").is_file()


RENDER = ("stages=[render]", "data.n_faces=2", "stage.render.count=3,400,5")


def test_a_sweep_that_was_killed_goes_on_with_the_jobs_that_are_left(tmp_path: Path) -> None:
    words = ("-m", *RENDER, f"paths.runs={tmp_path}/runs")
    command = [sys.executable, str(ROOT / "experiments/run.py"), *words]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 100
    while not list(tmp_path.glob("runs/*/1/config.yaml")) and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.wait()
    (sweep,) = (tmp_path / "runs").iterdir()
    first = (sweep / "0/results.json").stat().st_mtime_ns
    done = run(*words, "resume=auto")
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"goes on with {sweep}" in done.stderr
    assert f"{sweep}/0: done before" in done.stderr
    assert (sweep / "0/results.json").stat().st_mtime_ns == first
    assert [len(list(sweep.glob(f"{k}/render/data/*.png"))) for k in range(3)] == [3, 400, 5]
    assert (sweep / "sweep.ended").is_file()


def sweep_config(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", [f for f in overrides if "," not in f], return_hydra_config=True)
    with open_dict(config):
        config.hydra.overrides.task = list(overrides)
    return config


def test_a_sweep_goes_on_with_its_own_settings_only(tmp_path: Path) -> None:
    runs = f"paths.runs={tmp_path}"
    begin_sweep(sweep_config(runs, "seed=0,1", "data=mnist"), tmp_path)
    for other in ("seed=0,1,2", "model=lenet5"):
        words = [runs, "data=mnist", *(["seed=0,1"] if "seed" not in other else []), other]
        assert sweep_to_go_on(sweep_config(*words, "resume=auto")) is None
        with pytest.raises(SettingError, match=r"sweep\.over\.seed=0,1, not 0,1,2|model"):
            sweep_to_go_on(sweep_config(*words, f"resume={tmp_path}"))
    same = (runs, "data=mnist", "seed=0,1", "trainer.n_workers=3")
    for asked in ("auto", str(tmp_path)):
        assert sweep_to_go_on(sweep_config(*same, f"resume={asked}")) == tmp_path
        let_go(tmp_path)
    with locked(tmp_path):
        assert sweep_to_go_on(sweep_config(*same, "resume=auto")) is None
        with pytest.raises(SettingError, match="another process is at work"):
            sweep_to_go_on(sweep_config(*same, f"resume={tmp_path}"))
    end_sweep(tmp_path)
    assert sweep_to_go_on(sweep_config(*same, "resume=auto")) is None
    with pytest.raises(SettingError, match=f"resume={tmp_path} has ended: nothing is left to do"):
        sweep_to_go_on(sweep_config(*same, f"resume={tmp_path}"))
    with pytest.raises(SettingError, match="no folder of a sweep"):
        sweep_to_go_on(sweep_config(*same, f"resume={tmp_path}/0"))


@pytest.mark.parametrize("devices", [2, -1])
def test_jobs_that_would_each_start_the_sweep_again_are_refused(devices: int, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = {"devices": devices, "accelerator": "auto"}
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.delenv("SLURM_NTASKS", raising=False)
    check_devices(trainer)  # of a single run
    monkeypatch.setattr("experiments.checks.is_sweep_job", lambda: True)
    with pytest.raises(SettingError, match=rf"trainer\.devices={devices}: a job of a sweep trains in one process"):
        check_devices(trainer)
    monkeypatch.setenv("SLURM_NTASKS", "2")
    check_devices(trainer)


def test_a_job_that_trains_in_several_processes_is_taken_by_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = sweep_config("seed=0")
    assert take_job_folder(config, tmp_path) is None
    monkeypatch.setenv("SLURM_PROCID", "1")
    assert take_job_folder(config, tmp_path) is None
    Progress(tmp_path, ["render"]).write()
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    before = take_job_folder(config, tmp_path)
    assert before is not None
    assert before.done == ["render"]


def test_a_sweep_that_cannot_say_what_it_is_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "sweep.yaml"))

    monkeypatch.setattr("experiments.run_folders.begin_sweep", full)
    with pytest.raises(SystemExit) as end:
        OwnFolder().on_multirun_start(sweep_config(f"paths.runs={tmp_path}"))
    assert end.value.code == 2
    assert "No space left on device" in capsys.readouterr().err


def test_what_slurm_starts_again_goes_on_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = sweep_config("seed=0")
    assert take_job_folder(config, tmp_path) is None
    with pytest.raises(SettingError, match="is that of another job"):
        take_job_folder(config, tmp_path)
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    assert take_job_folder(config, tmp_path) is None  # it had come no further than making its folder
    OmegaConf.save(OmegaConf.masked_copy(config, [k for k in config if k != "hydra"]), tmp_path / "config.yaml")
    progress = Progress(tmp_path, ["render"])
    progress.write()
    before = take_job_folder(config, tmp_path)
    assert before is not None
    assert before.done == ["render"]
    with pytest.raises(SettingError, match="was made with seed=0, not 1"):
        take_job_folder(sweep_config("seed=1"), tmp_path)
