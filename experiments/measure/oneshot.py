"""Few-shot recognition, measured by episodes: teach a recognizer one task, ask it the queries, forget, and so on.

Every figure is a mean over tasks with a 95 % interval: Student's t over the tasks' own error rates, for the queries of
one task are drawn by one hand and do not count as independent; tasks that were cut out of one count together as that
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t  # type: ignore[attr-defined]  # SciPy has no types

from experiments.measure import hausdorff
from experiments.report.progress import Steps
from glyphgen.datasets.omniglot import Task
from glyphgen.script import Grapheme, Script
from recognizers.networks.protonet import ProtoNet

Answers = Callable[[Task], Sequence[int]]


@dataclass(frozen=True)
class Score:
    """error is the share of queries that were answered wrong, ± interval, over n_tasks whole tasks and n queries."""

    error: float
    interval: float
    n_tasks: int
    n: int

    def to_dict(self) -> dict[str, float | None]:
        interval = None if self.interval != self.interval else self.interval
        return {"error": self.error, "interval": interval, "n_tasks": self.n_tasks, "n": self.n}

    def __str__(self) -> str:
        return (
            f"{100 * self.error:.2f} %"
            if self.interval != self.interval
            else f"{100 * self.error:.2f} ± {100 * self.interval:.2f} %"
        )


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the half width of its 95 % interval (Student's t); NaN for a single value."""
    n = len(values)
    if n < 2:
        return float(np.mean(values)), float("nan")
    return float(np.mean(values)), float(student_t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))


def score_tasks(tasks: Iterable[Task], answers: Answers, name: str = "") -> Score:
    """Ask every task. Raises ValueError when there is none."""
    errors: dict[str, list[bool]] = {}
    for task in Steps(tasks, desc=name or "episodes", leave=False):
        wrong = [a != b for a, b in zip(answers(task), task.answers, strict=True)]
        errors.setdefault(task.whole or task.name, []).extend(wrong)
    if not errors:
        raise ValueError("there is no task to score")
    mean, interval = mean_interval([float(np.mean(wrong)) for wrong in errors.values()])
    return Score(mean, interval, len(errors), sum(map(len, errors.values())))


def taught(recognizer: ProtoNet, is_together: bool = False) -> Answers:
    """Return what teaches a copy of a recognizer the supports of a task, and reads the queries with it: each by itself,
    or, if is_together, all at once, which nobody who is asked one at a time can do.
    """

    def answers(task: Task) -> list[int]:
        letters = [
            chr(0x4E00 + k) for k in range(max(task.owners) + 1)
        ]  # any letters will do; these are enough of them
        pupil = recognizer.untaught(Script("task", tuple(map(Grapheme, letters)), ignores_case=False))
        pupil.teach([255 - picture for picture in task.supports], [letters[k] for k in task.owners])
        queries = [255 - picture for picture in task.queries]
        read = pupil.read_together(queries) if is_together else [reading.text for reading in pupil.read_batch(queries)]
        return [letters.index(letter) for letter in read]

    return answers


def by_hausdorff(task: Task) -> list[int]:
    """Answer by the modified Hausdorff distance to the nearest support."""
    return [task.owners[k] for k in hausdorff.nearest(list(task.supports), list(task.queries))]


def fewer_ways(task: Task, n_way: int) -> list[Task]:
    """Cut a task into several of n_way classes each, in order; classes that are left over stay out. Raises ValueError
    for an n_way it does not have.
    """
    classes = sorted(set(task.owners))
    if not 1 < n_way <= len(classes):
        raise ValueError(f"{task.name} has {len(classes)} classes, not {n_way}")
    cut = []
    for start in range(0, len(classes) - n_way + 1, n_way):
        place = {k: i for i, k in enumerate(classes[start : start + n_way])}
        supports = [i for i, k in enumerate(task.owners) if k in place]
        queries = [i for i, k in enumerate(task.answers) if k in place]
        cut.append(
            Task(
                f"{task.name}:{start}",
                task.supports[supports],
                tuple(place[task.owners[i]] for i in supports),
                task.queries[queries],
                tuple(place[task.answers[i]] for i in queries),
                task.name,
            )
        )
    return cut
