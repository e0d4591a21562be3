"""A folder for each run, its own: two that start in one second have two, and one that is named must be empty or asked
for.

Hydra makes run folders without asking whether they are there. `OwnFolder`, its callback in conf/config.yaml, makes them
first: a folder or file that is made exclusively tells which of two processes was earlier, on network drives too.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

from experiments.job import SettingError
from experiments.sweeps import begin_sweep, end_sweep, is_requeued, job_before, sweep_to_go_on
from experiments.unfinished import LOCK, Progress, hold, let_go, read_progress, run_to_go_on
from glyphgen.files import DataError

_sweeps: list[Path] = []  # the folder of the sweep that this process runs
RUN_MARK, SWEEP_MARK = "config.yaml", "multirun.yaml"  # what a run and a sweep write first


def is_first() -> bool:
    """Return whether this is the first, or the only one, of the processes that train together, on whatever machines."""
    ranks = (os.environ.get(name, "0") for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))
    return not any(rank.isdecimal() and int(rank) for rank in ranks)


def is_sweep_job() -> bool:
    return HydraConfig.initialized() and HydraConfig.get().mode == RunMode.MULTIRUN


def are_started_by_others() -> bool:
    """Return whether torchrun or SLURM starts the processes that train together, and not the first of them."""
    return "TORCHELASTIC_RUN_ID" in os.environ or os.environ.get("SLURM_NTASKS", "1") not in ("", "1")


def own_folder(folder: Path) -> Path:
    """Make a folder that was not there, `folder` or `folder-2` and so on, and return it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for k in count(1):
        path = folder if k == 1 else folder.with_name(f"{folder.name}-{k}")
        try:
            path.mkdir()
            return path
        except FileExistsError:
            continue
    raise AssertionError


def claim(folder: Path, mark: str, setting: str) -> None:
    """Take a folder that somebody named. Raises SettingError when it holds anything, or another process
    takes it now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    remedy = f"give another {setting}, or write into this one with paths.reuse=true"
    if any(folder.iterdir()):
        raise SettingError(f"{setting}={folder} is not empty, and would be mixed with what is there; {remedy}")
    mark_in(folder, mark, f"{setting}={folder} is used by another run that started just now; {remedy}")


def mark_in(folder: Path, mark: str, message: str) -> None:
    """Make the file that says whose a folder is. Raises SettingError when it is there."""
    try:
        (folder / mark).touch(exist_ok=False)
    except FileExistsError as error:
        raise SettingError(message) from error


def take_job_folder(config: DictConfig, folder: Path) -> Progress | None:
    """Take the folder of a job of a sweep. Return how far that job came before, where the sweep goes on or SLURM has
    started the job again; None for a new one. Raises SettingError where the folder is that of another job.
    """
    goes_on = config.resume is not None or is_requeued()
    if not is_first():  # the first of those that train together has taken it
        return read_progress(folder) if goes_on else None
    if goes_on and (before := job_before(config, folder)) is not None:
        return before
    if goes_on:
        (folder / RUN_MARK).unlink(missing_ok=True)  # an empty one, of a job that was killed at once
    if not config.paths.reuse:
        message = f"hydra.sweep.subdir: {folder} is that of another job; give each its own, as ${{hydra.job.num}} does"
        mark_in(folder, RUN_MARK, message)
    return None


def forget(folder: Path) -> None:
    """Take away the folder of a run that never began, in which is nothing but what it was told."""
    if folder.is_dir() and {path.name for path in folder.iterdir()} <= {RUN_MARK, LOCK, "run.log", "hydra"}:
        let_go(folder)
        shutil.rmtree(folder, ignore_errors=True)


def what_resume_names(folder: Path) -> Path:
    """Return what `resume=` names to go on with the run of a folder: that, or the sweep that it is a job of."""
    if is_sweep_job():
        return Path(HydraConfig.get().sweep.dir)
    return folder


def how_to_go_on() -> str:
    """Return what to add where a sweep was stopped."""
    return f"; go on with the same command and resume={_sweeps[-1]}" if _sweeps else ""


class OwnFolder(Callback):
    """Hydra's callback: makes the folder of a run or a sweep, or ends the process with one line and code 2."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        if is_first():  # the others write into the folder of the first
            self._take(config, "run", RUN_MARK)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        self._take(config, "sweep", SWEEP_MARK)
        folder = Path(config.hydra.sweep.dir)
        with _one_line("hydra.sweep.dir"):
            hold(folder)
            begin_sweep(config, folder)
        _sweeps.append(folder)
        if "basic" not in str(config.hydra.launcher._target_):
            signal.signal(signal.SIGINT, signal.default_int_handler)  # other processes do the work; see run.py

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        end_sweep(Path(config.hydra.sweep.dir))
        let_go(Path(config.hydra.sweep.dir))
        _sweeps.clear()

    @staticmethod
    def _take(config: DictConfig, kind: str, mark: str) -> None:
        setting = f"hydra.{kind}.dir"
        folder = Path(config.hydra[kind].dir)
        with _one_line(setting):
            is_named = any(text.lstrip("+").startswith(f"{setting}=") for text in config.hydra.overrides.hydra)
            if config.resume is not None:
                to_go_on = sweep_to_go_on if kind == "sweep" else run_to_go_on
                found = to_go_on(config, folder if is_named else None)
                if found is not None:
                    print(f"goes on with {found}", file=sys.stderr)
                    _set_folder(config, kind, found)
                    return
                print(f"resume=auto: no unfinished {kind} with these settings; a new one", file=sys.stderr)
            if is_named:
                if not config.paths.reuse:
                    claim(folder, mark, setting)
                folder.mkdir(parents=True, exist_ok=True)
                hold(folder)  # before Hydra writes into it
                return
            _set_folder(config, kind, own_folder(folder))


@contextmanager
def _one_line(setting: str) -> Iterator[None]:
    """End the process with one line and code 2 for known errors, which Hydra would make a warning of and go on."""
    try:
        yield
    except (SettingError, DataError, OmegaConfBaseException) as error:
        sys.exit(_fail(str(error)))
    except OSError as error:
        remedy = f"give paths.runs=DIR or {setting}=DIR, a folder that you may write to"
        sys.exit(_fail(f"cannot write {error.filename or setting}: {error.strerror or error}; {remedy}"))


def _set_folder(config: DictConfig, kind: str, folder: Path) -> None:
    """Let Hydra use a folder. Each job of a sweep is composed anew, from the overrides."""
    with read_write(config), open_dict(config):
        config.hydra[kind].dir = str(folder)
        if kind == "sweep":
            quoted = str(folder).replace("\\", "\\\\").replace("'", "\\'")
            config.hydra.overrides.hydra.append(f"hydra.sweep.dir='{quoted}'")


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2
