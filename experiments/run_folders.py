"""A folder for each run, its own: two that start in one second have two, and one that is named must be empty or asked
for.

Hydra makes run folders without asking whether they are there. `OwnFolder`, its callback in conf/config.yaml, makes them
first: a folder or file that is made exclusively tells which of two processes was earlier, on network drives too.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, open_dict, read_write

from experiments.job import SettingError
from experiments.unfinished import run_to_go_on

RUN_MARK, SWEEP_MARK = "config.yaml", "multirun.yaml"  # what a run and a sweep write first


def is_first() -> bool:
    """Return whether this is the first, or the only one, of the processes that train together, on whatever machines."""
    ranks = (os.environ.get(name, "0") for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))
    return not any(rank.isdecimal() and int(rank) for rank in ranks)


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


class OwnFolder(Callback):
    """Hydra's callback: makes the folder of a run or a sweep, or ends the process with one line and code 2."""

    def on_run_start(self, config: DictConfig, **_: Any) -> None:
        if is_first():  # the others write into the folder of the first
            self._take(config, "run", RUN_MARK)

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        self._take(config, "sweep", SWEEP_MARK)

    @staticmethod
    def _take(config: DictConfig, kind: str, mark: str) -> None:
        setting = f"hydra.{kind}.dir"
        folder = Path(config.hydra[kind].dir)
        try:
            if config.resume is not None:
                if kind == "sweep":
                    raise SettingError("resume goes on with one run; leave it out, or start that run alone")
                found = run_to_go_on(config)
                if found is not None:
                    print(f"goes on with {found}", file=sys.stderr)
                    _set_folder(config, kind, found)
                    return
                print("resume=auto: no unfinished run with these settings; a new one", file=sys.stderr)
            if any(text.lstrip("+").startswith(f"{setting}=") for text in config.hydra.overrides.hydra):
                if not config.paths.reuse:
                    claim(folder, mark, setting)
                return
            folder = own_folder(folder)
        except SettingError as error:
            sys.exit(_fail(str(error)))
        except OSError as error:
            remedy = f"give paths.runs=DIR or {setting}=DIR, a folder that you may write to"
            sys.exit(_fail(f"cannot write {error.filename or folder}: {error.strerror or error}; {remedy}"))
        _set_folder(config, kind, folder)
        if kind == "sweep":  # each job of a sweep is composed anew, from the overrides
            quoted = str(folder).replace("\\", "\\\\").replace("'", "\\'")
            with read_write(config), open_dict(config):
                config.hydra.overrides.hydra.append(f"{setting}='{quoted}'")


def _set_folder(config: DictConfig, kind: str, folder: Path) -> None:
    with read_write(config), open_dict(config):
        config.hydra[kind].dir = str(folder)


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2
