"""Runs that did not come to their end: how far they came, and which one a run with `resume=` goes on with.

After each stage a run keeps the network and says which stages are done; a training keeps checkpoints of its own. So a
run that was killed at any moment goes on where it was: `resume=auto` finds the newest one with the same settings.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from experiments.job import SettingError, commit, flat, write_json
from glyphgen.near_names import did_you_mean

CONFIG, PROGRESS, LOCK = "config.yaml", "progress.json", "run.lock"
# settings that change nothing of what comes out: where things are, what is shown, how many processes render
_ASIDE = ("resume", "paths", "logger", "callbacks.progress_bar", "trainer.n_workers", "hydra")
_MOST_NAMED = 6  # of the settings that differ


@dataclass
class Progress:
    """How far a run came: the stages that are done, in order; its results so far; whether all of it is done; and the
    commits that it was at work with, one after the other.
    """

    folder: Path
    done: list[str] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    is_finished: bool = False
    commits: list[str] = field(default_factory=list)

    @property
    def weights(self) -> Path:
        """The network after the last stage that is done."""
        return self.folder / f"progress-{len(self.done)}.safetensors"

    def begin(self, say: Callable[[str], None]) -> None:
        """Note which code goes to work, and say so where that is not the code of before."""
        now = commit()
        if self.commits and self.commits[-1] != now:
            say(f"begun at commit {self.commits[-1]}, goes on at {now}: what comes out may not be that of either")
        if self.commits[-1:] != [now]:
            self.commits.append(now)
        self.write()

    def write(self) -> None:
        """Say how far it came, when what it is to go on from has been written; take away what is not needed then."""
        content = {"done": self.done, "finished": self.is_finished, "commits": self.commits, "results": self.results}
        write_json(self.folder / PROGRESS, content)
        for path in self.folder.glob("progress-*.safetensors"):
            if self.is_finished or path != self.weights:
                path.unlink(missing_ok=True)


class BusyError(SettingError):
    """A run that another process is at work on."""


def read_progress(folder: Path) -> Progress:
    """Return how far the run of a folder came. Raises SettingError for a file that is damaged."""
    path = folder / PROGRESS
    if not path.is_file():
        return Progress(folder, is_finished=(folder / "report.md").is_file())  # of a run before there was such a file
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        commits = content["commits"] if "commits" in content else [content["commit"]]  # as older runs had it
        done, results = list(content["done"]), dict(content["results"])
        return Progress(folder, done, results, bool(content["finished"]), list(map(str, commits)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(f"{path} is damaged ({type(error).__name__}); start the run anew") from error


def locked(folder: Path) -> FileLock:
    """Return the lock of a run folder, which one process holds while it runs; it goes with the process, however that
    ends. Raises SettingError where another one holds it.
    """
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(f"{folder}: another process is at work on this run") from error
    return lock


_held: dict[Path, FileLock] = {}  # of this process; not kept by objects that Hydra's launchers send to others


def hold(folder: Path) -> None:
    """Take a run folder for this process, until it lets go or ends. Raises SettingError where another one has it."""
    if folder.resolve() not in _held:
        _held[folder.resolve()] = locked(folder)


def let_go(folder: Path) -> None:
    """Give back what `hold` took, if it did."""
    if (lock := _held.pop(folder.resolve(), None)) is not None:
        lock.release()


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the settings by their dotted names that differ and have a say in what comes out, as they were and are;
    None for one that there is not.
    """
    old, new = (dict(flat(one)) for one in (before, now))
    names = [name for name in {**old, **new} if not is_within(name, _ASIDE)]
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def is_within(name: str, groups: Iterable[str]) -> bool:
    """Whether a dotted name is one of some, or lies below one, or is `GROUP_with`, which goes with `GROUP`."""
    return any(name == group or name.startswith((f"{group}.", f"{group}_with")) for group in groups)


def run_to_go_on(config: Any, named: Path | None = None) -> Path | None:
    """Return the folder of the run that a composed config with `resume` goes on with, and hold it; None where `auto`
    finds none, in the folder that was named for the run or below paths.runs. Raises SettingError for a run that is
    none, is finished or at work, or was made with other settings than those that `resume_with` lets differ.
    """
    return find_to_go_on(config, plain(config), CONFIG, named, _end_of_run)


def _end_of_run(folder: Path) -> str | None:
    is_finished = read_progress(folder).is_finished
    return "is finished: nothing is left to do; its figures are in report.md there" if is_finished else None


def find_to_go_on(
    config: Any, now: Mapping[str, Any], mark: str, named: Path | None, end_of: Callable[[Path], str | None]
) -> Path | None:
    """Return and hold the folder that `resume` asks for, of a run or a sweep with the settings `now`, which are in a
    file of the name `mark`; None where `auto` finds none, in `named` or below paths.runs. end_of says how a folder has
    come to its end, None where it has not. Raises SettingError as `run_to_go_on` does.
    """
    asked, lets = str(config.resume), lets_differ(config, now)
    if asked == "auto":
        for folder in [*newest_in(named, mark), *newest(Path(config.paths.runs), mark)]:
            with suppress(SettingError):
                if not differing_settings(settings_of(folder / mark), now, lets) and end_of(folder) is None:
                    hold(folder)
                    return folder
        return None
    folder = Path(asked).absolute()
    if not (folder / mark).is_file():
        what = "run folder" if mark == CONFIG else "folder of a sweep"
        raise SettingError(f"resume={asked}: no {what}, which has a {mark}; or resume=auto")
    refuse(differing_settings(settings_of(folder / mark), now, lets), f"resume={asked}")
    if (end := end_of(folder)) is not None:
        raise SettingError(f"resume={asked} {end}")
    hold(folder)
    return folder


def plain(config: Any) -> dict[str, Any]:
    """Return a composed config as plain dictionaries, without Hydra's own part."""
    kept = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    found: Any = OmegaConf.to_container(kept, resolve=True)
    return dict(found)


def settings_of(path: Path) -> dict[str, Any]:
    """Return the settings that a run or a sweep kept. Raises SettingError for a file that is damaged."""
    try:
        found: Any = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
        return dict(found)
    except (OSError, ValueError, TypeError, OmegaConfBaseException, YAMLError) as error:
        raise SettingError(f"{path} is damaged ({type(error).__name__}); start anew, without resume") from error


def differing_settings(
    before: Mapping[str, Any], now: Mapping[str, Any], lets: Iterable[str]
) -> dict[str, tuple[Any, Any]]:
    """Return the differences between settings that nobody has let differ."""
    return {k: v for k, v in differences(before, now).items() if not is_within(k, lets)}


def lets_differ(config: Any, now: Mapping[str, Any]) -> list[str]:
    """Return `resume_with`. Raises SettingError for a name that is neither a setting nor a group of some."""
    lets, names = list(map(str, config.resume_with or ())), [name for name, _ in flat(now)]
    for one in lets:
        if not any(is_within(name, [one]) for name in names):
            raise SettingError(f"resume_with: {one} is no setting{did_you_mean(one, names)}")
    return lets


def refuse(apart: Mapping[str, tuple[Any, Any]], what: str, can_differ: bool = True) -> None:
    """Raise SettingError where what is to go on was made with other settings; it names them, and how to let them differ
    where that can be.
    """
    if not apart:
        return
    shown = "; ".join(f"{name}={old}, not {new}" for name, (old, new) in list(apart.items())[:_MOST_NAMED])
    more = f" and {len(apart) - _MOST_NAMED} more" if len(apart) > _MOST_NAMED else ""
    remedy = f", or let them differ: 'resume_with=[{','.join(list(apart)[:_MOST_NAMED])}]'" if can_differ else ""
    raise SettingError(f"{what} was made with {shown}{more}; go on with what it was made with{remedy}")


def newest_in(folder: Path | None, mark: str) -> list[Path]:
    """Return a folder that holds a file of the name `mark`, if it does."""
    return [folder] if folder is not None and (folder / mark).is_file() else []


def newest(root: Path, mark: str) -> Iterator[Path]:
    """Yield the folders below one that hold a file of the name `mark`, the newest first. What is in a run is no run."""
    found = []
    for folder, below, files in os.walk(root):
        if mark in files:
            found.append(Path(folder))
        if mark in files or CONFIG in files:
            below.clear()  # Hydra keeps a config of its own in there
    yield from sorted(found, key=lambda folder: -(folder / mark).stat().st_mtime)
