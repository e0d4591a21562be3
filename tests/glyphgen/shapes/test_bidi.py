"""The order of parts of a line, with A to Z for letters of Hebrew, as examples of the algorithm are written."""

import pytest

from glyphgen.files import DataError
from glyphgen.shapes.bidi import is_from_the_right, visual_runs

_HEBREW = {chr(65 + k): chr(0x5D0 + k) for k in range(26)}
_ARABIC_LETTER = {"Q": "ب", "W": "ت"}


def seen(written: str) -> str:
    """Return a text as it stands from left to right; parts from right to left are turned letter by letter."""
    letters = _HEBREW | _ARABIC_LETTER
    text = "".join(letters.get(char, char) for char in written)
    runs = visual_runs(text)
    assert sorted(k for run in runs for k in range(run.start, run.end)) == list(range(len(text)))
    parts = [written[run.start : run.end] for run in runs]
    return "".join(part[::-1] if run.is_rtl else part for part, run in zip(parts, runs, strict=True))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("left to right", "left to right"),
        ("ABC DEF", "FED CBA"),
        ("car is THE CAR in hebrew", "car is RAC EHT in hebrew"),
        ("he said ABC, DEF and ghi", "he said FED ,CBA and ghi"),
        ("ABC said car", "said car CBA"),
        ("ABC 123 DEF", "FED 123 CBA"),
        ("price ABC 12.5", "price 12.5 CBA"),
        ("ABC 3/4, DEF", "FED ,3/4 CBA"),
        ("ABC 50%", "50% CBA"),
        ("ABC (abc) DEF", "FED )abc( CBA"),  # brackets are mirrored when they are drawn
        ("QW 123", "123 WQ"),
        ("Q 1,2", "1,2 Q"),
        ("Q 1-2", "2-1 Q"),  # after an Arabic letter, numbers with a sign between them are two
        ("A 1-2", "1-2 A"),
        ("A $12%", "$12% A"),
        ("a $12%", "a $12%"),
        ("abc 1-2 def", "abc 1-2 def"),
        ("ABC!", "!CBA"),
        ("abc ABC!", "abc CBA!"),
        ("12 ABC", "CBA 12"),
        ("", ""),
    ],
)
def test_parts_stand_as_the_algorithm_says(written: str, shown: str) -> None:
    assert seen(written) == shown


def test_marks_stay_with_their_letter() -> None:
    text = "\u05e9\u05c1\u05dc a\u0301"  # shin with a dot, lamed; a with an accent
    runs = [(run.start, run.end, run.is_rtl) for run in visual_runs(text)]
    assert runs == [(4, 6, False), (0, 4, True)]


@pytest.mark.parametrize("control", "\u202e\u2066\u200e\u200f\u061c")
def test_what_controls_directions_is_refused(control: str) -> None:
    with pytest.raises(DataError, match=rf"U\+{ord(control):04X}"):
        visual_runs(f"abc {control} def")


def test_the_first_strong_letter_tells_the_direction() -> None:
    assert is_from_the_right("12 \u05d0bc")
    assert not is_from_the_right("12 a\u05d0")
    assert not is_from_the_right("12")
