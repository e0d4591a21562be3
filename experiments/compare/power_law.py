"""How a figure grows or falls with a setting: a power law through runs that differ in it, such as errors over the
number of training lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.compare.comparison import Group, differing
from experiments.compare.table import title_of
from experiments.report.figures import is_share


@dataclass(frozen=True)
class PowerLaw:
    """figure = factor · setting ** exponent, the straight line of least squares through the logarithms; half: half of
    the exponent's 95 % interval (Student's t); name: of the runs it is of, where the comparison has several kinds;
    points (n, 2): setting and figure of each run; n_left_out: runs whose figure is 0, which has no logarithm.
    """

    setting: str
    figure: str
    name: str
    factor: float
    exponent: float
    half: float
    points: tuple[tuple[float, float], ...]
    n_left_out: int

    def at(self, value: float) -> float:
        """Return the figure that the law gives for a value of the setting."""
        return self.factor * math.pow(value, self.exponent)

    @property
    def verdict(self) -> str:
        """Say in words what the law says, and for what values it was seen."""
        values = [value for value, _ in self.points]
        low, high = (f"{self.at(end):.2%}" if is_share(self.figure) else f"{self.at(end):.3g}" for end in _ends(values))
        least, most = _ends(values)
        left_out = f"; {self.n_left_out} with a figure of 0 left out" if self.n_left_out else ""
        more = "" if abs(self.exponent) > self.half else ", which 0 lies within: no clear change"
        of = f" of {self.name}" if self.name else ""
        twice = math.pow(2, self.exponent)
        return (
            f"{title_of(self.figure)}{of} goes with {self.setting} to the power of "
            f"{self.exponent:.2f} ± {self.half:.2f}{more}: {low} at {least:,.6g}, {high} at {most:,.6g} "
            f"({len(self.points)} runs{left_out}); twice of it multiplies the figure by {twice:.2f}."
        )


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def fitted(groups: Sequence[Group], figures: Sequence[str], asked: str) -> list[PowerLaw]:
    """Return the law of each figure over a setting, by its dotted name or the end of it: one for all runs that differ
    in nothing else. Raises ValueError for a setting that the runs do not differ in, and where it is no number above 0
    or has fewer than three values.
    """
    apart = [name for name in differing(groups) if name != "commit"]
    names = [name for name in apart if name == asked or name.endswith(f".{asked}")]
    if len(names) != 1:
        raise ValueError(
            f"--fit {asked}: {'several settings end so' if names else 'not a setting that these runs differ in'}; "
            f"they differ in {', '.join(names or apart) or 'none'}"
        )
    setting = names[0]
    kinds: dict[tuple[str, ...], list[Group]] = {}
    others = {name: values for name, values in differing(groups).items() if name != setting}
    for k, group in enumerate(groups):
        kinds.setdefault(tuple(values[k] for values in others.values()), []).append(group)
    laws = []
    for values, kind in kinds.items():
        name = ", ".join(f"{n.rpartition('.')[2]}={v}" for n, v in zip(others, values, strict=True))
        laws += [law for figure in figures if (law := _law(kind, figure, setting, name)) is not None]
    if not laws:
        raise ValueError(
            f"--fit {asked}: a law needs runs with at least three values of it, and a figure above 0 at each"
        )
    return laws


def _law(groups: Sequence[Group], figure: str, setting: str, name: str) -> PowerLaw | None:
    """Return the law of one figure over groups, None where fewer than three values have it."""
    points = [(_number(group, setting), value) for group in groups for value in group.values(figure)]
    there = [(x, y) for x, y in points if y > 0]
    if len({x for x, _ in there}) < 3:
        return None
    from scipy import stats

    line = stats.linregress(*np.log(np.array(there)).T)
    t = float(stats.t.ppf(0.975, len(there) - 2))  # type: ignore[attr-defined]
    slope, start, error = float(line.slope), float(line.intercept), float(line.stderr)
    return PowerLaw(setting, figure, name, math.exp(start), slope, t * error, tuple(there), len(points) - len(there))


def _number(group: Group, setting: str) -> float:
    value = group.settings.get(setting)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"--fit {setting}: a power law needs numbers above 0, and it is {value} in {group.name}")
    return float(value)
