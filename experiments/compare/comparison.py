"""Runs beside each other: which settings differ, what their figures are with intervals over seeds, which is better and
whether that may be chance, and on which pictures they disagree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from experiments.compare.records import Readings, RunRecord, shown

_LOWER = ("cer", "cer_bare", "cer_raw", "ece", "ned", "loss", "error", "seconds", "per_negative", "_ms", "time")
_DEFAULT = (
    "evaluate/*/grapheme_cer",
    "evaluate/*/letter_cer",
    "evaluate/*/exact",
    "pages/*/recall",
    "pages/*/precision",
)
_NAMES = ("name", "architecture")  # settings that say which of a group of conf/ was chosen
_MOST_IN_NAME, _LONGEST_NAME = 2, 60  # settings and characters that name runs by what they differ in
_MOST = 8  # figures that are shown unasked
_SURE = 0.05  # chance of a difference as large or larger between equals, below which it is called one


@dataclass(frozen=True)
class Group:
    """Runs that differ in their seed only; name: what tells them from the others that they are compared with."""

    runs: tuple[RunRecord, ...]
    name: str

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.runs[0].settings

    def values(self, figure: str) -> list[float]:
        return [run.figures[figure] for run in self.runs if figure in run.figures]


@dataclass(frozen=True)
class Interval:
    """The mean of a figure over seeds, and half of its 95 % interval (Student's t); None for one seed."""

    mean: float
    half: float | None
    n: int


@dataclass(frozen=True)
class Duel:
    """Two runs that read the same pictures: how many of n one read without an error and the other did not; and the
    chance that equals differ as much or more (sign test, two-sided). pictures: numbers of those they disagree on, the
    largest difference first.
    """

    a: RunRecord
    b: RunRecord
    names: tuple[str, str]
    data: str
    n: int
    a_only: int
    b_only: int
    chance: float
    pictures: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """Say in words which is better."""
        if not self.a_only and not self.b_only:
            return f"{self.names[0]} and {self.names[1]} read the same {self.n:,} pictures right."
        if self.a_only == self.b_only or self.chance >= _SURE:
            return (
                f"No clear difference on {self.n:,} pictures: {self.names[0]} alone reads {self.a_only:,} right, "
                f"{self.names[1]} alone {self.b_only:,} (p = {self.chance:.2g})."
            )
        better, worse = self.names if self.a_only > self.b_only else self.names[::-1]
        more, less = max(self.a_only, self.b_only), min(self.a_only, self.b_only)
        return (
            f"{better} is better on {self.n:,} pictures: it reads {more:,} right that {worse} does not, and "
            f"{less:,} the other way round (p = {self.chance:.2g})."
        )


def grouped(runs: Sequence[RunRecord]) -> list[Group]:
    """Return the runs, those that differ in nothing but the seed together; in the order of the first of each. Runs with
    the same seed too, of another commit perhaps, stand apart: they say nothing of what chance does.
    """
    groups: dict[tuple[Any, ...], list[RunRecord]] = {}
    for run in runs:
        key = tuple(sorted((name, repr(value)) for name, value in run.settings.items()))
        again = 0
        while any(other.seed == run.seed for other in groups.get((key, again), [])):
            again += 1
        groups.setdefault((key, again), []).append(run)
    made = [Group(tuple(sorted(group, key=lambda run: run.seed)), group[0].name) for group in groups.values()]
    return [replace(group, name=name) for group, name in zip(made, _names(made), strict=True)]


def _names(groups: Sequence[Group]) -> list[str]:
    """Return what groups are called: by what they differ in, where that is little and some are several runs; else by
    their first runs.
    """
    apart = {name: values for name, values in differing(groups).items() if name != "commit"}
    if 0 < len(apart) <= _MOST_IN_NAME and any(len(group.runs) > 1 for group in groups):
        names = [", ".join(f"{n.rpartition('.')[2]}={v[k]}" for n, v in apart.items()) for k in range(len(groups))]
        if len(set(names)) == len(names) and max(map(len, names)) <= _LONGEST_NAME:
            return names
    return [group.name + (f" and {len(group.runs) - 1} more" if len(group.runs) > 1 else "") for group in groups]


def differing(groups: Sequence[Group]) -> dict[str, list[str]]:
    """Return what groups differ in, and their values as text: settings, but for those of a stage that not all have and
    of a group of conf/ that another name was chosen of, which says it all; and the commit.
    """
    names = dict.fromkeys(name for group in groups for name in group.settings)
    rows: dict[str, list[str]] = {}
    for name in names:
        if all(name in group.settings for group in groups):
            values = [shown(group.settings[name]) for group in groups]
        elif name.startswith("stage."):
            continue
        else:
            values = [shown(group.settings[name]) if name in group.settings else "–" for group in groups]
        if len(set(values)) > 1:
            rows[name] = values
    chosen = [name.rpartition(".")[0] for name in rows if name.rpartition(".")[2] in _NAMES]
    inside = tuple(f"{group}." for group in chosen if group)
    rows = {k: v for k, v in rows.items() if not k.startswith(inside) or k.rpartition(".")[2] in _NAMES}
    commits = [" ".join(dict.fromkeys(run.commit or "–" for run in group.runs)) for group in groups]
    return rows if len(set(commits)) == 1 else {**rows, "commit": commits}


def chosen_figures(groups: Sequence[Group], asked: Sequence[str] = ()) -> list[str]:
    """Return the figures to show: those asked for, by the end of their name or a pattern, or the usual ones. Raises
    ValueError for one that no run has, with those that there are.
    """
    there = list(dict.fromkeys(name for group in groups for run in group.runs for name in run.figures))
    if not asked:
        usual = [name for pattern in _DEFAULT for name in there if fnmatch(name, pattern)]
        return (usual or [name for name in there if not name.endswith(("/n", "/steps", "/seconds"))])[:_MOST]
    found: list[str] = []
    for text in asked:
        more = [name for name in there if fnmatch(name, text) or name == text or name.endswith(f"/{text}")]
        if not more:
            raise ValueError(f"no run has the figure {text!r}; there are {', '.join(there) or 'none'}")
        found += more
    return list(dict.fromkeys(found))


def is_lower_better(figure: str) -> bool:
    """Whether less of a figure is better."""
    return figure.rpartition("/")[2].endswith(_LOWER)


def interval(values: Sequence[float]) -> Interval | None:
    """Return the mean of values with its interval; None without any."""
    if not values:
        return None
    n, mean = len(values), float(np.mean(values))
    if n == 1:
        return Interval(mean, None, 1)
    from scipy import stats

    t = float(stats.t.ppf(0.975, n - 1))  # type: ignore[attr-defined]
    return Interval(mean, t * float(np.std(values, ddof=1)) / math.sqrt(n), n)


def best_of(groups: Sequence[Group], figure: str) -> int | None:
    """Return which group has the best mean of a figure; None where fewer than two have it, or all have the same."""
    means = [(i.mean, k) for k, g in enumerate(groups) if (i := interval(g.values(figure))) is not None]
    if len({mean for mean, _ in means}) < 2:
        return None
    return (min if is_lower_better(figure) else max)(means)[1]


def duels(groups: Sequence[Group]) -> list[Duel]:
    """Return each pair of groups, the first run of each, that read the same data set; those with other pictures are not
    compared.
    """
    found = []
    for i, one in enumerate(groups):
        for other in groups[i + 1 :]:
            a, b = one.runs[0], other.runs[0]
            for data in a.readings:
                if data in b.readings and a.readings[data].truths == b.readings[data].truths:
                    found.append(_duel(a, b, (one.name, other.name), data))
    return found


def _duel(a: RunRecord, b: RunRecord, names: tuple[str, str], data: str) -> Duel:
    from scipy import stats

    errors = [np.array(errors_of(run.readings[data])) for run in (a, b)]
    right = [one == 0 for one in errors]
    a_only, b_only = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    n_apart = a_only + b_only
    chance = float(stats.binomtest(a_only, n_apart).pvalue) if n_apart else 1.0  # type: ignore[attr-defined]
    apart = np.abs(errors[0] - errors[1])
    order = [int(k) for k in np.argsort(-apart, kind="stable") if apart[k] > 0]
    return Duel(a, b, names, data, len(apart), a_only, b_only, chance, tuple(order))


def errors_of(readings: Readings) -> list[float]:
    """Return the edits of each reading over the length of its truth."""
    pairs = zip(readings.truths, readings.texts, strict=True)
    return [Levenshtein.distance(truth, text) / max(len(truth), 1) for truth, text in pairs]
