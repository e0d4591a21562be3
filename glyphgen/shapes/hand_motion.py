"""How fast a hand runs along a path, and what that does to the path.

Speed is tied to shape: a hand slows down in bends, as the cube root of their radius (the two-thirds power law of
Lacquaniti, Terzuolo and Viviani 1983), and draws long strokes faster than short ones (isochrony; Viviani and Terzuolo
1982). It does not follow a path at once: positions are a low-pass in time of where it means to be, so corners are cut
by as much as it is fast there. And it trembles at 8 to 12 times a second (Elble and Randall 1976).

The power law was chosen over lognormal strokes (Plamondon 1995): it needs a path and one number, not a
decomposition of each glyph into overlapping movements.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphgen.shapes.outline import Points

Floats = NDArray[np.float64]

TICKS_HZ = 500.0  # motion is computed so often
STEP_EM = 0.006  # between points of a path
_LOOK_EM = 0.022  # over such a way (deviation) a hand feels a bend: a corner has a radius of about this much
_STRAIGHT = 2.0  # 1 / em: bends that are rounder than this are drawn nearly as fast as straight lines
_USUAL_EM, _ISOCHRONY = 0.6, 0.35  # the stroke drawn at the hand's own speed; power of the length of others
_CALM_EM_S = 2.0  # at this speed a hand trembles half as much as at rest
_TONES, _TONE_SPREAD = 5, 0.12  # tremor is a few tones beside each other
_REST_EM = 0.004  # nearer to its ends a hand rests: the pen comes down, and is lifted, on its way


def evenly(points: Points, step_em: float = STEP_EM) -> Points:
    """Return points (m, 2), m >= 2, about step_em apart along a path (n, 2), the ends the same."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, way[-1], max(2, round(float(way[-1]) / step_em) + 1))
    return np.stack([np.interp(at, way, points[:, k]) for k in (0, 1)], axis=1)


def bends(points: Points) -> Floats:
    """Return how sharply a path (n, 2) of even steps bends at each point, 1 / em (the inverse radius), as a hand feels
    it: over a short way.
    """
    step = np.diff(points, axis=0)
    if len(step) < 2:
        return np.zeros(len(points))
    heading = np.arctan2(step[:, 1], step[:, 0])
    turn = (np.diff(heading) + np.pi) % (2 * np.pi) - np.pi
    length_em = float(np.hypot(*step.T).mean()) or STEP_EM
    # turns of both signs would cancel where a line jags: a hand slows down for both
    felt = _smooth(np.abs(turn), _LOOK_EM / length_em, is_held=False)
    return np.asarray(np.concatenate([felt[:1], felt, felt[-1:]]) / length_em)


def speeds(points: Points, speed_em_s: float) -> Floats:
    """Return the speed, em/s, at each point of a path (n, 2) of even steps, for a hand that has speed_em_s on a usual
    straight stroke. Source: v = K (R / (1 + a R)) ** (1/3), Viviani and Schneider 1991.
    """
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    own = speed_em_s * np.clip(length / _USUAL_EM, 0.05, 3.0) ** _ISOCHRONY
    return np.asarray(own * (_STRAIGHT / (bends(points) + _STRAIGHT)) ** (1 / 3))


def moved(points: Points, speed_em_s: float, rounding_s: float) -> Points:
    """Return where the hand is (m, 2), m >= 2, TICKS_HZ times a second, on its way along a path (n, 2) of even steps.
    It begins and ends nearly at rest.
    """
    at_speed = speeds(points, speed_em_s)
    step = np.hypot(*np.diff(points, axis=0).T)
    time_s = np.concatenate([[0.0], np.cumsum(2 * step / (at_speed[:-1] + at_speed[1:]))])
    ticks = np.arange(0.0, time_s[-1] + 1 / TICKS_HZ, 1 / TICKS_HZ)
    meant = np.stack([np.interp(ticks, time_s, points[:, k]) for k in (0, 1)], axis=1)
    way = np.stack([_smooth(meant[:, k], rounding_s * TICKS_HZ, is_held=True) for k in (0, 1)], axis=1)
    starts = int(np.argmax(np.hypot(*(way - way[0]).T) > _REST_EM))
    ends = len(way) - int(np.argmax(np.hypot(*(way - way[-1]).T)[::-1] > _REST_EM))
    return way[max(0, starts - 1) : ends + 1] if ends - starts > 1 else way


def tremor(points: Points, size_em: float, frequency_hz: float, rng: np.random.Generator) -> Points:
    """Return by how much (m, 2) a hand trembles on its way (m, 2), one point a tick: size_em (root mean square of each
    axis) at rest, less where it is fast.
    """
    time_s = np.arange(len(points))[:, None, None] / TICKS_HZ
    tones_hz = frequency_hz * (1 + rng.normal(0, _TONE_SPREAD, (2, _TONES)))
    phases = rng.uniform(0, 2 * np.pi, (2, _TONES))
    waves = np.sin(2 * np.pi * tones_hz * time_s + phases).sum(axis=2) * np.sqrt(2 / _TONES)
    return np.asarray(waves * (size_em / (1 + velocity(points) / _CALM_EM_S))[:, None])


def velocity(points: Points) -> Floats:
    """Return the speed, em/s, at each of points (m, 2), one a tick."""
    if len(points) < 2:
        return np.zeros(len(points))
    return np.asarray(np.hypot(*np.gradient(points, axis=0).T) * TICKS_HZ)


def _smooth(values: Floats, deviation: float, is_held: bool) -> Floats:
    """Return values (n,) averaged with a Gaussian of so many samples. is_held: the first and last value go on before
    and after for as long as it takes to reach them, and the result is so much longer; else there is nothing beside.
    """
    reach = max(1, int(np.ceil(3 * deviation)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(deviation, 1e-6)) ** 2)
    kernel /= kernel.sum()
    if is_held:
        return np.convolve(np.pad(values, 2 * reach, mode="edge"), kernel, mode="valid")
    return np.convolve(np.pad(values, reach), kernel, mode="valid")
