"""Renderers are measured on the same texts in the same font, in turn; the renderers of others are replaced here."""

import sys
from pathlib import Path

import pytest

from experiments import peers
from glyphgen.shapes.font_file import build_font
from glyphgen.shapes.pen import Drawing

COUNTS = "print(json.dumps(float(len(texts)) + (0.5 if kind == 'damaged' else 0.0)))\n"


def test_a_renderer_gets_the_texts_the_font_and_the_kind(
    tmp_path: Path, hylian: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = tmp_path / "own.ttf"
    build_font(hylian, font, "Own")
    before = peers._BEFORE.replace("def measure", "assert open(font, 'rb').read(4)\ndef measure")
    monkeypatch.setitem(peers.PROGRAMS, "TRDG", before + COUNTS)
    rates = peers.measured({"TRDG": sys.executable}, font, tmp_path / "texts.txt", 0.05, 1)
    assert rates["TRDG"] == {"plain": 2000.0, "damaged": 2000.5}
    assert min(rates["ours"].values()) > 10
    texts = (tmp_path / "texts.txt").read_text(encoding="utf-8").splitlines()
    assert len(set(texts)) == 2000
    assert {len(text) for text in texts} <= set(range(3, 25))
    for kind in peers.KINDS:
        lines = peers.own_lines(font, tmp_path / "texts.txt", kind)
        assert {lines[i].text for i in range(20)} <= set(texts)
        heights = [lines[i].image.shape[0] for i in range(20)]
        assert 26 <= sum(heights) / len(heights) <= 40


def test_the_table_says_by_how_much_ours_is_faster() -> None:
    table = peers.table_of({"ours": {"plain": 3000.0, "damaged": 900.0}, "TRDG": {"plain": 100.0, "damaged": 90.0}})
    assert "| ours | 3,000 a second |  | 900 a second |  |" in table
    assert "| TRDG | 100 a second | 30× | 90 a second | 10× |" in table


def test_a_renderer_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["peers.py", "--trdg", sys.executable, "--seconds", "0.01", "--rounds", "1"])
    assert peers.main() == 2
    assert "No module named 'trdg'" in capsys.readouterr().err
