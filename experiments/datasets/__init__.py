"""Data sets: every module here holds one kind, a class with its settings, its script and its samples.

A new kind is one file here and one file in conf/data; it is found by its class, a `DataSet` with `kind: Literal[NAME]`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any, get_args

from experiments.datasets.dataset import DataSet
from experiments.datasets.folders import labeled_folders, page_folders
from experiments.job import Run, SettingError
from experiments.validation import checked

__all__ = [
    "KINDS",
    "DataSet",
    "data_of",
    "labeled_folders",
    "page_folders",
    "parse",
]


def _found() -> dict[str, type[DataSet]]:
    """Return the class of every kind, of the modules of this package."""
    kinds: dict[str, type[DataSet]] = {}
    for module in pkgutil.iter_modules(__path__):
        for one in vars(import_module(f"{__name__}.{module.name}")).values():
            is_kind = isinstance(one, type) and issubclass(one, DataSet) and one.__module__.endswith(f".{module.name}")
            for kind in get_args(one.model_fields["kind"].annotation) if is_kind else ():
                if kind in kinds:
                    raise TypeError(f"data.kind {kind!r} is that of {kinds[kind]} and of {one}")
                kinds[kind] = one
    return kinds


KINDS = _found()


def parse(data: Mapping[str, Any] | DataSet, name: str = "data") -> DataSet:
    """Return the data set that a group of settings describes; `name` is the group's. Raises SettingError."""
    if isinstance(data, DataSet):
        return data
    if not isinstance(data, Mapping):
        raise SettingError(f"{name} is a group of settings, not {data!r}; say data@{name}={data}")
    if data.get("kind") not in KINDS:
        raise SettingError(f"{name}.kind must be one of {', '.join(KINDS)}, not {data.get('kind')!r}")
    return checked(KINDS[data["kind"]], data, name)


def data_of(run: Run) -> DataSet:
    """Return the data set of a run."""
    return parse(run.settings["data"])
