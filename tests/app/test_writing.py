"""Texts as pictures, SVG and fonts."""

import io
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from app.answers import read_picture
from app.errors import AnswerError
from app.writing import STYLES, Writing, font_bytes, line_outline, write_svg, write_text
from tests.conftest import build_toy_font


@pytest.mark.parametrize("look", STYLES)
def test_every_look_can_be_read_again(look: str) -> None:
    image = write_text(
        Writing("Gerudo Village", look=look, ink="#f0d890", paper="#40302a", material=0.3, slant=0.2, perspective=0.2)
    )
    assert read_picture(np.asarray(image)).page.text == "GERUDO VILLAGE"


def test_the_same_writing_gives_the_same_picture() -> None:
    writing = Writing("link", look="solid", material=0.5, degradation=0.5, seed=3)
    assert write_text(writing).tobytes() == write_text(writing).tobytes()
    assert (
        write_text(writing).tobytes()
        != write_text(Writing("link", look="solid", material=0.5, degradation=0.5, seed=4)).tobytes()
    )


def test_sliders_do_what_they_say() -> None:
    def spread(**options: float) -> float:
        return float(np.asarray(write_text(Writing("i", **options)).convert("L"))[:8].std())

    assert spread() == 0 < spread(material=0.2) < spread(material=0.9)
    assert spread(degradation=0.1) < spread(degradation=1.0)
    assert write_text(Writing("link", perspective=0.8)).width < write_text(Writing("link")).width
    upright, leaning = line_outline(Writing("h"))[0], line_outline(Writing("h", slant=1.0))[0]
    assert leaning.bounds[2] > upright.bounds[2]


def test_svg_and_font_hold_the_same_outlines() -> None:
    svg = write_svg(Writing("hylian", ink="rgba(255.4, 0, 0, 1)"))
    assert svg.count("M") == len(line_outline(Writing("hylian"))[0].contours)
    assert "#ff0000" in svg
    font = TTFont(io.BytesIO(font_bytes("hylian")))
    assert {ord("A"), ord("Z"), ord("g")} <= set(font.getBestCmap())


def test_a_font_of_the_users(tmp_path: Path) -> None:
    build_toy_font(tmp_path / "toy.ttf", "AB")
    assert write_text(Writing("AB A", font=str(tmp_path / "toy.ttf"))).width > 100
    with pytest.raises(AnswerError, match="does not draw D"):
        write_text(Writing("ABD", font=str(tmp_path / "toy.ttf")))
    (tmp_path / "no.ttf").write_bytes(b"no font")
    with pytest.raises(AnswerError) as raised:
        write_text(Writing("A", font=str(tmp_path / "no.ttf")))
    assert raised.value.code == "bad_font"
    assert str(tmp_path) not in str(raised.value)


@pytest.mark.parametrize(
    ("writing", "code"),
    [
        (Writing("ζ"), "bad_text"),
        (Writing(" "), "bad_text"),
        (Writing("a" * 49), "bad_text"),
        (Writing("a", look="neon"), "bad_field"),
        (Writing("a", degradation=2), "bad_field"),
        (Writing("a", ink="teal-ish"), "bad_field"),
    ],
)
def test_what_cannot_be_written_is_named(writing: Writing, code: str) -> None:
    with pytest.raises(AnswerError) as raised:
        write_text(writing)
    assert raised.value.code == code
