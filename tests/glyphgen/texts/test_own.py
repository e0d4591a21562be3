"""Texts of the user's own."""

from pathlib import Path

import numpy as np
import pytest

from glyphgen.files import DataError
from glyphgen.jobs.plan import Plan
from glyphgen.script import load_script
from glyphgen.texts.own import OwnTexts

SCRIPT = load_script("hylian")


def a_file(tmp_path: Path, text: str) -> Path:
    (tmp_path / "texts.txt").write_text(text, encoding="utf-8")
    return tmp_path / "texts.txt"


def test_each_text_is_drawn_as_it_is_written_and_with_its_label(tmp_path: Path) -> None:
    texts = OwnTexts(a_file(tmp_path, "\ufeffGerudo  Town\n\nzelda\nLINK\n"), SCRIPT)
    rng = np.random.default_rng(0)
    drawn = [texts.draw(rng) for _ in range(300)]
    assert set(drawn) == {("DERUDO TOEN", "Gerudo Town"), ("OELDA", "zelda"), ("LINK", "LINK")}
    assert min(drawn.count(one) for one in set(drawn)) > 70
    assert all(len(texts.neighbor(rng, n)) == n for n in range(5))


def test_no_text_is_in_two_splits(tmp_path: Path) -> None:
    letters = [a + b + c for a in "ABCDE" for b in "HIKLM" for c in "NPQSU"]
    whole = OwnTexts(a_file(tmp_path, "\n".join(letters)), SCRIPT)
    parts = [{text for text, _ in whole.part(split).texts} for split in ("train", "val", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(whole.texts) == 125
    assert len(parts[0]) > 90
    assert min(map(len, parts)) > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("LINK\nÄRGER\n", r"texts\.txt:2: script 'hylian' has no 'Ä'; it is in 'ÄRGER'"),
        ("A" * 33, r"texts\.txt:1: 33 graphemes, and at most 32"),
        ("\n \n", "has no texts"),
    ],
)
def test_what_cannot_be_written_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        OwnTexts(a_file(tmp_path, text), SCRIPT)


def test_files_that_are_none_and_splits_without_texts_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.txt cannot be read"):
        OwnTexts(tmp_path / "gone.txt", SCRIPT)
    (tmp_path / "latin.txt").write_bytes("é".encode("latin-1"))
    with pytest.raises(DataError, match="is no text in UTF-8"):
        OwnTexts(tmp_path / "latin.txt", SCRIPT)
    with pytest.raises(DataError, match="of 1 texts none is for val"):
        OwnTexts(a_file(tmp_path, "LINK"), SCRIPT).part("val")


@pytest.mark.parametrize("unit", ["line", "page"])
def test_a_set_says_them_alone(tmp_path: Path, unit: str) -> None:
    path = a_file(tmp_path, "LINK\nHYRULE CASTLE\n")
    plan = Plan({"train": 12, "val": 0, "test": 0}, texts=str(path), unit=unit, n_faces=2, augment="none").with_inputs()
    assert set(plan.inputs) == {"script", "hylian_words", "hylian_names", "texts"}
    said = [s.text if unit == "line" else " / ".join(x.text for x in s.lines) for s in plan.samples("train")]
    assert {text for one in said for text in one.split(" / ") if text} == {"LINK", "HYRULE CASTLE"}
