import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from glyphgen.shapes.pen import Drawing
from recognizers.acceptance import FEATURES, Acceptance, features, fit
from recognizers.bundle import build, load, load_finder, save
from recognizers.bundle_file import BundleError, read_header
from recognizers.geometry import TextLine
from recognizers.networks.lines import LineFinder, PagePreprocess
from recognizers.page.reader import Reader
from recognizers.reading import GlyphReading, Reading
from tests.conftest import clean_picture


def found(text: str, share: float, sure: float = 0.98, writing: float = 0.9) -> tuple[TextLine, Reading]:
    """A line that was found, and read as `text`."""
    top = np.array([[0.0, 0.0], [0.8 * 20 * len(text), 0.0]])
    glyphs = tuple(GlyphReading(char, sure, (16.0 * k, 16.0 * k + 12), ((char, sure),)) for k, char in enumerate(text))
    return TextLine(top, top + np.array([0, 20.0]), writing, share), Reading(text, sure ** len(text), glyphs)


# what a finder and a reader say of small lines, of other writing, of rows of one mark and of scenery
LINES = [
    found(text, share, sure)
    for text in ("LABORATORY", "ANCIENT", "THATWAY")
    for share in (0.05, 0.9)
    for sure in (0.95, 0.99)
]
OTHERS = [
    found(text, share, sure)
    for text in ("SSSSSSSS", "RUNAS", "HS", "T")
    for share in (0.05, 0.6)
    for sure in (0.6, 0.9)
]


@pytest.fixture(scope="module")
def acceptance() -> Acceptance:
    rows = [features(*each) for each in LINES + OTHERS]
    return Acceptance(fit(rows, [True] * len(LINES) + [False] * len(OTHERS)))


def test_a_sure_reading_of_many_shapes_outweighs_a_finder_that_sees_little(acceptance: Acceptance) -> None:
    assert acceptance.probability(*found("ZORADOMAIN", 0.03, 0.99)) > 0.5
    assert acceptance.probability(*found("SSSSSSSSSS", 0.03, 0.99)) < acceptance.probability(
        *found("ZORADOMAIN", 0.03, 0.99)
    )
    assert acceptance.probability(*found("HS", 0.03, 0.9)) < 0.5


def at(x: float, y: float, high: float = 20.0) -> TextLine:
    top = np.array([[x, y], [x + 100, y]])
    return TextLine(top, top + np.array([0, high]), 0.9, 0.9)


@dataclass(frozen=True)
class Saying(Acceptance):
    """A rule that says of each line what its script share is."""

    def probability(self, line: TextLine, reading: Reading) -> float:
        return line.script_share


def accepted(*lines: tuple[float, float, float, float]) -> list[bool]:
    """Which of some lines count: x, y, height and chance of each; what was read is in doubt."""
    tops = [np.array([[x, y], [x + 100, y]]) for x, y, _, _ in lines]
    found = [
        TextLine(top, top + np.array([0, high]), 0.9, chance)
        for top, (_, _, high, chance) in zip(tops, lines, strict=True)
    ]
    return Saying(dict.fromkeys(FEATURES, 0.0), 0.9).accepted(found, [Reading("AB", 0.5)] * len(lines))[0]


def test_beside_a_line_that_counts_less_is_enough() -> None:
    assert accepted((0, 0, 20, 0.95), (10, 40, 20, 0.6)) == [True, True]
    assert accepted((0, 0, 20, 0.85), (10, 40, 20, 0.6)) == [False, False]  # none is sure
    assert accepted((0, 0, 20, 0.95), (10, 40, 20, 0.4)) == [True, False]  # likelier none of the script
    assert accepted((0, 0, 20, 0.95), (10, 140, 20, 0.6)) == [True, False]  # far below
    assert accepted((0, 0, 20, 0.95), (10, 40, 60, 0.6)) == [True, False]  # of another size
    assert accepted((0, 0, 20, 0.95), (0, 80, 20, 0.6), (0, 40, 20, 0.6)) == [True, True, True]  # from line to line
    assert accepted() == []


def test_many_shapes_without_a_doubt_speak_for_themselves() -> None:
    rule = Saying(dict.fromkeys(FEATURES, 0.0), 0.9)
    for text, sure, chance, counts in [
        ("HATENO", 0.995, 0.6, True),
        ("HATENO", 0.995, 0.2, False),
        ("HATENO", 0.9, 0.6, False),
        ("SSSSSSSS", 0.999, 0.6, False),
        ("ISLE", 0.999, 0.6, False),
    ]:
        line, reading = found(text, chance, sure)
        assert rule.accepted([line], [reading])[0] == [counts], text


@pytest.mark.parametrize(
    ("chance", "odds", "counts"),
    [
        (0.8, 5.0, True),
        (0.4, 8.0, True),
        (0.8, 1.0, False),  # words say little
        (0.1, 100.0, False),  # they are worth so much at most
        (0.8, -50.0, False),
        (0.95, -50.0, True),  # a line of another language is one all the same
        (0.01, 100.0, False),
    ],
)
def test_words_speak_for_a_line_in_doubt_and_against_none(chance: float, odds: float, counts: bool) -> None:
    rule = Saying(dict.fromkeys(FEATURES, 0.0), 0.9)
    line, reading = found("AB", chance, 0.5)
    (is_one,), (with_words,) = rule.accepted([line], [reading], lambda _: odds)
    assert is_one is counts
    assert chance <= with_words <= max(chance, rule.least)  # never likelier than what is likely enough without them


def test_nothing_read_is_no_line_of_the_script(acceptance: Acceptance) -> None:
    line, _ = found("A", 1.0)
    assert acceptance.probability(line, Reading("", 0.0)) == 0.0


def test_features_stay_finite_at_the_ends(acceptance: Acceptance) -> None:
    for share in (0.0, 1.0):
        for sure in (0.0, 1.0):
            row = features(*found("AB", share, sure, writing=share))
            assert np.isfinite(row).all()
            assert 0 <= acceptance.chance(row) <= 1


def test_lines_of_one_kind_only_fit_nothing() -> None:
    with pytest.raises(ValueError, match="lines of the script and others"):
        fit([features(*each) for each in LINES], [True] * len(LINES))


@pytest.mark.parametrize(
    "weights", [{"bias": 1.0}, dict.fromkeys(FEATURES, float("nan")), {**dict.fromkeys(FEATURES, 0.0), "luck": 1.0}]
)
def test_wrong_weights_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="acceptance"):
        Acceptance(weights)


def test_a_bundle_keeps_it(hylian: Drawing, acceptance: Acceptance, tmp_path: Path) -> None:
    finder = build("lines", hylian.script, PagePreprocess(), {"channels": [4, 8, 8, 8, 8], "n_features": 8})
    assert isinstance(finder, LineFinder)
    save(finder, tmp_path / "none.safetensors", {})
    assert load_finder(tmp_path / "none.safetensors").acceptance is None
    finder.acceptance = acceptance
    save(finder, tmp_path / "own.safetensors", {})
    kept = load_finder(tmp_path / "own.safetensors").acceptance
    assert kept is not None
    assert kept.probability(*LINES[0]) == pytest.approx(acceptance.probability(*LINES[0]), abs=1e-3)
    assert json.loads(json.dumps(read_header(tmp_path / "own.safetensors")["acceptance"])) == acceptance.to_dict()


def test_a_bundle_with_wrong_weights_is_refused(hylian: Drawing, acceptance: Acceptance, tmp_path: Path) -> None:
    finder = build("lines", hylian.script, PagePreprocess(), {"channels": [4, 8, 8, 8, 8], "n_features": 8})
    assert isinstance(finder, LineFinder)
    finder.acceptance = Written({"weights": {"bias": "much"}, "least": 0.5})
    save(finder, tmp_path / "bad.safetensors", {})
    with pytest.raises(BundleError, match="acceptance"):
        load_finder(tmp_path / "bad.safetensors")


class Written:
    """What a stranger's bundle says of acceptance."""

    def __init__(self, header: dict[str, object]) -> None:
        self.header = header

    def to_dict(self) -> dict[str, object]:
        return self.header


class Told:
    """A finder that finds what it is told, with a rule of its own."""

    def __init__(self, lines: list[TextLine], acceptance: Acceptance | None) -> None:
        self.lines, self.acceptance = lines, acceptance

    def find(self, picture: object, is_coarse: bool = False) -> list[TextLine]:
        return self.lines


@pytest.mark.parametrize(("bias", "text"), [(9.0, "CAVE"), (-9.0, "")])
def test_the_rule_decides_what_a_reader_reads(hylian: Drawing, bias: float, text: str) -> None:
    picture = clean_picture(hylian, ["CAVE"], cap_px=30)
    lines = [replace(line, script_share=0.02) for line in load_finder("lines_hylian").find(picture)]
    rule = Acceptance({**dict.fromkeys(FEATURES, 0.0), "bias": bias})
    # a shade over it: an empty sheet with ink is read whatever a rule of found lines says
    shade = np.linspace(0.55, 1.0, picture.shape[1])[None, :, None]
    page = Reader(load("crnn_hylian"), Told(lines, rule)).read_page((picture * shade).astype(np.uint8))
    assert page.graphemes == text
    assert len(page.lines) == 1
    assert (page.lines[0].reading.confidence > 0.5) == bool(text)
