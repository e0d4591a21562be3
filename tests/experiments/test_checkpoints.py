"""A checkpoint is whole, or the one from before, whatever happens while it is saved."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.checkpoints import WholeCheckpoints
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.files import DataError
from glyphgen.shapes.pen import Drawing
from tests.experiments.test_fit import make_run, synth, trained

__all__ = ["synth"]

# Trains until the second checkpoint, of which half is written when the process is killed: where files are written in
# their own folder, just before they are on the disk; where they come from another file system, in the middle of the
# copy
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from glyphgen.texts.english import Corpus
from glyphgen.shapes.pen import load_drawing
from glyphgen.faces.sources import DrawnSource
from glyphgen.datasets.synthetic import LineSynth
from tests.experiments.test_fit import make_run, trained

os.environ["TMPDIR"] = sys.argv[2]
out, real_rename, real_sync = Path(sys.argv[1]), os.rename, os.fsync
die = lambda: os.kill(os.getpid(), signal.SIGKILL)

def rename(source, target, **options):
    if Path(source).parent != Path(target).parent:
        raise OSError(18, "Invalid cross-device link")
    real_rename(source, target, **options)

def copy(source, target, **options):
    data = Path(source).read_bytes()
    is_second = Path(target).exists()
    Path(target).write_bytes(data[: len(data) // 2] if is_second else data)
    if is_second:
        die()
    return target

def sync(number):
    real_sync(number)
    if (out / "adapt/last.ckpt").exists() and (out / "adapt/best.ckpt").exists():
        os.ftruncate(number, os.fstat(number).st_size // 2)
        die()

os.rename, shutil.copyfile, shutil.copy2, os.fsync = rename, copy, copy, sync
drawing = load_drawing("hylian")
samples = LineSynth(DrawnSource(drawing), Corpus(drawing.script, 6), "none", 0, "train", 48, n_faces=2)
trained(drawing, samples, make_run(out, val_every=6))
"""


def is_whole(path: Path) -> bool:
    return int(torch.load(path, weights_only=True)["global_step"]) > 0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_process_that_is_killed_while_it_saves_leaves_the_checkpoint_from_before(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path), str(tmp_path / "elsewhere")],
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    for name in ("last.ckpt", "best.ckpt"):
        assert is_whole(tmp_path / "adapt" / name), name


def test_a_disk_that_is_full_is_named_and_leaves_the_checkpoint_from_before(
    hylian: Drawing, synth: LineSynth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def full(number: int) -> None:
        if (tmp_path / "adapt/last.ckpt").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match=r"cannot write .*\.ckpt: No space left"):
        trained(hylian, synth, make_run(tmp_path, val_every=6))
    assert is_whole(tmp_path / "adapt/last.ckpt")
    assert [p.name for p in (tmp_path / "adapt").glob("*part*")] == []


def test_a_checkpoint_that_cannot_be_made_leaves_the_one_from_before(tmp_path: Path) -> None:
    plugin, path = WholeCheckpoints(), tmp_path / "folder/last.ckpt"
    plugin.save_checkpoint({"global_step": 7}, path)
    plugin.save_checkpoint({"global_step": 8}, path)

    class Stubborn:
        def __reduce__(self) -> Any:
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        plugin.save_checkpoint({"global_step": 9, "more": Stubborn()}, path)
    assert plugin.load_checkpoint(path, weights_only=True) == {"global_step": 8}
    assert [p.name for p in path.parent.iterdir()] == ["last.ckpt"]


def test_what_a_killed_process_left_of_a_checkpoint_is_taken_away(tmp_path: Path) -> None:
    left = tmp_path / ".last.ckpt.4711.part"
    left.write_bytes(b"half of one")
    WholeCheckpoints().save_checkpoint({"step": 3}, tmp_path / "last.ckpt")
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]
