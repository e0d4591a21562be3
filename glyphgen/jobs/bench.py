"""How fast samples are made, and where the time goes: in memory, stored, and by several processes."""

from __future__ import annotations

import cProfile
import pstats
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glyphgen.datasets.synthetic import Synth
from glyphgen.formats.catalog import FORMATS
from glyphgen.jobs.chunks import render_set
from glyphgen.jobs.plan import Plan
from glyphgen.render.augmentation import PRESETS

# the steps of a line or glyph, by the functions that do them: the end of a file's name, and the function's
STEPS = {
    "text": [("texts/english.py", "draw")],
    "layout": [("render/layout.py", "lay_out")],
    "warp": [("render/warp.py", name) for name in ("random_warp", "carry_quads", "boxes_around", "carry_marks")]
    + [("~", "<warpPerspective>")],
    "paint": [("render/paint.py", "paint")],
    "degrade": [("render/degrade.py", "__call__")],
    "legibility check": [("render/legibility.py", "legibility")],
    "random streams": [("datasets/synthetic.py", "_rng")],
}


@dataclass(frozen=True)
class Rate:
    """What was made, and how many pictures of it a second: the best of some rounds, for others use the machine too."""

    name: str
    per_second: float


def rates(seconds: float, workers: int) -> Iterator[Rate]:
    """Yield rates of lines of each look in memory, of glyphs and pages, of each format on disk, and of several
    processes. Each takes about that many seconds.
    """
    plain = Plan({"train": 10**6, "val": 0, "test": 0})
    for look in PRESETS:
        yield Rate(f"lines, {look}", in_memory(replace(plain, augment=look), seconds))
    yield Rate("lines, screenshot, masks", in_memory(replace(plain, masks=True), seconds))
    yield Rate("glyphs, screenshot", in_memory(replace(plain, unit="glyph"), seconds))
    yield Rate("pages of 640x480, screenshot", in_memory(replace(plain, unit="page"), seconds))
    for name, chosen in FORMATS.items():
        if "line" in chosen.units:
            yield Rate(f"lines, screenshot, on disk, {name}", on_disk(replace(plain, format=name), seconds, 1))
    for n in sorted({1, workers}):
        for look in ("none", "screenshot"):
            rate = on_disk(replace(plain, augment=look), seconds, n)
            yield Rate(f"lines, {look}, on disk, folder, {n} process{'es' if n > 1 else ''}", rate)


def in_memory(plan: Plan, seconds: float, rounds: int = 3) -> float:
    """Return how many samples a second one process makes: the best of some rounds. Surfaces, which are drawn once a
    process, are drawn before that.
    """
    samples = plan.samples("train")
    if isinstance(samples, Synth):
        samples.draw_surfaces()
    return samples_per_second(samples, seconds, rounds)


def samples_per_second(samples: Sequence[object], seconds: float, rounds: int = 1) -> float:
    """Return how many samples a second are opened, from the first on: the best of rounds of so many seconds in all."""
    _ = samples[0]
    best, i = 0.0, 0
    for _ in range(rounds):
        begin, n = time.perf_counter(), 0
        while (took := time.perf_counter() - begin) < seconds / rounds or not n:
            _ = samples[i]
            i, n = i + 1, n + 1
        best = max(best, n / took)
    return best


def on_disk(plan: Plan, seconds: float, workers: int) -> float:
    """Return how many pictures a second are written, from when the first is begun to when the set has its name."""
    rate = in_memory(plan, seconds / 4, 1)
    count = max(50, round(rate * seconds * 0.6 * workers))
    plan = replace(plan, counts={"train": count, "val": 0, "test": 0}, per_file=max(10, count // (4 * workers)))
    _ = plan.corpus  # opened once, and so no part of the rate
    with tempfile.TemporaryDirectory() as folder:
        began: list[float] = []

        def tell(_: int, __: int) -> None:
            if not began:
                began.append(time.perf_counter())

        render_set(plan, Path(folder) / "set", workers, tell=tell)
        return count / (time.perf_counter() - began[0])


def profile(plan: Plan, n: int) -> dict[str, float]:
    """Return the share of the time of n lines or glyphs that each of STEPS takes; "other" is what is left. A profiler
    makes calls longer, so that steps of many small ones look longer than they are.
    """
    samples = plan.samples("train")
    _ = samples[0]
    profiler = cProfile.Profile()
    profiler.enable()
    for i in range(1, n + 1):
        _ = samples[i]
    profiler.disable()
    cumulative: dict[str, float] = dict.fromkeys(STEPS, 0.0)
    whole = 0.0
    measured: Any = pstats.Stats(profiler)  # whose stubs do not know its figures
    for (file, _, function), (_, _, _, seconds, _) in measured.stats.items():
        if file.endswith("datasets/synthetic.py") and function == "__getitem__":
            whole += seconds
        for step, functions in STEPS.items():
            if any(file.endswith(end) and function == name for end, name in functions):
                cumulative[step] += seconds
    shares = {step: seconds / whole for step, seconds in cumulative.items()}
    return shares | {"other": 1 - sum(shares.values())}
