"""Recognizers trained on lines of several renderers: small scripts stand for kraken, TRDG and SynthTIGER here."""

import sys
from argparse import Namespace
from pathlib import Path

import pytest

from experiments import peer_lines, peer_training
from experiments.peer_training import Scored, difference, made, scored, table_of, truths_of
from glyphgen.files import DataError

# leaves a file for each text, which nobody opens, and counts how often it is asked
RENDERER = """
import json, sys
from pathlib import Path
given = json.load(open(sys.argv[1], encoding="utf-8"))
assert Path(given["font"]).is_file()
with open(r"CALLS", "a") as calls:
    calls.write("drawn\\n")
for i, text in enumerate(given["texts"]):
    Path(given["folder"], f"{i:06d}.png").touch()
"""
# leaves weights and a checkpoint, after a look at the lines that it was told of
KETOS = """#!PYTHON
import sys
from pathlib import Path
words = sys.argv[1:]
after = lambda word: words[words.index(word) + 1]
lines = Path(after("-t")).read_text().split()
assert all(Path(line).with_suffix(".gt.txt").read_text() for line in lines)
assert after("-N") == "2" and after("-q") == "fixed", words
first = "/plain/" in lines[0]
assert ("-i" in words) != first and words.count("-s") == 1 + first, words
if not first:
    assert Path(after("-i")).read_text() == "plain"
with open(r"CALLS", "a") as calls:
    calls.write(f"trained {len(lines)}\\n")
Path(after("-o"), "best_0.5000.safetensors").write_text(lines[0].split("/")[-3])
Path(after("-o"), "checkpoint_00.ckpt").write_text("large")
"""
# weights of ours read what is beside the picture, the others an X; what has no text beside it is read "ARE  D\n"
KRAKEN = """#!PYTHON
import sys
from pathlib import Path
words = sys.argv[1:]
weights = Path(words[words.index("-m") + 1]).read_text()
with open(r"CALLS", "a") as calls:
    calls.write("read\\n")
for k, word in enumerate(words):
    if word == "-i":
        beside = Path(words[k + 1]).with_suffix("").with_suffix(".gt.txt")
        text = beside.read_text() if beside.is_file() else "ARE  D\\n"
        Path(words[k + 2]).write_text(text if weights == "ours" else "X")
"""


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command line, with the scripts above; `calls` says what they were asked for."""
    for name, script in (("ketos", KETOS), ("kraken", KRAKEN)):
        (tmp_path / name).write_text(script.replace("PYTHON", sys.executable).replace("CALLS", str(tmp_path / "calls")))
        (tmp_path / name).chmod(0o755)
    for name in ("TRDG", "SynthTIGER"):
        monkeypatch.setitem(peer_lines.PROGRAMS, name, RENDERER.replace("CALLS", str(tmp_path / "calls")))
    (tmp_path / "lines" / "plain").mkdir(parents=True)
    (tmp_path / "lines" / "plain" / "labels.tsv").write_text("1.png\tARE G\n2.png\tRARE\n")
    given = {"--kraken": tmp_path / "ketos", "--trdg": sys.executable, "--synthtiger": sys.executable}
    given |= {
        "--count": 4,
        "--val": 2,
        "--epochs": 2,
        "--plain-epochs": 2,
        "--work": tmp_path / "work",
        "--read": tmp_path / "lines",
    }
    return [str(word) for pair in given.items() for word in pair]


def test_all_are_trained_on_the_same_texts_and_nothing_is_made_twice(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert peer_training.main([*words, "--out", str(tmp_path / "table.md")]) == 0
    table = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert table in capsys.readouterr().out
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines() if row.startswith("| ")]
    assert rows[0][:4] == ["trained on", "own validation", "lines", "plain"]
    # "ARE D", which is right, and for "RARE" takes three edits
    assert rows[2] == ["ours", "0.0 %", "33.3 %", "33.3 %", "50 %", ""]
    assert [row[0] for row in rows[1:]] == ["plain", "ours", "TRDG", "SynthTIGER"]
    assert rows[3][2] == "100.0 %"
    texts = {}
    for name in ("ours", "TRDG", "SynthTIGER"):
        folder = tmp_path / "work" / "lines" / name / "train"
        texts[name] = [peer_lines.text_of(path) for path in peer_lines.pictures(folder)]
    assert texts["ours"] == texts["TRDG"] == texts["SynthTIGER"]
    assert len(texts["ours"]) == 4
    assert not list((tmp_path / "work").rglob("*.ckpt"))
    calls = (tmp_path / "calls").read_text()
    assert [calls.count(word) for word in ("drawn", "trained 4", "read")] == [4, 4, 4]

    assert peer_training.main(words) == 0
    assert (tmp_path / "calls").read_text() == calls
    assert table in capsys.readouterr().out

    # what reads is only asked again where other lines are to be read
    (tmp_path / "lines" / "plain" / "labels.tsv").write_text("1.png\tARE G\n")
    assert peer_training.main(words) == 2
    assert "was made with another read; remove it" in capsys.readouterr().err
    assert (tmp_path / "calls").read_text() == calls


def test_programs_that_are_missing_are_named_with_how_to_install_them(
    tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = words[words.index("--trdg") + 1]
    words[words.index("--trdg") + 1] = str(tmp_path / "nowhere/python")
    assert peer_training.main(words) == 2
    said = capsys.readouterr().err
    assert "nowhere/python cannot be started: No such file" in said
    assert "pip install trdg" in said

    words[words.index("--trdg") + 1] = there
    monkeypatch.setitem(peer_lines.PROGRAMS, "TRDG", "import no_such_renderer")
    assert peer_training.main(words) == 2
    said = capsys.readouterr().err
    assert "No module named 'no_such_renderer'" in said
    assert "draw-TRDG.txt" in said
    assert not (tmp_path / "work" / "lines" / "TRDG").exists()

    (tmp_path / "kraken").unlink()
    assert peer_training.main(words) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path / 'kraken'} is not there" in said
    assert "pip install kraken" in said


def test_what_was_made_with_other_settings_is_refused(tmp_path: Path) -> None:
    asked: list[Path] = []
    made(tmp_path / "a", {"epochs": 1, "seed": 0}, "a", asked.append)
    made(tmp_path / "a", {"epochs": 1, "seed": 0}, "a", asked.append)
    assert len(asked) == 1
    with pytest.raises(DataError, match="another epochs; remove it, or give another --work"):
        made(tmp_path / "a", {"epochs": 2, "seed": 0}, "a", asked.append)

    def fail(part: Path) -> None:
        (part / "half.png").touch()
        raise DataError("no")

    with pytest.raises(DataError, match="no"):
        made(tmp_path / "b", {}, "b", fail)
    assert not (tmp_path / "b").exists()


def test_a_picture_that_was_not_read_is_named(tmp_path: Path) -> None:
    for name in ("ketos", "kraken"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(DataError, match=r"did not read .*one\.png, nor 1 others"):
        peer_training.read(
            tmp_path / "ketos", tmp_path / "w", [tmp_path / "one.png", tmp_path / "two.png"], tmp_path / "log.txt"
        )
    for split in ("train", "val"):
        (tmp_path / "lines" / split).mkdir(parents=True)
    given = Namespace(kraken=tmp_path / "ketos", seed=0)
    with pytest.raises(DataError, match="left no best_"):
        peer_training.train(given, tmp_path / "lines", 1, None, tmp_path, tmp_path / "log.txt")


def test_lines_to_read_are_labelled_in_canonical_letters(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "labels.tsv").write_text("1.png\tGERUDO TOWN\tDEFUDO JOEN\n")
    assert truths_of(tmp_path) == {tmp_path / "a" / "1.png": "DERUDO TOEN"}
    with pytest.raises(DataError, match="is not a folder; give --read"):
        truths_of(tmp_path / "b")
    (tmp_path / "b").mkdir()
    with pytest.raises(DataError, match="has no labels"):
        truths_of(tmp_path / "b")


def test_error_rates_are_of_each_folder_and_of_all() -> None:
    own, others = {Path("v/0.png"): "AB"}, {Path("d/a/1.png"): "ABCD", Path("d/b/1.png"): "AB"}
    found = scored(own, others, {Path("v/0.png"): "AB", Path("d/a/1.png"): "ABXD", Path("d/b/1.png"): "AB"})
    assert found.errors == {"own": 0.0, "all": 1 / 6, "a": 0.25, "b": 0.0}
    assert found.exact == 0.5


def test_the_interval_of_a_difference_is_of_the_same_lines() -> None:
    truths = ["ABCD"] * 50 + ["ABCDEFGH"] * 50
    ours = Scored({"own": 0.0, "all": 0.0}, 1.0, truths, truths)
    worse = Scored({"own": 0.0, "all": 0.5}, 0.5, truths, ["ABCD"] * 50 + [""] * 50)
    low, high = difference(ours, worse)
    assert 0.5 < low < 2 / 3 < high < 0.8
    assert difference(worse, worse) == (0.0, 0.0)
    assert difference(worse, ours) == (-high, -low)
    given = Namespace(read=Path("dev"), count=4000, epochs=3, plain_epochs=2, seed=7)
    table = table_of({"ours": ours, "TRDG": worse}, given)
    assert f"| TRDG | 0.0 % | 50.0 % | 50 % | {100 * low:+.1f} to {100 * high:+.1f} |" in table
    assert "4,000 lines, 3 epochs, after 2 of plain ones (first row), seed 7" in table


def test_without_plain_lines_each_begins_with_new_weights(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ketos = (tmp_path / "ketos").read_text()
    (tmp_path / "ketos").write_text(ketos.replace('first = "/plain/" in lines[0]', "first = True"))
    words[words.index("--plain-epochs") + 1] = "0"
    assert peer_training.main(words) == 0
    table = capsys.readouterr().out
    assert "\n| plain " not in table
    assert "plain ones" not in table
    assert (tmp_path / "calls").read_text().count("trained 4") == 3
    assert not (tmp_path / "work" / "lines" / "plain").exists()
