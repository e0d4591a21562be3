import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphgen.faces.traced import TracedSource, glyph_folder_for, letters_of, read_glyph_folder, trace, write_script
from glyphgen.files import DataError
from glyphgen.script import Grapheme, Script, load_script
from glyphgen.shapes.outline import intersection_over_union


def ring(size: int = 96, thick: int = 12) -> np.ndarray:
    image = np.full((size, size), 255, np.uint8)
    cv2.circle(image, (size // 2, size // 2), size // 3, 0, thick)
    return image


def bar(size: int = 96) -> np.ndarray:
    image = np.full((size, size), 255, np.uint8)
    image[size // 6 : -size // 6, size // 3 : size // 2] = 0
    return image


@pytest.fixture
def lesson_folder(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "OZ.png"), ring())
    cv2.imwrite(str(tmp_path / "I.png"), bar())
    cv2.imwrite(str(tmp_path / "I-2.png"), 255 - bar(60))  # light on dark, another size
    cv2.imwrite(str(tmp_path / "period.png"), ring(40, -1))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("A", "A"),
        ("DG", "DG"),
        ("A-2", "A"),
        ("A_2", "A"),
        ("DG (3)", "DG"),
        ("l_a", "a"),
        ("U+0041", "A"),
        ("comma", ","),
        ("period", "."),
        ("question", "?"),
        ("exclamation", "!"),
        ("hyphen", "-"),
        ("5", "5"),
        ("five", "5"),
        ("alpha", "α"),
        ("notes", None),
        ("AA", None),
        ("IJ", "IJ"),
        ("AE", "AE"),
    ],
)
def test_names_say_letters(name: str, letters: str | None) -> None:
    assert letters_of(name) == letters


def test_a_folder_becomes_a_script_that_load_script_reads(lesson_folder: Path, tmp_path: Path) -> None:
    lesson = read_glyph_folder(lesson_folder, "mine")
    assert lesson.script.visible == ".IO", "the more frequent letter of a shared shape stands for it"
    assert lesson.script.canonical("zoo i.") == "OOO I."
    assert [len(lesson.pictures[char]) for char in ".IO"] == [1, 2, 1]
    write_script(lesson.script, tmp_path / "mine.toml")
    assert load_script(tmp_path / "mine.toml") == lesson.script
    cv2.imwrite(str(lesson_folder / "l_i.png"), ring(30))
    both, quoted = read_glyph_folder(lesson_folder, 'my "é𝄞"\\'), tmp_path / "both.toml"
    write_script(both.script, quoted)
    assert not both.script.ignores_case, "I and i are two shapes"
    assert load_script(quoted) == both.script


def test_a_zip_and_folders_of_letters_are_read_alike(lesson_folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as file:
        for name, entry in (
            ("OZ.png", "in/OZ/any.png"),
            ("I.png", "in/I/1.png"),
            ("I-2.png", "in/I/2.png"),
            ("period.png", "in/period.png"),
        ):
            file.write(lesson_folder / name, entry)
    one, two = read_glyph_folder(lesson_folder), read_glyph_folder(tmp_path / "z.zip")
    assert one.script.graphemes == two.script.graphemes
    for char in ".IO":
        pictures = [sorted(p.tobytes() for p in lesson.pictures[char]) for lesson in (one, two)]
        assert pictures[0] == pictures[1]


def test_small_letters_alone_make_a_script_without_case(tmp_path: Path) -> None:
    for name in "ab":
        cv2.imwrite(str(tmp_path / f"{name}.png"), bar())
    assert read_glyph_folder(tmp_path).script.visible == "AB"
    assert read_glyph_folder(tmp_path).script.ignores_case
    cv2.imwrite(str(tmp_path / "U_A.png"), ring())
    assert sorted(read_glyph_folder(tmp_path).script.visible) == ["A", "a", "b"]


def test_what_cannot_be_learned_is_named(lesson_folder: Path) -> None:
    cv2.imwrite(str(lesson_folder / "ZQ.png"), ring())
    with pytest.raises(DataError, match=r"'Z' stands for two shapes"):
        read_glyph_folder(lesson_folder)
    (lesson_folder / "ZQ.png").rename(lesson_folder / "notes.png")
    with pytest.raises(DataError, match=r"notes\.png says no letter; name pictures"):
        read_glyph_folder(lesson_folder)
    (lesson_folder / "notes.png").unlink()
    cv2.imwrite(str(lesson_folder / "K.png"), np.full((30, 30), 200, np.uint8))
    with pytest.raises(DataError, match=r"K\.png has no ink"):
        read_glyph_folder(lesson_folder)
    (lesson_folder / "K.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"K\.png is not a picture"):
        read_glyph_folder(lesson_folder)
    (lesson_folder / "none").mkdir()
    with pytest.raises(DataError, match="holds no pictures"):
        read_glyph_folder(lesson_folder / "none")


@settings(max_examples=25, deadline=None)
@given(st.integers(40, 300), st.floats(0.03, 0.12), st.booleans())
def test_tracing_keeps_the_shape_and_its_holes(size: int, thickness: float, is_ring: bool) -> None:
    picture = 255 - (ring(size, max(4, round(thickness * size))) if is_ring else bar(size))
    outline = trace(picture)
    _, y0, _, y1 = outline.bounds
    assert (y0, y1) == pytest.approx((0, 1), abs=0.03)
    coverage = outline.rasterize(200)[0]
    assert intersection_over_union(coverage, picture) > 0.85
    assert outline.area > 0
    assert len(outline.contours) == (2 if is_ring else 1)


@pytest.mark.parametrize("is_inverted", [False, True])
@pytest.mark.parametrize("shades", [(0, 255), (0, 90), (200, 255)])
def test_pictures_of_two_shades_have_paper_and_ink(tmp_path: Path, shades: tuple[int, int], is_inverted: bool) -> None:
    """As simple drawing programs save them: no shade between."""
    dark, light = shades if not is_inverted else shades[::-1]
    for name, lines in (("T", [((12, 16), (84, 16)), ((48, 16), (48, 84))]), ("X", [((16, 12), (80, 84))])):
        image = np.full((96, 96), light, np.uint8)
        for a, b in lines:
            cv2.line(image, a, b, dark, 10)
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
        true = image == dark
        ink = read_glyph_folder(tmp_path).pictures[name][0]
        assert ((ink > 127) == true).all()
        assert ink[~true].max() < 16, "paper has no ink at all, or blurring would make some"
        rows, columns = np.flatnonzero(true.any(axis=1)), np.flatnonzero(true.any(axis=0))
        box = len(rows) * len(columns) / len(rows) ** 2
        assert trace(ink).area == pytest.approx(box * true.sum() / (len(rows) * len(columns)), rel=0.08)


def test_faces_differ_and_signs_are_small(lesson_folder: Path) -> None:
    source = TracedSource(read_glyph_folder(lesson_folder), pen_share=0.5)
    faces = source.faces(12, np.random.default_rng(0))
    again = source.faces(12, np.random.default_rng(0))
    inks = []
    for face, other in zip(faces, again, strict=True):
        assert face.can_write("I OOI.")
        cuts = {char: face.cuts[1][char][0] for char in ".IO"}
        assert cuts["."].coverage.shape[0] < 0.4 * cuts["O"].coverage.shape[0]
        assert abs(cuts["O"].top + cuts["O"].coverage.shape[0]) < 10, "it stands on the baseline"
        assert np.array_equal(cuts["O"].coverage, other.cuts[1]["O"][0].coverage)
        inks.append(float((cuts["O"].coverage > 127).mean()))
    assert np.std(inks) > 0.03


def test_pictures_for_a_script_that_is_there_already(lesson_folder: Path) -> None:
    script = Script("mine", (Grapheme("Z", ("O",)), Grapheme("I")))
    assert {char: len(pictures) for char, pictures in glyph_folder_for(lesson_folder, script).pictures.items()} == {
        "Z": 1,
        "I": 2,
    }
    with pytest.raises(DataError, match="no picture of B Q of script 'other'"):
        glyph_folder_for(lesson_folder, Script("other", tuple(map(Grapheme, "OIBQ"))))
