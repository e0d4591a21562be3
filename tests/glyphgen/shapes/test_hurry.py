"""Glyphs drawn in a hurry."""

from __future__ import annotations

import numpy as np
import pytest

from glyphgen.faces.face import random_style
from glyphgen.shapes.hurry import hurried, shaken
from glyphgen.shapes.pen import Drawing, Style

CROSS = [(np.array([[0.0, 0.5], [1.0, 0.5]]), (True, True)), (np.array([[0.5, 0.0], [0.5, 1.0]]), (True, True))]
DOT = (np.array([[0.9, 0.9], [0.95, 0.9]]), (True, True))


def test_strokes_stay_near_their_places_and_are_sometimes_joined_or_left_out() -> None:
    rng = np.random.default_rng(0)
    counts = []
    for _ in range(300):
        drawn, shake_em = hurried([*CROSS, DOT], rng)
        counts.append(len(drawn))
        points = np.concatenate([knots for knots, _ in drawn])
        assert all(len(knots) == len(is_corner) >= 2 for knots, is_corner in drawn)
        assert points.min() > -0.8
        assert points.max() < 1.8
        assert 0 <= shake_em < 0.03
    assert set(counts) == {1, 2, 3}, "in one line; without the dot; as it was"
    assert counts.count(3) > 150


def test_the_longest_strokes_are_never_left_out() -> None:
    rng = np.random.default_rng(1)
    third = (np.array([[0.0, 0.0], [1.0, 0.0]]), (True, True))
    assert 2 not in {len(hurried([*CROSS, third], rng)[0]) for _ in range(200)}


def test_a_shaking_hand_keeps_the_ends() -> None:
    line = np.stack([np.linspace(0, 1, 20), np.zeros(20)], axis=1)
    moved = shaken(line, 0.02, np.random.default_rng(0))
    assert (moved[[0, -1]] == line[[0, -1]]).all()
    assert 0.002 < np.abs(moved - line).mean() < 0.03
    assert shaken(line, 0.0, np.random.default_rng(0)) is line


def test_a_drawing_in_a_hurry_has_ink_and_varies(hylian: Drawing) -> None:
    style = Style(is_handwritten=True, is_hurried=True, jitter_em=0.01)
    for char in hylian.script.visible:
        a, b = (hylian.outline(char, style, np.random.default_rng(seed)) for seed in (0, 1))
        assert a.area > 0.01
        assert len(a.contours) != len(b.contours) or not np.allclose(a.contours[0], b.contours[0])
    with pytest.raises(ValueError, match="needs rng"):
        hylian.outline("A", style)


def test_nothing_is_hurried_unless_it_is_asked_for() -> None:
    """And what is drawn then is what it was before there was such a setting."""
    before, asked, first = (np.random.default_rng(0) for _ in range(3))
    plain = [random_style(before, 0.5) for _ in range(40)]
    assert plain[0] == random_style(first, 0.5, 0.0)
    assert (plain[0].slant_deg, plain[0].width) == pytest.approx(_FIRST, abs=1e-6)
    hurried_too = [random_style(asked, 0.5, 0.6) for _ in range(40)]
    assert not any(style.is_hurried for style in plain)
    assert any(style.is_hurried for style in hurried_too)
    assert all(style.is_handwritten for style in hurried_too if style.is_hurried)


_FIRST = (0.0, 0.9881105623)  # slant and width of the first style of seed 0, at commit 5ba8309
