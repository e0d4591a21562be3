"""A run has a folder of its own, whoever starts at the same instant; a named one that holds anything is refused."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from experiments.job import SettingError
from experiments.run_folders import OwnFolder, claim, forget, is_first, own_folder
from tests.experiments.conftest import RunHere

ROOT = Path(__file__).parent.parent.parent


def together(n: int, do: Callable[[], object]) -> list[object]:
    """Return what each of n threads got that did the same at once; None for a SettingError."""
    ready = Barrier(n)

    def one(_: int) -> object:
        ready.wait()
        try:
            return do()
        except SettingError:
            return None

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(one, range(n)))


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", list(overrides), return_hydra_config=True)


def test_runs_that_start_at_the_same_instant_have_folders_of_their_own(tmp_path: Path) -> None:
    made = together(8, lambda: own_folder(tmp_path / "runs/now"))
    assert {Path(str(path)).name for path in made} == {"now", *(f"now-{k}" for k in range(2, 9))}


def test_of_two_runs_that_name_one_folder_one_gets_it(tmp_path: Path) -> None:
    for k in range(20):
        folder = tmp_path / str(k)
        got = together(4, lambda folder=folder: claim(folder, "config.yaml", "hydra.run.dir") or "mine")
        assert got.count("mine") == 1


@pytest.mark.parametrize(("kind", "start"), [("run", "on_run_start"), ("sweep", "on_multirun_start")])
def test_the_folder_that_hydra_uses_is_new(tmp_path: Path, kind: str, start: str) -> None:
    folders = []
    for _ in range(3):  # as in one second
        config = composed(f"paths.runs={tmp_path}")
        config.hydra[kind].dir = f"{tmp_path}/now"
        callback = OwnFolder()
        getattr(callback, start)(config)
        pickle.dumps(callback)  # as launchers send it to their processes
        folders.append(config.hydra[kind].dir)
        if kind == "sweep":  # its jobs are composed from these
            assert config.hydra.overrides.hydra[-1] == f"hydra.sweep.dir='{folders[-1]}'"
    assert folders == [f"{tmp_path}/now{end}" for end in ("", "-2", "-3")]
    assert all(Path(folder).is_dir() for folder in folders)


@pytest.mark.parametrize(("kind", "start"), [("run", "on_run_start"), ("sweep", "on_multirun_start")])
def test_a_named_folder_that_holds_anything_is_refused_unless_it_is_asked_for(
    tmp_path: Path, kind: str, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.json").write_text("{}")
    named = f"hydra.{kind}.dir={tmp_path}"
    with pytest.raises(SystemExit) as end:
        getattr(OwnFolder(), start)(composed(named))
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {named} is not empty")
    assert "paths.reuse=true" in said
    assert said.count("\n") == 1
    getattr(OwnFolder(), start)(composed(named, "paths.reuse=true"))
    getattr(OwnFolder(), start)(composed(f"{named}/new"))
    assert [p.name for p in tmp_path.iterdir()].count("new") == 1


def test_processes_that_train_together_share_the_folder_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text("")
    monkeypatch.setenv("LOCAL_RANK", "1")
    config = composed(f"hydra.run.dir={tmp_path}")
    OwnFolder().on_run_start(config)
    assert config.hydra.run.dir == str(tmp_path)


@pytest.mark.parametrize("overrides", [["paths.runs={}"], ["hydra.run.dir={}/run"]])
def test_runs_that_cannot_be_written_to_are_one_line(
    tmp_path: Path, overrides: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")  # a folder without permissions is none to root
    with pytest.raises(SystemExit) as end:
        OwnFolder().on_run_start(composed(*(text.format(tmp_path / "file") for text in overrides)))
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("error: cannot write")
    assert "paths.runs=DIR" in said
    assert said.count("\n") == 1


SMALL = ("trainer=smoke", "stages=[render]", "stage.render.count=1")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "experiments/run.py"), *arguments, *SMALL]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)


def test_a_process_that_names_the_folder_of_another_run_leaves_it_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"pretrain": 1}')
    done = run(f"hydra.run.dir={tmp_path}")
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]
    (tmp_path / "file").write_text("")
    done = run(f"paths.runs={tmp_path}/file")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


@pytest.mark.slow
def test_the_jobs_of_a_sweep_have_folders_of_their_own(tmp_path: Path) -> None:
    done = run("-m", "seed=0,1", f"paths.runs={tmp_path}")
    assert done.returncode == 0, done.stderr[-2000:]
    (sweep,) = tmp_path.iterdir()
    assert all(json.loads((sweep / str(k) / "results.json").read_text()) for k in range(2))
    again = run("-m", "seed=0,1", f"hydra.sweep.dir={sweep}")
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
    same = run("-m", "seed=0,1", f"hydra.sweep.dir={tmp_path / 'same'}", "hydra.sweep.subdir=x")
    assert same.returncode == 2
    assert "hydra.sweep.subdir" in same.stderr


def test_a_run_that_never_began_leaves_no_folder(tmp_path: Path, run_here: RunHere) -> None:
    done = run_here(f"paths.runs={tmp_path}", "objective=adapt.val_cer", *SMALL)
    assert done.returncode == 2
    assert "objective=adapt.val_cer begins with the name of a stage: render" in done.stderr
    assert list(tmp_path.iterdir()) == []
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "config.yaml").touch()
    (kept / "results.json").touch()
    forget(kept)
    forget(tmp_path / "never made")
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("name", ["RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"])
def test_one_process_of_all_machines_is_the_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"):
        monkeypatch.setenv(other, "0")
    assert is_first()
    monkeypatch.setenv(name, "1")
    assert not is_first()
