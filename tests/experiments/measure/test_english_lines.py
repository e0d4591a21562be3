from pathlib import Path

import pytest

from experiments.measure.english_lines import draw_lines, read_texts, runs_of_words
from glyphgen.files import DataError

TEXT = """The old king slept under the stone bridge by the river. "Don't wake him," said Marin; she didn't know why!
He was 44 years old then.

A long road leads over seven green hills to the harbor town - I walked it.
"""


def test_runs_hold_no_names_digits_or_marks() -> None:
    runs = [" ".join(run) for run in runs_of_words(TEXT)]
    assert "THE OLD KING SLEPT UNDER THE STONE BRIDGE BY THE RIVER" in runs
    assert "SHE DIDNT KNOW WHY" in runs
    assert not any("MARIN" in run or "44" in run for run in runs)
    assert any("I WALKED IT" in run for run in runs)


def test_lines_are_1_to_6_words_that_stand_in_the_text_and_come_from_the_seed() -> None:
    text = "\n\n".join([TEXT] * 10)
    lines = draw_lines(text, 200, 0)
    assert {len(line.split()) for line in lines} == {1, 2, 3, 4, 5, 6}
    assert lines == draw_lines(text, 200, 0)
    assert lines != draw_lines(text, 200, 1)
    joined = [" ".join(run) for run in runs_of_words(text)]
    assert all(any(line in run for run in joined) for line in lines)
    with pytest.raises(DataError, match="holds only"):
        draw_lines("Too short.", 10, 0)


def test_texts_from_files_folders_and_patterns(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.cfg").write_text('say = _ "hello there"\nother="no"')
    (tmp_path / "b.txt").write_text("plain")
    assert read_texts([str(tmp_path / "b.txt")]) == "plain"
    assert read_texts([str(tmp_path / "in")], r'_ "([^"]+)"') == "hello there"
    assert "plain" in read_texts([str(tmp_path / "*.txt")])
    with pytest.raises(DataError, match="no text files"):
        read_texts([str(tmp_path / "none")])
    with pytest.raises(DataError, match="regular expression"):
        read_texts([str(tmp_path / "b.txt")], "(")
