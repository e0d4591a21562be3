"""How a figure falls with a setting: a power law through runs that differ in it, such as errors over the number of
training lines, and whether they lie on one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.compare.comparison import Group, differing, short_setting
from experiments.compare.records import shown
from experiments.compare.table import title_of
from experiments.report.figures import is_more_better, is_share

_SURE = 0.05  # chance of such a misfit or a larger one if the law were true, below which it is called none


@dataclass(frozen=True)
class PowerLaw:
    """figure = factor · setting ** exponent, the straight line of least squares through the logarithms; half: half of
    the exponent's 95 % interval (Student's t), given that there is such a law; misfit: how likely runs on such a law
    would lie as far from it or farther, next to how far apart seeds lie (F test of lack of fit; Draper and Smith 1998),
    None without several runs of a value; name: of the runs it is of, where the comparison has several kinds; points
    (n, 2): setting and figure of each run that it is fitted to; n_left_out: runs whose figure is 0, which has no
    logarithm; means: each value of the setting, and the mean of the figure over all runs of it.
    """

    setting: str
    figure: str
    name: str
    factor: float
    exponent: float
    half: float
    misfit: float | None
    points: tuple[tuple[float, float], ...]
    n_left_out: int
    means: tuple[tuple[float, float], ...]

    def at(self, value: float) -> float:
        """Return the figure that the law gives for a value of the setting."""
        return self.factor * math.pow(value, self.exponent)

    @property
    def verdict(self) -> str:
        """Say in words what was measured and what the law says."""
        what = f"{title_of(self.figure)}{f' of {self.name}' if self.name else ''}"
        measured = ", ".join(f"{self._text(mean)} at {value:,.6g}" for value, mean in self.means)
        left_out = f"; fitted without {self.n_left_out}, whose figure is 0" if self.n_left_out else ""
        start = f"{what} over {self.setting}: {measured} ({len(self.points) + self.n_left_out} runs{left_out}). "
        if len({y for _, y in self.points}) == 1:
            return start + "It is the same everywhere."
        law = f"{self.setting} to the power of {self.exponent:.2f} ± {self.half:.2f}"
        if self.misfit is not None and self.misfit < _SURE:
            return start + f"This is no power law (p = {self.misfit:.2g}); the nearest is {law}."
        if abs(self.exponent) <= self.half:
            return start + f"No clear change: {law}."
        return start + f"It goes with {law}: twice of it multiplies the figure by {math.pow(2, self.exponent):.2f}."

    def _text(self, value: float) -> str:
        return f"{100 * value:.2f} %" if is_share(self.figure) else f"{value:.3g}"


def power_laws(groups: Sequence[Group], figures: Sequence[str], asked: str) -> list[PowerLaw]:
    """Return the law of each figure that is better when it is less, over a setting, by its dotted name or the end of
    it: one for all runs that differ in nothing else. Raises ValueError for a setting that the runs do not differ in,
    and where no figure has three values of it.
    """
    apart = differing(groups)
    names = [name for name in apart if name != "commit" and (name == asked or name.endswith(f".{asked}"))]
    if len(names) != 1:
        raise ValueError(
            f"--fit {asked}: {'several settings end so' if names else 'not a setting that these runs differ in'}; "
            f"they differ in {', '.join(names or apart) or 'none'}"
        )
    setting = names[0]
    others = {name: values for name, values in apart.items() if name != setting}
    kinds: dict[tuple[str, ...], list[Group]] = {}
    for k, group in enumerate(groups):
        kinds.setdefault(tuple(values[k] for values in others.values()), []).append(group)
    laws = []
    for values, kind in kinds.items():
        name = ", ".join(f"{short_setting(n)}={v}" for n, v in zip(others, values, strict=True))
        falling = [figure for figure in figures if is_more_better(figure) is False]
        laws += [law for figure in falling if (law := _law(kind, figure, setting, name)) is not None]
    if not laws:
        there = ", ".join(dict.fromkeys(shown(group.settings.get(setting)) for group in groups))
        commits = "; these are of several commits, which stand apart" if "commit" in apart else ""
        raise ValueError(
            f"--fit {asked}: a law needs a figure that is better when it is less, above 0 at three numbers of "
            f"{setting} or more, and nothing else that differs; there are {there}{commits}"
        )
    return laws


def _law(groups: Sequence[Group], figure: str, setting: str, name: str) -> PowerLaw | None:
    """Return the law of one figure over groups, None where fewer than three values have it."""
    every = [(x, y) for group in groups if (x := _number(group, setting)) is not None for y in group.values(figure)]
    points = [(x, y) for x, y in every if y > 0]
    n, n_left_out = len(points), len(every) - len(points)
    means = tuple(
        (value, float(np.mean([y for x, y in every if x == value]))) for value in sorted({x for x, _ in every})
    )
    if len({x for x, _ in points}) < 3:
        return None
    from scipy import stats

    if len({y for _, y in points}) == 1:
        return PowerLaw(setting, figure, name, points[0][1], 0.0, 0.0, None, tuple(points), n_left_out, means)
    logs = np.log(np.array(points))
    line = stats.linregress(*logs.T)
    t = float(stats.t.ppf(0.975, n - 2))  # type: ignore[attr-defined]
    slope, start = float(line.slope), float(line.intercept)
    misfit = _misfit(logs[:, 0], logs[:, 1], slope, start)
    half = t * float(line.stderr)
    return PowerLaw(setting, figure, name, math.exp(start), slope, half, misfit, tuple(points), n_left_out, means)


def _misfit(xs: np.ndarray, ys: np.ndarray, slope: float, start: float) -> float | None:
    """Return how likely points on a line lie as far from it or farther, next to how far those of one x lie apart; None
    where no x has several.
    """
    from scipy import stats

    values = np.unique(xs)
    means = np.array([ys[xs == value].mean() for value in values])
    counts = np.array([(xs == value).sum() for value in values])
    freedom, within_freedom = len(values) - 2, len(xs) - len(values)
    if not within_freedom:
        return None
    within = sum(float(((ys[xs == value] - mean) ** 2).sum()) for value, mean in zip(values, means, strict=True))
    between = float((counts * (means - start - slope * values) ** 2).sum())
    if within == 0.0:
        return None
    ratio = (between / freedom) / (within / within_freedom)
    return float(stats.f.sf(ratio, freedom, within_freedom))  # type: ignore[attr-defined]


def _number(group: Group, setting: str) -> float | None:
    """Return a setting that is a number above 0, else None."""
    value = group.settings.get(setting)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None
