from pathlib import Path

import numpy as np
import pytest

from recognizers.language import cache as kept
from recognizers.language.cache import Arrays, Lines, as_bytes, as_lines


class Builder:
    def __init__(self) -> None:
        self.n_calls = 0

    def __call__(self) -> Arrays:
        self.n_calls += 1
        return {"words": as_bytes(["ONE", "", "ÄTWO"]), "p": np.arange(6.0)[::2], "none": np.zeros((0, 3), np.int64)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_what_was_built_once_is_read_until_what_it_depends_on_changes(folder: Path) -> None:
    build = Builder()
    for _ in range(2):
        made = kept.cached("toy", {"code": b"1"}, build)
        assert as_lines(made["words"]) == ["ONE", "", "ÄTWO"]
        assert made["p"].tolist() == [0.0, 2.0, 4.0]
        assert made["none"].shape == (0, 3)
    assert build.n_calls == 1
    kept.cached("toy", {"code": b"2"}, build)
    kept.cached("toy", {"cod": b"e2"}, build)
    assert build.n_calls == 3


def test_a_broken_file_and_a_folder_that_cannot_be_written_cost_time_only(folder: Path) -> None:
    build = Builder()
    kept.cached("toy", {}, build)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    assert kept.cached("toy", {}, build)["p"].tolist() == [0.0, 2.0, 4.0]
    assert build.n_calls == 2
    assert kept.cached("toy", {}, build)["p"].tolist() == [0.0, 2.0, 4.0]
    assert build.n_calls == 2, "the broken file was replaced"
    file.unlink()
    folder.rmdir()
    folder.write_text("a file in its place")
    assert kept.cached("toy", {}, build)["p"].tolist() == [0.0, 2.0, 4.0]


def test_old_files_go(folder: Path) -> None:
    for k in range(12):
        kept.cached("toy", {"code": bytes([k])}, Builder())
    assert len(list(folder.iterdir())) == 8


@pytest.mark.parametrize("lines", [[], ["A"], ["A", "BC", "αβγ", "", "Z"]])
def test_lines_are_those_of_a_list(lines: list[str]) -> None:
    made = Lines(as_bytes(lines))
    assert len(made) == len(lines)
    assert list(made) == lines == [made[k] for k in range(len(lines))]
    assert [made[k] for k in range(-len(lines), 0)] == lines
    assert made[1:3] == lines[1:3]
    with pytest.raises(IndexError):
        made[len(lines)]
