"""Glyphs written by hands, in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glyphgen.shapes.hand_motion import evenly
from glyphgen.shapes.hands import HANDS, Hand
from glyphgen.shapes.handwriting import Trace, trajectory
from glyphgen.shapes.outline import Points
from glyphgen.shapes.pen import Drawing, Style, curve, drawn_scripts, load_drawing

# one that does exactly what it means to, but for its size and a little slant
CALM = replace(
    HANDS["stylus"],
    tremor_range_em=(0.0, 0.0),
    slant_range_deg=(0.0, 0.0),
    stretch_range=(1.0, 1.0),
    aim_s=0.0,
    bow=0.0,
    size_spread=0.0,
    place_em=0.0,
    overshoot_chance=0.0,
    retrace_chance=0.0,
    gap_chance=0.0,
    connect_chance=0.0,
)
LINE = np.array([[0.0, 0.0], [0.6, 0.0]])  # on the baseline: slant leaves it where it is
BARS = [LINE + np.array([0.0, 0.25 * k]) for k in range(3)]  # each starts far from where the last one ends


def written(paths: list[Points], hand: Hand, n: int = 100) -> list[list[Trace]]:
    return [trajectory(paths, hand, np.random.default_rng(seed)) for seed in range(n)]


def middles(drawing: Drawing, char: str) -> list[Points]:
    """The strokes of a glyph, without pens."""
    return [evenly(curve(stroke.ribs.mean(axis=1), stroke.is_corner)) for stroke in drawing.strokes[char]]


@pytest.mark.parametrize("name", HANDS)
def test_the_same_rng_writes_the_same_bytes(hylian: Drawing, name: str) -> None:
    one, again, other = (hylian.traces("B", HANDS[name], np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert [[part.tobytes() for part in trace] for trace in one] == [[part.tobytes() for part in t] for t in again]
    assert one[0].points.tobytes() != other[0].points.tobytes()


@pytest.mark.parametrize("name", HANDS)
def test_time_rises_through_the_whole_glyph(hylian: Drawing, name: str) -> None:
    for char in hylian.script.visible:
        traces = hylian.traces(char, HANDS[name], np.random.default_rng(0))
        times = np.concatenate([trace.time_s for trace in traces])
        assert times[0] == 0
        assert (np.diff(times) > 0).all()
        assert 0.2 < times[-1] < 12, char
        for trace in traces:
            assert trace.points.shape == (len(trace.time_s), 2) == (len(trace.width_em), 2)


def test_a_space_is_written_without_ink_and_a_dot_with_some(hylian: Drawing) -> None:
    assert trajectory([], CALM, np.random.default_rng(0)) == []
    space = hylian.outline(" ", Style(hand="stylus"), np.random.default_rng(0))
    assert space.contours == ()
    assert space.advance_em > 0
    for hand in HANDS.values():
        for dot in (np.zeros((2, 2)), np.array([[0.0, 0.0], [0.01, 0.0]])):
            assert trajectory([dot], hand, np.random.default_rng(0))[0].width_em.min() > 0


def test_strokes_are_written_in_their_order(hylian: Drawing) -> None:
    for char in hylian.script.visible:
        paths = middles(hylian, char)
        traces = trajectory(paths, CALM, np.random.default_rng(0))
        assert len(traces) == len(paths)
        away = np.array([[np.hypot(*(t.points[:, None] - p).T).min(axis=0).mean() for p in paths] for t in traces])
        assert away.argmin(axis=1).tolist() == list(range(len(paths))), char
        assert np.diag(away).max() < 0.04
        for trace, path in zip(traces, paths, strict=True):
            first, last = trace.points[0], trace.points[-1]
            if np.hypot(*(path[0] - path[-1])) > 0.1:
                assert np.hypot(*(first - path[0])) < np.hypot(*(first - path[-1])), "the right way round"
                assert np.hypot(*(last - path[-1])) < np.hypot(*(last - path[0]))


def test_a_mouse_has_one_width_a_finger_nearly_and_a_stylus_varies(hylian: Drawing) -> None:
    spread: dict[str, list[float]] = {}
    for name, hand in HANDS.items():
        for seed in range(3):
            person = hand.person(np.random.default_rng(seed))
            widths = np.concatenate(
                [t.width_em for c in "ABS" for t in hylian.traces(c, person, np.random.default_rng(seed))]
            )
            spread.setdefault(name, []).append(float(widths.min() / widths.max()))
            assert person.width_range_em[0] == pytest.approx(widths.max(), rel=0.3)
    assert min(spread["mouse"]) == 1
    assert 0.8 < min(spread["finger"]) < 1
    assert max(spread["stylus"]) < 0.6


def test_a_stylus_is_thin_where_it_is_fast_and_where_it_is_lifted(hylian: Drawing) -> None:
    found, ends = [], []
    for char in hylian.script.visible:
        for trace in hylian.traces(char, CALM, np.random.default_rng(0)):
            speed = np.hypot(*np.gradient(trace.points, trace.time_s, axis=0).T)
            is_inside = np.minimum(trace.time_s - trace.time_s[0], trace.time_s[-1] - trace.time_s) > CALM.taper_s
            if is_inside.sum() > 20:
                found.append(np.corrcoef(speed[is_inside], trace.width_em[is_inside])[0, 1])
            ends.append(max(trace.width_em[[0, -1]]) / trace.width_em.max())
    assert len(found) > 10
    assert np.mean(found) < -0.5
    assert max(ends) < 0.8
    assert np.median(ends) < 0.7


def test_a_mouse_is_sampled_in_whole_pixels_and_leaves_straight_lines() -> None:
    hand = HANDS["mouse"].person(np.random.default_rng(0))
    for traces in written(BARS, hand, 10):
        for trace in traces:
            pixels = trace.points * hand.px_per_em_range[0]
            assert pixels == pytest.approx(np.round(pixels), abs=1e-6)
            assert np.diff(trace.time_s)[:-1] == pytest.approx(
                1 / hand.rate_range_hz[0]
            )  # the last is when it is lifted


def test_a_device_that_smooths_turns_less_at_each_point() -> None:
    arc = np.stack([np.cos(t := np.linspace(0, 3, 60)), np.sin(t)], axis=1) * 0.3

    def sharpest(is_smoothed: bool) -> float:
        hand = replace(CALM, rate_range_hz=(60.0, 60.0), speed_range_em_s=(5.0, 5.0), is_smoothed=is_smoothed)
        step = np.diff(trajectory([arc], hand, np.random.default_rng(0))[0].points, axis=0)
        heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
        return float(np.abs(np.diff(heading)).max())

    assert sharpest(True) < 0.5 * sharpest(False)


def test_gaps_come_at_their_chance_and_only_where_asked_for() -> None:
    length = {share: written(BARS, replace(CALM, gap_chance=share)) for share in (0.0, 0.3, 1.0)}

    def lost(traces: list[Trace]) -> int:
        """In how many strokes: one is in two, or its end is missing."""
        way = [
            sum(
                float(np.hypot(*np.diff(t.points, axis=0).T).sum())
                for t in traces
                if abs(t.points[0, 1] - bar[0, 1]) < 0.1
            )
            for bar in BARS
        ]
        return sum(em < 0.585 for em in way)

    assert [lost(one) for one in length[0.0]] == [0] * 100
    assert all(len(one) == 3 for one in length[0.0])
    assert 0.2 < np.mean([lost(one) for one in length[0.3]]) / 3 < 0.4
    assert np.mean([lost(one) for one in length[1.0]]) / 3 > 0.95
    assert {len(one) for one in length[1.0]} == {3, 4, 5, 6}, "some are lifted early, others in two"


def test_ends_are_overshot_at_their_chance_and_only_where_asked_for() -> None:
    def overshot(chance: float) -> float:
        ends = [t.points[[0, -1], 0] for one in written([LINE], replace(CALM, overshoot_chance=chance)) for t in one]
        return float((np.abs(np.array(ends) - LINE[:, 0]) > 0.01).mean())

    assert overshot(0.0) == 0
    assert 0.2 < overshot(0.4) < 0.45
    assert overshot(1.0) > 0.6, "few run on by less than can be told"


def test_loops_do_not_always_close() -> None:
    loop = np.stack([np.cos(t := np.linspace(0, 2 * np.pi, 90)), np.sin(t)], axis=1) * 0.3
    open_em = [np.hypot(*(one[0].points[0] - one[0].points[-1])) for one in written([loop], CALM)]
    missed = [np.hypot(*(one[0].points[0] - one[0].points[-1])) for one in written([loop], replace(CALM, aim_s=0.006))]
    assert max(open_em) < 0.03
    assert np.mean(np.array(missed) > 0.03) > 0.4


def test_strokes_are_gone_over_at_their_chance() -> None:
    def gone_over(chance: float) -> tuple[float, float]:
        """The share of strokes whose end was gone back over, and of those drawn twice."""
        several = written([LINE], replace(CALM, retrace_chance=chance))
        back = [len(one) == 1 and np.ptp(one[0].points[:, 0]) - one[0].points[-1, 0] > 0.01 for one in several]
        return float(np.mean(back)), float(np.mean([len(one) == 2 for one in several]))

    assert gone_over(0.0) == (0, 0)
    assert 0.2 < sum(gone_over(0.3)) < 0.4
    back, twice = gone_over(1.0)
    assert back + twice == 1
    assert min(back, twice) > 0.25


def test_strokes_near_each_other_are_joined_at_their_chance_and_far_ones_never() -> None:
    stair = [LINE, LINE + LINE[1] - LINE[0] + np.array([0.0, 0.1])]
    always = replace(CALM, connect_chance=1.0)
    assert {len(one) for one in written(stair, always, 20)} == {1}
    assert {len(one) for one in written(BARS, always, 20)} == {3}
    assert {len(one) for one in written(stair, CALM, 20)} == {2}
    assert 20 < sum(len(one) == 1 for one in written(stair, replace(CALM, connect_chance=0.3))) < 40


def test_a_hand_is_slower_where_lines_are_close() -> None:
    close = [path * 0.3 for path in BARS]
    wide, narrow = (
        trajectory(p, replace(CALM, speed_range_em_s=(4.0, 4.0)), np.random.default_rng(0)) for p in (BARS, close)
    )
    assert narrow[-1].time_s[-1] > 0.6 * wide[-1].time_s[-1], "for 0.3 of the way"


def test_faces_of_a_style_are_written_and_need_rng(hylian: Drawing) -> None:
    style = Style(hand="mouse", slant_deg=12)
    one, again = (hylian.outline("A", style, np.random.default_rng(1)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one.contours, again.contours, strict=True))
    plain = hylian.written("A", HANDS["mouse"], np.random.default_rng(1))
    assert len(one.contours) == len(plain.contours)
    x, y = plain.contours[0].T
    assert one.contours[0][:, 0] == pytest.approx(x + np.tan(np.radians(12)) * y)
    with pytest.raises(ValueError, match="needs rng"):
        hylian.outline("A", style)


N_POINTS = 56


def spread(parts: list[Points]) -> Points:
    """N_POINTS points (n, 2) along paths."""
    points = np.concatenate([evenly(part, 0.01) for part in parts])
    return np.asarray(points[np.linspace(0, len(points) - 1, N_POINTS).astype(int)])


def unlikeness(shapes: np.ndarray, points: Points) -> np.ndarray:
    """How far each of shapes (k, n, 2) is from points (n, 2) at best: after three steps of matching nearest points by
    an affine map that stays near none, the mean distance to the nearest point, both ways.
    """
    points, shapes = points - points.mean(axis=0), shapes - shapes.mean(axis=1, keepdims=True)
    stiff, none = np.diag([0.9, 0.9, 1e-6]), np.eye(3, 2)

    def apart(of: np.ndarray) -> np.ndarray:
        squares = (of**2).sum(axis=2)[:, :, None] + (points**2).sum(axis=1) - 2 * of @ points.T
        return np.asarray(np.sqrt(np.maximum(squares, 0)))

    one = np.ones((*shapes.shape[:2], 1))
    moved = shapes
    for _ in range(3):
        away = apart(moved)
        back = np.take_along_axis(shapes, away.argmin(axis=1)[:, :, None], axis=1)
        source = np.concatenate([np.concatenate([shapes, back], axis=1), np.concatenate([one, one], axis=1)], axis=2)
        target = np.concatenate([points[away.argmin(axis=2)], np.broadcast_to(points, shapes.shape)], axis=1)
        turned = source.transpose(0, 2, 1)
        moved = np.concatenate([shapes, one], axis=2) @ np.linalg.solve(
            turned @ source + stiff, turned @ target + stiff @ none
        )
    away = np.minimum(apart(moved), 0.2)
    return np.asarray(away.min(axis=2).mean(axis=1) + away.min(axis=1).mean(axis=1))


@pytest.mark.parametrize("name", HANDS)
def test_glyphs_of_every_script_stay_recognizable(name: str) -> None:
    """They are nearest to their own strokes, not to those of another glyph."""
    is_right: list[bool] = []
    for script in drawn_scripts():
        drawing = load_drawing(script)
        chars = drawing.script.visible
        shapes = np.stack([spread(middles(drawing, char)) for char in chars])
        rng = np.random.default_rng(0)
        for k, char in enumerate(chars):
            points = spread([trace.points for trace in drawing.traces(char, HANDS[name], rng)])
            is_right.append(int(unlikeness(shapes, points).argmin()) == k)
    assert len(is_right) > 100
    assert np.mean(is_right) >= 0.95
