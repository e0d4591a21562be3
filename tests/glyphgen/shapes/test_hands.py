"""Kinds of hands, in numbers."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from glyphgen.__main__ import HANDS as OFFERED
from glyphgen.files import DataError
from glyphgen.shapes.hands import HANDS, MIXED, Hand, check_hand, find_hand


def test_a_person_has_one_value_within_each_range() -> None:
    for hand in HANDS.values():
        one, again, other = (hand.person(np.random.default_rng(seed)) for seed in (0, 0, 1))
        assert one == again != other
        for name in (field.name for field in fields(Hand)):
            value, whole = getattr(one, name), getattr(hand, name)
            if isinstance(whole, tuple):
                assert whole[0] <= value[0] == value[1] <= whole[1], name
            else:
                assert value == whole, name
        assert one.person(np.random.default_rng(5)) == one, "a person is one person"


def test_hands_are_found_by_name_and_mixed_is_any() -> None:
    rng = np.random.default_rng(0)
    assert {name: find_hand(name, rng) for name in HANDS} == HANDS
    assert {find_hand(MIXED, rng).name for _ in range(40)} == set(HANDS)
    assert check_hand("") == ""


def test_the_command_line_offers_what_there_is() -> None:
    assert (*HANDS, MIXED) == OFFERED


def test_an_unknown_hand_is_named_with_those_there_are() -> None:
    with pytest.raises(DataError, match=r"'stilus'; there are mouse, finger, stylus, mixed; did you mean stylus"):
        find_hand("stilus", np.random.default_rng(0))
