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

from experiments.compare.records import RunRecord, shown
from experiments.compare.set_readings import Readings
from experiments.report.figures import is_more_better

_DEFAULT = (
    "evaluate/*/grapheme_cer",
    "evaluate/*/letter_cer",
    "evaluate/*/exact",
    "pages/*/recall",
    "pages/*/precision",
)
_NAMES = ("name", "architecture")  # settings that say which of a group of conf/ was chosen
_MOST_IN_NAME, _LONGEST_NAME = 2, 60  # settings and characters that name runs by what they differ in
_NONE = "–"  # in place of a setting that a run does not have
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
        """Return a figure of each run that has it, and that is a number."""
        found = [run.figures[figure] for run in self.runs if figure in run.figures]
        return [value for value in found if math.isfinite(value)]


@dataclass(frozen=True)
class Interval:
    """The mean of a figure over seeds, and half of its 95 % interval (Student's t); None for one seed."""

    mean: float
    half: float | None
    n: int


@dataclass(frozen=True)
class Paired:
    """Two groups of runs that read the same pictures of a data set, seed by seed: how many of n readings are right in
    both, in the first only and in the second only; and the chance that equals differ as much or more (sign test,
    two-sided; Holm's correction where several pairs are compared). pictures: numbers of those that the first pair of
    runs disagrees on: first those that one of them reads right, and then by how far they are apart.
    """

    a: RunRecord
    b: RunRecord
    names: tuple[str, str]
    data: str
    seeds: tuple[int, ...]
    n: int
    both: int
    a_only: int
    b_only: int
    chance: float
    pictures: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """Say in words which is better."""
        one, other = self.names
        where = f"{self.n:,} pictures" + (f" (seeds {', '.join(map(str, self.seeds))})" if len(self.seeds) > 1 else "")
        if not self.a_only and not self.b_only:
            return f"{one} and {other} are right on the same {self.both:,} of {where}."
        if self.a_only == self.b_only or self.chance >= _SURE:
            return (
                f"No clear difference on {where}: {one} alone reads {self.a_only:,} right, {other} alone "
                f"{self.b_only:,} (p = {self.chance:.2g})."
            )
        better, worse = self.names if self.a_only > self.b_only else self.names[::-1]
        more, less = max(self.a_only, self.b_only), min(self.a_only, self.b_only)
        return (
            f"{better} is better on {where}: it reads {more:,} right that {worse} does not, and {less:,} the other way "
            f"round (p = {self.chance:.2g})."
        )


def grouped(runs: Sequence[RunRecord]) -> list[Group]:
    """Return the runs, those that differ in nothing but the seed together; in the order of the first of each. Runs of
    another commit, and those with the same seed too, stand apart: they say nothing of what chance does.
    """
    groups: dict[tuple[Any, ...], list[RunRecord]] = {}
    together: dict[tuple[Any, ...], list[RunRecord]] = {}
    for run in runs:  # runs of one sweep first
        key = (run.commit, *sorted((name, repr(value)) for name, value in run.settings.items()))
        together.setdefault((run.folder.parent, key), []).append(run)
    for (_, key), some in together.items():
        for run in some:
            again = 0
            while any(
                other.seed == run.seed or (len(some) > 1 and other not in some)
                for other in groups.get((key, again), [])
            ):
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
        names = [", ".join(f"{short_setting(n)}={v[k]}" for n, v in apart.items()) for k in range(len(groups))]
        if len(set(names)) == len(names) and max(map(len, names)) <= _LONGEST_NAME:
            return names
    return [group.name + (f" and {len(group.runs) - 1} more" if len(group.runs) > 1 else "") for group in groups]


def short_setting(name: str) -> str:
    """Return the last part of a setting's dotted name; of one that chooses from a group of conf/, the group."""
    above, _, last = name.rpartition(".")
    return above.rpartition(".")[2] if last in _NAMES and above else last


def differing(groups: Sequence[Group]) -> dict[str, list[str]]:
    """Return what groups differ in, and their values as text: settings, and the commit. Those of a stage or of a group
    of conf/ that not all have, or that another name was chosen of, count where groups differ that have the same.
    """
    names = dict.fromkeys(name for group in groups for name in group.settings)
    rows: dict[str, list[str]] = {}
    for name in names:
        values = [shown(group.settings[name]) if name in group.settings else _NONE for group in groups]
        apart: dict[str, set[str]] = {}
        for group, value in zip(groups, values, strict=True):
            apart.setdefault(_kind_of(name, group), set()).add(value)
        if any(len(one) > 1 for one in apart.values()):
            rows[name] = values
    commits = [group.runs[0].commit or _NONE for group in groups]
    return rows if len(set(commits)) == 1 else {**rows, "commit": commits}


def _kind_of(name: str, group: Group) -> str:
    """Return what a group of runs must share with another for a setting of theirs to be compared."""
    above, _, last = name.rpartition(".")
    if name.startswith("stage."):
        return str(name in group.settings)
    chosen = [f"{above.split('.')[0]}.{key}" for key in _NAMES] if above and last not in _NAMES else []
    return " ".join(str(group.settings[key]) for key in chosen if key in group.settings)


def chosen_figures(groups: Sequence[Group], asked: Sequence[str] = ()) -> list[str]:
    """Return the figures to show: those asked for, by the end of their name or a pattern, or the usual ones. Raises
    ValueError where no run has any of them, with those that there are.
    """
    there = list(dict.fromkeys(name for group in groups for run in group.runs for name in run.figures))
    if not asked:
        usual = [name for pattern in _DEFAULT for name in there if fnmatch(name, pattern)]
        usual = (usual or [name for name in there if is_more_better(name) is not None])[:_MOST]
        counts = dict.fromkeys(n for name in usual if (n := n_of(name)) in there)
        apart = [n for n in counts if len({value for group in groups for value in group.values(n)}) > 1]
        return [*apart, *usual]
    found: list[str] = []
    for text in asked:
        found += [name for name in there if fnmatch(name, text) or name == text or name.endswith(f"/{text}")]
    if not found:
        raise ValueError(f"no run has the figure {' or '.join(asked)}; there are {', '.join(there) or 'none'}")
    return list(dict.fromkeys(found))


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


def n_of(figure: str) -> str:
    """Return the figure that says of how many pictures a figure is."""
    return f"{figure.rpartition('/')[0]}/{'n_pages' if figure.startswith('pages/') else 'n'}"


def best_of(groups: Sequence[Group], figure: str) -> int | None:
    """Return which group has the best mean of a figure. None where fewer than two have it, several are as good, nobody
    says what is better, they read other data or other numbers of pictures, or its interval meets that of another.
    """
    more = is_more_better(figure)
    there = [(i.mean, k) for k, g in enumerate(groups) if (i := interval(g.values(figure))) is not None]
    if more is None or len({mean for mean, _ in there}) < 2:
        return None
    if figure.startswith(("evaluate/", "pages/")):
        read = {(tuple(groups[k].values(n_of(figure))[:1]), groups[k].settings.get("data.name")) for _, k in there}
        if len(read) > 1:
            return None
    mean, best = (max if more else min)(there)
    if sum(other == mean for other, _ in there) > 1:
        return None
    halves = {k: interval(groups[k].values(figure)) for _, k in there}
    for other, k in there:  # what lies within both intervals is no difference
        reach = sum(one.half or 0.0 for one in (halves[best], halves[k]) if one is not None)
        if k != best and reach and abs(other - mean) <= reach:
            return None
    return best


def paired(groups: Sequence[Group]) -> list[Paired]:
    """Return each pair of groups of which runs read the same pictures of a data set: runs of one seed together, or the
    first of each where none has the same.
    """
    found = []
    for i, one in enumerate(groups):
        for other in groups[i + 1 :]:
            pairs = [(a, b) for a in one.runs for b in other.runs if a.seed == b.seed] or [(one.runs[0], other.runs[0])]
            for data in pairs[0][0].readings:
                same = [(a, b) for a, b in pairs if _read_the_same(a, b, data)]
                if same:
                    found.append(_paired(same, (one.name, other.name), data))
    ranked = sorted(range(len(found)), key=lambda k: found[k].chance)
    least = 0.0
    for rank, k in enumerate(ranked):  # Holm's correction
        least = max(least, min(1.0, found[k].chance * (len(found) - rank)))
        found[k] = replace(found[k], chance=least)
    return found


def _read_the_same(a: RunRecord, b: RunRecord, data: str) -> bool:
    return data in a.readings and data in b.readings and a.readings[data].is_of_same(b.readings[data])


def _paired(pairs: Sequence[tuple[RunRecord, RunRecord]], names: tuple[str, str], data: str) -> Paired:
    from scipy import stats

    errors = [[np.array(errors_of(run.readings[data])) for run in pair] for pair in pairs]
    right = [np.concatenate([one[k] == 0 for one in errors]) for k in (0, 1)]
    a_only, b_only = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    n_apart = a_only + b_only
    chance = float(stats.binomtest(a_only, n_apart).pvalue) if n_apart else 1.0  # type: ignore[attr-defined]
    apart = np.abs(errors[0][0] - errors[0][1])
    is_decided = (errors[0][0] == 0) != (errors[0][1] == 0)
    order = [int(k) for k in np.lexsort((-apart, ~is_decided)) if apart[k] > 0]
    seeds = tuple(a.seed for a, _ in pairs)
    both = int((right[0] & right[1]).sum())
    return Paired(*pairs[0], names, data, seeds, len(right[0]), both, a_only, b_only, chance, tuple(order))


def errors_of(readings: Readings) -> list[float]:
    """Return the edits of each reading over the length of its truth."""
    pairs = zip(readings.truths, readings.texts, strict=True)
    return [Levenshtein.distance(truth, text) / max(len(truth), 1) for truth, text in pairs]
