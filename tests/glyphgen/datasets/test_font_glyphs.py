import unicodedata
from pathlib import Path

import numpy as np
import pytest
from fontTools import unicodedata as scripts
from fontTools.ttLib import TTCollection, TTFont

from glyphgen.captions import plain_font
from glyphgen.datasets.font_glyphs import SIDE_PX, installed_glyphs, listing
from glyphgen.datasets.many_glyphs import ManyGlyphs, Part
from glyphgen.datasets.omniglot import EVALUATION
from glyphgen.files import DataError
from glyphgen.shapes.font_alphabets import KEPT_OUT, family_of, installed_alphabets, is_kept_out
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.installed_fonts import installed_fonts
from tests.conftest import build_bar_font


def test_letters_of_a_font_by_script_without_signs(tmp_path: Path) -> None:
    font = build_bar_font(tmp_path / "Toy.ttf", "AB+กขあ१")
    assert installed_alphabets([font]) == {
        "Deva": {font: "१"},
        "Hira": {font: "あ"},
        "Latn": {font: "AB"},
        "Thai": {font: "กข"},
    }


# one letter of each evaluation alphabet that Unicode has
LETTERS = {
    "Avestan": "𐬀",
    "Ge_ez": "አ",
    "Glagolitic": "Ⰰ",
    "Gurmukhi": "ਅ",
    "Kannada": "ಅ",
    "Malayalam": "അ",
    "Manipuri": "ꯀ",
    "Mongolian": "ᠠ",
    "Old_Church_Slavonic_(Cyrillic)": "Ѣ",
    "Oriya": "ଅ",
    "Sylheti": "ꠀ",
    "Syriac_(Serto)": "ܐ",
    "Tibetan": "ཀ",
}


@pytest.mark.parametrize("name", LETTERS)
def test_an_evaluation_alphabet_is_kept_out(name: str, tmp_path: Path) -> None:
    assert name in EVALUATION
    assert is_kept_out(LETTERS[name])
    font = build_bar_font(tmp_path / "Toy.ttf", "A" + LETTERS[name])
    assert installed_alphabets([font]) == {"Latn": {font: "A"}}


def test_constructed_alphabets_are_kept_out_with_all_private_use_characters_and_their_fonts(tmp_path: Path) -> None:
    assert set(EVALUATION) - set(LETTERS) == {
        "Angelic",
        "Atemayar_Qelisayer",
        "Atlantean",
        "Aurek-Besh",
        "Keble",
        "Tengwar",
        "ULOG",
    }
    assert is_kept_out("\ue000"), "where the ConScript registry puts Tengwar"
    assert is_kept_out("\U000f0001")
    assert (
        installed_alphabets(
            [
                *(
                    build_bar_font(tmp_path / f"{name}.ttf", "AB")
                    for name in ("TengwarAnnatar", "tngan", "Aurebesh_Bold", "GeezOne", "HylianSerif")
                ),
                build_bar_font(tmp_path / "NotoSansTibetan-Bold.ttf", "AB"),
            ]
        )
        == {}
    )


def test_letters_of_evaluation_alphabets_are_left_out_of_any_font(tmp_path: Path) -> None:
    letters = [
        chr(code) for code in range(0x20000) if chr(code).isalpha() and scripts.block(chr(code)).startswith(BLOCKS)
    ]
    some = [letters[k] for k in range(0, len(letters), len(letters) // 200)]
    assert {block for letter in some for block in BLOCKS if scripts.block(letter).startswith(block)} == set(BLOCKS)
    font = build_bar_font(tmp_path / "font.ttf", "".join(["AB\ue000\U000f0001", *some]))
    assert installed_alphabets([font]) == {"Latn": {font: "AB"}}


# of Unicode, as its Blocks.txt names them
BLOCKS = (
    "Avestan",
    "Ethiopic",
    "Glagolitic",
    "Gurmukhi",
    "Kannada",
    "Malayalam",
    "Meetei Mayek",
    "Mongolian",
    "Cyrillic",
    "Oriya",
    "Syloti Nagri",
    "Syriac",
    "Tibetan",
)


@pytest.mark.slow  # and says more the more fonts there are
def test_no_glyph_of_this_machine_is_of_an_evaluation_alphabet() -> None:
    alphabets = installed_alphabets(installed_fonts())
    assert not set(alphabets) & set(KEPT_OUT)
    for fonts in alphabets.values():
        for path, chars in fonts.items():
            assert not any(name.lower() in path.stem.lower() for name in KEPT_OUT.values())
            blocks = {scripts.block(char) for char in chars}
            assert not any(block.startswith((*BLOCKS, "Private Use")) for block in blocks), path


def test_pictures_show_each_glyph_once_per_font_and_once_by_pen(tmp_path: Path) -> None:
    one, two = build_bar_font(tmp_path / "One.ttf", "ABC"), build_bar_font(tmp_path / "Two.ttf", "AB")
    stored = installed_glyphs(installed_alphabets([one, two]))
    assert sorted(stored.labels) == sorted(2 * ["Latn/A", "Latn/A", "Latn/B", "Latn/B", "Latn/C"])
    assert {image.shape for image in stored.images} == {(SIDE_PX, SIDE_PX)}
    ink = {origin: int((image > 127).sum()) for origin, image in zip(stored.origins, stored.images, strict=True)}
    assert ink["One.ttf:U+0041"] < ink["One.ttf:U+0043"], "C is the wider bar"
    assert ink["pen:One.ttf:U+0043"] < 0.5 * ink["One.ttf:U+0043"]
    assert listing(stored) == [("Latn", "One.ttf", 3), ("Latn", "Two.ttf", 2)]
    few = installed_glyphs(installed_alphabets([one, two]), most=2, n_fonts=1, has_skeletons=False)
    assert len(few) == 2
    again = installed_glyphs(installed_alphabets([one, two]), most=2, n_fonts=1, has_skeletons=False)
    assert all(np.array_equal(a, b) for a, b in zip(few.images, again.images, strict=True))
    with pytest.raises(DataError, match="fonts-noto-core"):
        installed_glyphs({})


def named(path: Path, family: str, typographic: str = "") -> Path:
    """A toy font with a family name of its own."""
    build_bar_font(path, "ABC")
    with TTFont(path) as font:
        font["name"].setName(family, 1, 3, 1, 0x409)
        if typographic:
            font["name"].setName(typographic, 16, 3, 1, 0x409)
        font.save(path)
    return path


def test_styles_regions_and_file_names_make_no_other_family(tmp_path: Path) -> None:
    for family, typographic, expected in [
        ("Noto Sans CJK SC", "", "Noto Sans CJK"),
        ("Noto Sans CJK JP Black", "Noto Sans CJK JP", "Noto Sans CJK"),
        ("Bold", "", "Bold"),
        ("Roboto Medium", "Roboto", "Roboto"),
        ("DejaVu Sans Condensed", "", "DejaVu Sans"),
        ("AR PL UKai TW MBE", "", "AR PL UKai"),
        ("Noto Sans Thai UI", "", "Noto Sans Thai"),
    ]:
        assert family_of(OpenFont(named(tmp_path / "any.ttf", family, typographic))) == expected


def test_no_family_validates_what_a_style_or_a_pen_of_it_trains(tmp_path: Path) -> None:
    fonts = [
        named(tmp_path / f"{k}{style}.ttf", f"{name}{style}", name)
        for k, name in zip("zyxwvutsr", "ABCDEFGHI", strict=True)
        for style in ("", " Bold")
    ]
    collection = TTCollection()
    collection.fonts = [TTFont(fonts[0]), TTFont(fonts[1])]
    collection.save(tmp_path / "a.ttc")
    stored = installed_glyphs(installed_alphabets([*fonts, tmp_path / "a.ttc"]), n_fonts=20)
    train, val = (ManyGlyphs([Part(stored, 1.0)], n_alphabets=0, split=split) for split in ("train", "val"))
    masks = [
        {stored.origins[row].removeprefix("pen:")[0] for rows, _ in many.rows for row in rows} for many in (train, val)
    ]
    masks = [
        {"z" if letter == "a" else letter for letter in those} for those in masks
    ]  # the collection holds fonts of z
    assert len(masks[1]) == 3
    assert len(masks[0]) == 6
    assert not masks[0] & masks[1]


def test_categories_are_letters_and_digits() -> None:
    fonts = sorted(plain_font().parent.glob("DejaVu*.ttf"))[:6]
    for chars in (chars for those in installed_alphabets(fonts).values() for chars in those.values()):
        assert {unicodedata.category(char)[0] for char in chars} <= {"L", "N"}
