"""Fonts in every state: symbol maps, old Mac maps, no advances, tables missing, pictures instead of outlines,
collections.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTCollection, TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

from glyphgen.__main__ import main
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.faces.sources import FontSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.script import Grapheme, Script
from glyphgen.shapes import font_file as font_module
from glyphgen.shapes import installed_fonts as fonts_module
from glyphgen.shapes.font_alphabets import installed_alphabets
from glyphgen.shapes.font_file import FontError, OpenFont
from glyphgen.shapes.font_tables import read_characters
from glyphgen.shapes.installed_fonts import face_number, font_for
from tests.conftest import build_bar_font, build_toy_font

ABC = Script("abc", tuple(Grapheme(char) for char in "ABC"))


@pytest.fixture(autouse=True)
def warns_anew() -> None:
    font_module._warn_of_advances.cache_clear()


def subtable(form: int, platform: int, encoding: int, entries: dict[int, str]) -> CmapSubtable:
    table = CmapSubtable.newSubtable(form)
    table.platformID, table.platEncID, table.language, table.cmap = platform, encoding, 0, entries
    if form == 12 or form == 13:
        table.format, table.reserved, table.length, table.nGroups = form, 0, 0, 0
    return table


def changed(path: Path, change: Callable[[TTFont], object], name: str = "changed.ttf") -> Path:
    with TTFont(path) as font:
        change(font)
        font.save(path.with_name(name))
    return path.with_name(name)


def with_maps(path: Path, *tables: CmapSubtable) -> Path:
    return changed(path, lambda font: setattr(font["cmap"], "tables", list(tables)))


LETTERS = {"A": "A", "B": "B", "C": "C"}


@pytest.mark.parametrize(
    "tables",
    [
        [subtable(4, 3, 0, {0xF000 + ord(c): c for c in "ABC"} | {0xF020: "space"})],
        [subtable(4, 3, 0, {ord(c): c for c in "ABC"})],  # a symbol map with plain codes
        [subtable(4, 3, 1, {}), subtable(4, 3, 0, {0xF000 + ord(c): c for c in "ABC"})],
        [subtable(0, 1, 0, {ord(c): c for c in "ABC"})],
        [subtable(6, 1, 0, {ord(c): c for c in "ABC"})],
        [
            subtable(12, 0, 4, {ord(c): c for c in "ABC"}),
            subtable(4, 3, 1, {}),
            subtable(12, 3, 10, {ord(c): c for c in "AB"}),
        ],
        [subtable(13, 3, 10, {ord(c): c for c in "ABC"})],
        [subtable(4, 3, 1, {ord("A"): "A"}), subtable(4, 0, 3, {ord("B"): "B", ord("C"): "C"})],
        [subtable(4, 3, 2, {ord(c): c for c in "ABC"})],  # Shift JIS
    ],
    ids=[
        "symbols",
        "plain symbols",
        "symbols beside an empty map",
        "mac 0",
        "mac 6",
        "doubled",
        "13",
        "in two parts",
        "shift jis",
    ],
)
def test_whatever_map_a_font_has_its_letters_are_found(
    toy_font: Path, tables: list[CmapSubtable], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_maps(toy_font, *tables)
    assert set(OpenFont(path).outlines(ABC)) == set("ABC")
    assert "".join(OpenFont(path).characters()) == "ABC"
    assert set(map(ord, "ABC")) <= set(read_characters(path))
    assert FontCollectionSource([path], ABC).covered == "ABC"
    assert installed_alphabets([path])["Latn"][path] == "ABC"
    monkeypatch.setattr(fonts_module, "installed_fonts", lambda: (path,))
    is_unicode = any(table.isUnicode() and table.platEncID and table.cmap for table in tables)
    assert font_for("CAB") == (path if is_unicode else None)
    assert main(["inspect", str(path)]) == 0
    assert "3 characters with ink, 3 shapes" in capsys.readouterr().out


def test_letters_of_the_mac_beyond_ascii_are_decoded(toy_font: Path) -> None:
    path = with_maps(toy_font, subtable(0, 1, 0, {0x41: "A", 0x80: "B", 0xA7: "C"}))
    assert OpenFont(path).characters() == ["A", "Ä", "ß"]


def test_a_map_of_two_bytes_is_decoded(toy_font: Path) -> None:
    path = with_maps(toy_font, subtable(4, 3, 2, {0x41: "A", 0x82A0: "B", 0xFFFF: "C"}))
    assert OpenFont(path).characters() == ["A", "あ"]


def test_icons_of_a_unicode_map_are_no_letters(toy_font: Path) -> None:
    path = with_maps(toy_font, subtable(4, 3, 1, {0xF041: "A"}))
    assert OpenFont(path).characters() == ["\uf041"]


@pytest.mark.parametrize("tables", [[], [subtable(4, 3, 1, {})]])
def test_a_font_that_maps_nothing_says_so(toy_font: Path, tables: list[CmapSubtable]) -> None:
    path = with_maps(toy_font, *tables)
    for read in (OpenFont, read_characters):
        with pytest.raises(FontError, match=r"changed\.ttf has no character map"):
            read(path)


def without_advances(font: TTFont, names: str = "") -> None:
    metrics = font["hmtx"].metrics
    for name in names or metrics:
        metrics[name] = (0, metrics[name][1])


def lines(font: OpenFont, script: Script, text: str) -> np.ndarray:
    face = FontSource(font, script).faces(1, np.random.default_rng(0))[0]
    return lay_out(text, face, 1, Spacing(), np.random.default_rng(0)).boxes


def test_a_font_without_advances_is_named_once_and_spaced_by_its_ink(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = changed(build_bar_font(tmp_path / "bars.ttf", "ABC"), without_advances)
    with caplog.at_level(logging.WARNING):
        font = OpenFont(path)
        OpenFont(path)
    assert len(caplog.records) == 1
    assert "changed.ttf" in caplog.text
    assert "width of the ink" in caplog.text
    boxes = lines(font, ABC, "ABC ABC")
    assert (boxes[1:, 0] - boxes[:-1, 2] > 2).all()
    assert (boxes[1:, 0] - boxes[:-1, 2] < 48).all()
    assert boxes[3, 0] - boxes[2, 2] > boxes[1, 0] - boxes[0, 2] + 5  # a space is wider
    with caplog.at_level(logging.WARNING):
        caplog.clear()
        OpenFont(build_bar_font(tmp_path / "sound.ttf", "AB"))
    assert not caplog.records


def test_one_letter_without_an_advance_is_spaced_and_a_mark_stays_on_its_letter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = build_bar_font(tmp_path / "bars.ttf", "AB\u0301")
    font = OpenFont(changed(path, lambda font: without_advances(font, ["g1", "g2"])))
    assert not caplog.records
    letter, mark, whole = font.outline("B"), font.outline("\u0301"), font.outline("A")
    assert letter is not None
    assert mark is not None
    assert whole is not None
    x0, _, x1, _ = letter.bounds
    assert 0 < x0 < x1 < letter.advance_em
    assert mark.advance_em == 0
    assert whole.advance_em == 1
    assert whole.bounds[0] == 0


@pytest.mark.parametrize("table", ["hhea", "hmtx"])
def test_fonts_without_metrics_are_spaced_by_their_ink(
    toy_font: Path, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    boxes = lines(OpenFont(cut_table(toy_font, table)), ABC, "ABC")
    assert (boxes[1:, 0] > boxes[:-1, 2]).all()
    assert "cut.ttf" in caplog.text or table == "hhea"  # without which fontTools can do


@pytest.mark.parametrize("table", ["OS/2", "name", "post"])
def test_tables_that_draw_nothing_may_be_missing(toy_font: Path, table: str) -> None:
    def drop(font: TTFont) -> None:
        font.getGlyphOrder()
        del font[table]

    font = OpenFont(changed(toy_font, drop))
    assert set(font.outlines(ABC)) == set("ABC")
    assert font.full_name


def cut_table(path: Path, tag: str) -> Path:
    """Rename a table in the file's directory, as fontTools would not write such a font."""
    raw = bytearray(path.read_bytes())
    at = raw.index(tag.encode(), 12, 12 + 16 * int.from_bytes(raw[4:6], "big"))
    raw[at : at + 4] = b"gone"
    cut = path.with_name("cut.ttf")
    cut.write_bytes(bytes(raw))
    return cut


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("head", "lacks the table head"),
        ("maxp", "lacks the table maxp"),
        ("cmap", "lacks the table cmap"),
        ("glyf", "no outlines"),
        ("loca", "loca"),
    ],
)
def test_a_table_that_is_needed_is_named(toy_font: Path, table: str, message: str) -> None:
    with pytest.raises(FontError, match=rf"cut\.ttf.*{message}"):
        OpenFont(cut_table(toy_font, table)).outlines(ABC)


@pytest.mark.parametrize("units", [16, 1001, 2047, 16384])
def test_an_em_of_any_size_is_one(toy_font: Path, units: int) -> None:
    font = OpenFont(changed(toy_font, lambda font: setattr(font["head"], "unitsPerEm", units)))
    outline = font.outline("A")
    assert outline is not None
    assert outline.bounds[2] == pytest.approx(500 / units)


def test_an_em_of_nothing_is_named(toy_font: Path) -> None:
    with pytest.raises(FontError, match=r"changed\.ttf is damaged: its em has 0 units"):
        OpenFont(changed(toy_font, lambda font: setattr(font["head"], "unitsPerEm", 0)))


def put_pictures(font: TTFont, tag: str, keeps_outlines: bool) -> None:
    table = newTable(tag)
    font[tag] = table
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    font[tag] = DefaultTable(tag)
    font[tag].data = b"\0" * 64
    if not keeps_outlines:
        for other in ("glyf", "loca"):
            del font[other]


@pytest.mark.parametrize("tag", ["CBDT", "EBDT", "sbix", "COLR", "SVG "])
def test_fonts_of_pictures_are_refused_by_name(
    toy_font: Path, tmp_path: Path, tag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = changed(toy_font, lambda font: put_pictures(font, tag, False), "alone.ttf")
    hollow = changed(
        build_toy_font(tmp_path / "hollow.ttf", empty="ABCX"), lambda font: put_pictures(font, tag, True), "empty.ttf"
    )
    for path in (alone, hollow):
        with pytest.raises(FontError, match=rf"{path.name} has .*\({tag.strip()}\) and no outlines"):
            OpenFont(path)
        assert main(["inspect", str(path)]) == 2
        assert "choose a font with outlines" in capsys.readouterr().err
    beside = changed(toy_font, lambda font: put_pictures(font, tag, True), "beside.ttf")
    assert set(OpenFont(beside).outlines(ABC)) == set("ABC")


def test_fonts_of_a_collection_are_counted(toy_font: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = build_toy_font(tmp_path / "other.ttf", "AX", full_name="Other SC")
    collection = TTCollection()
    collection.fonts = [TTFont(toy_font), TTFont(other)]
    path = tmp_path / "two.ttc"
    collection.save(path)
    assert len(OpenFont(path, 0).characters()) == 4
    assert OpenFont(path, 1).characters() == ["A", "X"]
    assert face_number(path) == 1
    for number in (2, -1):
        with pytest.raises(FontError, match=rf"two\.ttc is a collection of 2 fonts, 0 to 1; there is no font {number}"):
            OpenFont(path, number)
    with pytest.raises(FontError, match="a single font"):
        OpenFont(toy_font, 1)
    assert main(["inspect", str(path), "--number", "1"]) == 0
    assert "2 characters with ink" in capsys.readouterr().out


def test_damaged_fonts_do_not_stop_a_scan(toy_font: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, rng = toy_font.read_bytes(), np.random.default_rng(0)
    paths = []
    for k in range(60):
        bad = bytearray(b"ttcf\0\1\0\0\0\0\0\1\0\0\0\x10" + raw if k % 3 == 0 else raw)
        for place in rng.integers(4, len(bad), 10).tolist():
            bad[place] = int(rng.integers(256))
        paths.append(tmp_path / f"bad{k}.ttf")
        paths[-1].write_bytes(bytes(bad[: int(rng.integers(12, len(bad)))] if k % 2 else bad))
    monkeypatch.setattr(fonts_module, "installed_fonts", lambda: tuple(paths))
    installed_alphabets(paths)
    assert font_for("☃") is None
    for path in paths:
        message = problem(path)
        assert not message or path.name in message


def problem(path: Path) -> str:
    try:
        face_number(path)
        OpenFont(path).outlines(ABC)
    except FontError as error:
        return str(error)
    return ""
