"""Hands that write: the strokes of a glyph in their order, each with its speed, with a mouse, a finger or a stylus.

A `Hand` (see `hands`) is a kind of hand with its device, in numbers. `trajectory` writes paths with it: each stroke is
missed a little, sometimes overshot, gone over again or joined to the next; the hand moves along it (`hand_motion`: the
two-thirds power law, cut corners, tremor); the device takes samples of that, and its pen grows with pressure. What
comes out is where the pen was, when, and how wide: it can be drawn (`ink.inked`) and played. `hurry` is an older model
of the same, without time; what is drawn with it stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from glyphgen.shapes.hand_motion import TICKS_HZ, Floats, evenly, moved, tremor, velocity
from glyphgen.shapes.hands import Hand, Range
from glyphgen.shapes.outline import Points

_SLANT_DEG, _SPEED = 1.5, 0.15  # deviations of one person's glyphs and strokes
_DOT = 0.15  # of the length of a stroke: its ends are not missed by more than this against each other, deviation
_OVERSHOT = 0.3  # of the length of a stroke: it is not overshot by more
_TAIL, _TWICE = (0.15, 0.4), 0.4  # of a stroke that is gone back over; share that is drawn twice in place of that
_NEAR_EM = 0.3  # strokes farther from each other are never joined: the line between would be a stroke
_EARLY = 0.5  # of gaps: the pen is lifted early; the others are inside of a stroke
_FAST, _LIGHT = 0.6, 0.35  # of the pressure: lost at full speed; left where the pen comes down and where it is lifted
_WANDERS, _WANDERS_HZ = 0.15, (0.7, 2.5)  # share by which pressure comes and goes, and how often
_THINNEST = 0.25  # of the pen's width
_CLOSE_EM, _CARE = 0.2, (0.4, 1.15)  # lines this far apart are drawn at the hand's own speed; shares of it
_NARROW = 0.3  # of the longer side of a glyph: the shorter one counts as no less
_DENSE_HZ = 120.0  # samples as dense as this need less rounding


class Trace(NamedTuple):
    """Where a pen was from when it came down until it was lifted: points (n, 2), em, y up; times (n,), s, rising, from
    the first stroke of the glyph on; widths of the pen (n,), em.
    """

    points: Points
    time_s: Floats
    width_em: Floats


def trajectory(paths: Sequence[Points], hand: Hand, rng: np.random.Generator) -> list[Trace]:
    """Write the strokes of a glyph, paths (n, 2) in em, y up, in their order; return a trace for each time that the pen
    was down. There are more of them than strokes where one was drawn twice or has a gap, fewer where strokes were
    joined. The same rng, the same bytes. Takes about a millisecond a stroke.
    """
    if not paths:
        return []
    writer = _careful(hand.person(rng), paths)
    shape = _shape_of_glyph(writer, rng)
    ways: list[Points] = []
    for path in paths:
        ways += _meant(evenly(np.asarray(path, float)) @ shape[:, :2].T + shape[:, 2], writer, rng)
    traces: list[Trace] = []
    start_s = 0.0
    for way in _joined(ways, writer, rng):
        speed = _speed(writer) * float(np.exp(rng.normal(0, _SPEED)))
        points = moved(evenly(way), speed, writer.rounding_range_s[0])
        width = _width(points, speed, writer, rng)
        points = points + tremor(points, writer.tremor_range_em[0], writer.tremor_range_hz[0], rng)
        for low, high in _pieces(points, writer, rng):
            traces.append(_sampled(points[low:high], width[low:high], start_s + low / TICKS_HZ, writer))
        before, start_s = start_s, start_s + len(points) / TICKS_HZ
        start_s += 0.5 * (start_s - before)  # the pen is lifted, and goes to the next
    return traces


def _one(given: Range, rng: np.random.Generator) -> float:
    return float(rng.uniform(*given))


def _speed(writer: Hand) -> float:
    return writer.speed_range_em_s[0]


def _careful(writer: Hand, paths: Sequence[Points]) -> Hand:
    """Return a hand that is as fast as the space between the lines of a glyph lets it be, and more exact where it is
    slower: what is smaller is aimed at more slowly (Fitts 1954).
    """
    low_em, high_em = sorted(np.ptp(np.concatenate(list(paths)), axis=0).tolist())
    ink_em = sum(float(np.hypot(*np.diff(path, axis=0).T).sum()) for path in paths)
    apart_em = high_em * max(low_em, _NARROW * high_em) / max(ink_em, 1e-9)
    share = float(np.clip(apart_em / _CLOSE_EM, *_CARE))
    speed = _speed(writer) * share
    return replace(writer, speed_range_em_s=(speed, speed), bow=writer.bow * share)


def _shape_of_glyph(writer: Hand, rng: np.random.Generator) -> Points:
    """Return the map (2, 3) of one glyph: its size, slant and height on the line."""
    size = np.exp(rng.normal(0, writer.size_spread) + rng.normal(0, writer.size_spread / 2, 2))
    slant = np.tan(np.radians(writer.slant_range_deg[0] + rng.normal(0, _SLANT_DEG)))
    wide = size[0] * writer.stretch_range[0]
    return np.array([[wide, slant * size[1], 0.0], [0.0, size[1], rng.normal(0, writer.place_em)]])


def _meant(path: Points, writer: Hand, rng: np.random.Generator) -> list[Points]:
    """Return a stroke as the hand means to draw it: missed, overshot, gone over again; two where it is drawn twice."""
    length = float(np.hypot(*np.diff(path, axis=0).T).sum())
    once = _overshot(_missed(path, length, writer, rng), length, writer, rng)
    chance, how, share = rng.random(3)
    if chance >= writer.retrace_chance:
        return [once]
    if how < _TWICE:
        return [once, _missed(path, length, writer, rng)]
    n = max(2, round(len(once) * (_TAIL[0] + (_TAIL[1] - _TAIL[0]) * share)))
    drift = np.linspace(0, 1, n)[:, None] * rng.normal(0, 0.3 * writer.width_range_em[0], 2)
    return [np.concatenate([once, once[-n:][::-1] + drift])]


def _missed(path: Points, length: float, writer: Hand, rng: np.random.Generator) -> Points:
    """Return a stroke whose ends, and whose middle between them, are a little off. A hand misses in proportion to its
    speed: Schmidt, Zelaznik, Hawkins, Frank and Quinn 1979.
    """
    aim = writer.aim_s * _speed(writer)
    apart = min(aim, _DOT * length)
    place, ends = rng.normal(0, aim, 2), rng.normal(0, apart, 2)
    bow, wave = rng.normal(0, writer.bow * length, 2), rng.normal(0, writer.bow * length / 2, 2)
    share = np.linspace(0, 1, len(path))[:, None]
    bent = np.sin(np.pi * share) * bow + np.sin(2 * np.pi * share) * wave
    return np.asarray(path + place + (2 * share - 1) * ends + bent)


def _overshot(path: Points, length: float, writer: Hand, rng: np.random.Generator) -> Points:
    """Return a stroke whose ends run on, or stop early."""
    for _ in range(2):  # its start, then its end
        path = path[::-1]
        chance, side = rng.random(2)
        on = min(_one(writer.overshoot_range_s, rng) * _speed(writer), _OVERSHOT * length)
        if chance >= writer.overshoot_chance:
            continue
        step = path[-1] - path[-min(len(path), 6)]
        size = float(np.hypot(*step))
        if side < 0.7 and size > 1e-9:
            path = np.concatenate([path, evenly(np.stack([path[-1], path[-1] + step * (on / size)]))[1:]])
        elif side >= 0.7:
            path = path[: max(2, round(len(path) * (1 - on / max(length, 1e-9))))]
    return path


def _joined(ways: Sequence[Points], writer: Hand, rng: np.random.Generator) -> list[Points]:
    """Return ways with those in one between which the pen is not lifted."""
    joined = list(ways[:1])
    for way in ways[1:]:
        is_near = float(np.hypot(*(way[0] - joined[-1][-1]))) < _NEAR_EM
        if rng.random() < writer.connect_chance and is_near:
            joined[-1] = np.concatenate([joined[-1], way])
        else:
            joined.append(way)
    return joined


def _pieces(points: Points, writer: Hand, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return from which to which tick the device saw the pen."""
    chance, where, at = rng.random(3)
    n, lost = len(points), max(1, round(_one(writer.gap_range_s, rng) * TICKS_HZ))
    if chance >= writer.gap_chance or n < 3 * lost:
        return [(0, n)]
    if where < _EARLY:
        fast = velocity(points)
        last = n - int(np.argmax(fast[::-1] > 0.3 * fast.max()))  # it rests at its end: nothing is lost there
        return [(0, max(2, last - lost))]
    fast = np.convolve(velocity(points), np.ones(lost), mode="valid")[lost : n - 2 * lost + 1]
    fastest = np.flatnonzero(fast >= np.quantile(fast, 0.8))
    low = lost + int(fastest[int(at * len(fastest))])
    return [(0, low), (low + lost, n)]


def _width(points: Points, speed: float, writer: Hand, rng: np.random.Generator) -> Floats:
    """Return the width (m,) of the pen: less where the hand is fast, and where it comes down and is lifted. The numbers
    are chosen by looking; that force and speed go together only loosely is of Schomaker and Plamondon 1990.
    """
    often, phase = _one(_WANDERS_HZ, rng), _one((0.0, 2 * np.pi), rng)
    full = np.full(len(points), writer.width_range_em[0])
    if not writer.pressure:
        return full
    time_s = np.arange(len(points)) / TICKS_HZ
    from_end_s = np.minimum(time_s, time_s[-1] - time_s)
    ramp = _LIGHT + (1 - _LIGHT) * np.clip(from_end_s / max(writer.taper_s, 1e-6), 0, 1)
    press = (1 - _FAST * np.clip(velocity(points) / (1.5 * speed), 0, 1)) * ramp
    press *= 1 + _WANDERS * np.sin(2 * np.pi * often * time_s + phase)
    return np.asarray(full * np.clip(1 - writer.pressure * (1 - press), _THINNEST, 1.2))


def _sampled(points: Points, width: Floats, start_s: float, writer: Hand) -> Trace:
    """Return what the device makes of the way (m, 2) of a pen, one point a tick, which began at start_s."""
    ticks = np.arange(0, len(points) - 1, TICKS_HZ / writer.rate_range_hz[0])
    ticks = np.append(ticks, len(points) - 1)
    whole = np.arange(len(points))
    rows = np.stack([np.interp(ticks, whole, v) for v in (*points.T, whole / TICKS_HZ + start_s, width)], axis=1)
    grid = writer.px_per_em_range[0]
    if grid:
        rows[:, :2] = np.round(rows[:, :2] * grid) / grid
    if writer.is_smoothed:
        for _ in range(2 if writer.rate_range_hz[0] < _DENSE_HZ else 1):
            rows = _rounded(rows)
    return Trace(rows[:, :2], rows[:, 2], rows[:, 3])


def _rounded(rows: Points) -> Points:
    """Return rows (n, d) with their corners cut; twice, it is nearly the quadratic spline. Source: Chaikin 1974."""
    first, second = rows[:-1], rows[1:]
    cut = np.stack([0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second], axis=1).reshape(-1, rows.shape[1])
    return np.concatenate([rows[:1], cut, rows[-1:]])
