"""The same settings make the same bytes, however many processes, machines and stops it takes."""

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pytest

from glyphgen.__main__ import main
from glyphgen.datasets.folder import FolderSet
from glyphgen.files import DataError
from glyphgen.formats.catalog import FORMATS
from glyphgen.formats.folder import Folder
from glyphgen.formats.format import png
from glyphgen.jobs.chunks import chunks_of, render_set, shard_of
from glyphgen.jobs.plan import Plan
from glyphgen.script import ScriptError


def plan(**changed) -> Plan:
    settings = {"counts": {"train": 23, "val": 7, "test": 0}, "n_faces": 2, "per_file": 5, "seed": 7}
    return Plan(**{**settings, **changed}).with_inputs()


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "set"
    assert render_set(plan(), out)
    assert sorted(path.name for path in out.parent.iterdir()) == ["set"]
    return out


def test_a_set_has_its_splits_in_folders_and_says_what_it_is(whole: Path) -> None:
    names = sorted(path.name for path in whole.iterdir())
    assert names == ["dataset.toml", "files.sha256", "sheet.png", "train", "val"]
    train, val = FolderSet(whole / "train"), FolderSet(whole / "val")
    assert (len(train), len(val)) == (23, 7)
    words = [{word for _, text in part.rows for word in text.split(" ") if len(word) > 1} for part in (train, val)]
    assert not words[0] & words[1]
    done = subprocess.run(["sha256sum", "--quiet", "-c", "files.sha256"], cwd=whole, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_with_training_alone_the_files_lie_in_the_folder(tmp_path: Path) -> None:
    assert render_set(plan(counts={"train": 3, "val": 0, "test": 0}), tmp_path / "set")
    assert len(FolderSet(tmp_path / "set")) == 3


def test_two_processes_write_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    assert render_set(plan(), tmp_path / "set", n_workers=2, tell=lambda n, total: told.append((n, total)))
    assert files(tmp_path / "set") == files(whole)
    assert told == sorted(told)
    assert told[-1] == (30, 30)


def test_shards_write_the_same_bytes_in_any_order_and_the_last_joins_them(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert [render_set(plan(), out, shard=f"{k}/3") for k in (2, 3, 1)] == [False, False, True]
    assert files(out) == files(whole)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_shards_of_machines_that_share_no_folder_are_copied_together(whole: Path, tmp_path: Path) -> None:
    for k in (1, 2):
        assert not render_set(plan(), tmp_path / f"machine{k}" / "set", shard=f"{k}/2")
    shutil.copytree(tmp_path / "machine2/set.part", tmp_path / "machine1/set.part", dirs_exist_ok=True)
    assert render_set(plan(), tmp_path / "machine1/set", shard="1/2")
    assert files(tmp_path / "machine1/set") == files(whole)


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_goes_on_after_a_stop(tmp_path: Path, name: str) -> None:
    """Stopped in the middle of a chunk, and again after the lists were made."""
    these = plan(format=name, counts={"train": 12, "val": 4, "test": 0})
    render_set(these, tmp_path / "whole")

    def stop_at(last: int):
        def tell(n: int, _: int) -> None:
            if n == last:
                raise KeyboardInterrupt

        return tell

    for last in (3, 7, 14):
        with pytest.raises(KeyboardInterrupt):
            render_set(these, tmp_path / "set", tell=stop_at(last))
        assert sorted(path.name for path in tmp_path.glob("set*")) == ["set.part", "set.part.locks"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("glyphgen.jobs.chunks.write_sums", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            render_set(these, tmp_path / "set")
    assert render_set(these, tmp_path / "set")
    assert files(tmp_path / "set") == files(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "whole"]


def test_a_stop_at_the_very_end_leaves_only_the_name_to_give(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("glyphgen.jobs.chunks._give_name", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            render_set(plan(), tmp_path / "set")
    shutil.rmtree(tmp_path / "set.part/unfinished/rows")  # as far as the rest had come
    rendered: list[int] = []
    assert render_set(plan(), tmp_path / "set", tell=lambda n, _: rendered.append(n))
    assert rendered == []
    assert files(tmp_path / "set") == files(whole)


def test_what_is_there_is_not_made_again_nor_mixed_with_other_settings(whole: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    assert render_set(plan(), whole)
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before
    with pytest.raises(DataError, match=r"of other settings: seed 7 rather than 8; choose another --out"):
        render_set(plan(seed=8), whole)
    assert not render_set(plan(), tmp_path / "set", shard="1/2")
    with pytest.raises(DataError, match=r"set\.part is of other settings: augment 'screenshot' rather than 'print'"):
        render_set(plan(augment="print"), tmp_path / "set")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").write_text("x")
    with pytest.raises(DataError, match="not empty"):
        render_set(plan(), tmp_path / "mine")
    assert (tmp_path / "mine/file").read_text() == "x"


def test_two_at_one_shard_do_not_meet(tmp_path: Path) -> None:
    met: list[str] = []

    def tell(n: int, _: int) -> None:
        for shard in ("1/2", "1/3"):
            if n == 3:
                with pytest.raises(DataError, match="another process renders into"):
                    render_set(plan(), tmp_path / "set", shard=shard)
                met.append(shard)

    assert not render_set(plan(), tmp_path / "set", shard="1/2", tell=tell)
    assert met == ["1/2", "1/3"]
    assert render_set(plan(), tmp_path / "set", shard="2/2")


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2"])
def test_a_shard_that_is_none_is_named(text: str) -> None:
    with pytest.raises(DataError, match="--shard"):
        shard_of(text)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": -1}, "--seed"),
        ({"per_file": 0}, "--per-file"),
        ({"counts": {"train": 0, "val": 0, "test": 0}}, "not all of them 0"),
        ({"unit": "page", "size_px": (20, 9000)}, "--size 20x9000"),
        ({"unit": "page", "masks": True}, "--masks"),
        ({"unit": "page", "format": "lmdb"}, "holds no pages"),
        ({"fonts": ("gone.ttf",)}, "gone.ttf cannot be read"),
        ({"hand": "stilus"}, "did you mean stylus"),
        (
            {"hand": "mouse", "fonts": ("a.ttf",)},
            "--hand mouse: a hand writes the strokes of a script; leave out --font",
        ),
        (
            {"hand": "mixed", "script": "digits"},
            "'digits' has no strokes; these have: gerudo",
        ),
        ({"script": "gone.toml"}, "no such script file: gone.toml"),
        ({"script": "hylain"}, "did you mean hylian"),
        ({"also": ("gerudo",)}, "--also gerudo: of pages only"),
        ({"unit": "page", "also": ("gerudo", "hylian")}, "--also hylian: it is there already"),
        ({"unit": "page", "also": ("gerudo", "gerudo")}, "--also gerudo: it is there already"),
        ({"unit": "page", "also": ("gerudu",)}, "did you mean gerudo"),
        ({"changes": ("page.depth_shar=0.5",)}, "did you mean page.depth_share"),
        ({"augment": "none", "lacking": ("blur",), "changes": ("blur.share=2",)}, "blur.share must be from 0 to 1"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(changed: dict, message: str) -> None:
    with pytest.raises((DataError, ScriptError), match=message):
        plan(**changed)


def test_more_chunks_than_a_list_can_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give a larger --per-file than 5"):
        render_set(plan(counts={"train": 10**12, "val": 0, "test": 0}), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_chunks_are_all_pictures_once() -> None:
    for per_file in (1, 4, 23, 100):
        these = plan(per_file=per_file)
        for split in ("train", "val"):
            own = [chunk for chunk in chunks_of(these) if chunk.split == split]
            assert [i for c in own for i in range(c.first, c.first + c.length)] == list(range(these.counts[split]))
            assert [c.number for c in own] == list(range(len(own)))


def test_a_worker_that_dies_is_told_and_the_rest_goes_on(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Folder.write

    def dies(self, numbered, folder, chunk, facts):
        if chunk == 2 and multiprocessing.parent_process():
            os.kill(os.getpid(), signal.SIGKILL)
        return write(self, numbered, folder, chunk, facts)

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "write", dies)
        patched.setattr("glyphgen.jobs.workers.CONTEXT", multiprocessing.get_context("fork"))  # it has the patch, too
        with pytest.raises(DataError, match="was killed, perhaps for want of memory"):
            render_set(plan(), tmp_path / "set", n_workers=2)
    assert render_set(plan(), tmp_path / "set", n_workers=2)
    assert files(tmp_path / "set") == files(whole)


_FILE_EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate"}


def died_at(k: int, these: Plan, out: Path) -> bool:
    """Render in a forked process that dies at its k-th operation on files of the set; return whether it did."""
    child = os.fork()
    if child == 0:
        n = 0

        def watch(event: str, arguments: tuple) -> None:
            nonlocal n
            if event in _FILE_EVENTS and str(out) in str(arguments[0]):
                n += 1
                if n == k:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            render_set(these, out)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    ("name", "step"),
    [("lmdb", 7)]
    + [pytest.param(name, 1, marks=pytest.mark.slow) for name in ("folder", "lmdb", "parquet", "webdataset")],
)
def test_a_death_at_any_operation_on_files_is_made_good(tmp_path: Path, name: str, step: int) -> None:
    """At each of them, or at every seventh."""
    these = plan(format=name, counts={"train": 3, "val": 1, "test": 0}, per_file=2, augment="none", n_faces=1)
    assert render_set(these, tmp_path / "whole")
    expected = files(tmp_path / "whole")
    k = 1
    while died_at(k, these, tmp_path / "set"):
        assert render_set(these, tmp_path / "set")
        assert files(tmp_path / "set") == expected, k
        assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "whole"], k
        shutil.rmtree(tmp_path / "set")
        k += step
    assert k > 25


def test_rows_that_were_lost_are_made_again(whole: Path, tmp_path: Path) -> None:
    """As a machine may leave them that lost its power."""
    assert not render_set(plan(), tmp_path / "set", shard="1/2")
    first, second = sorted((tmp_path / "set.part/unfinished/rows").iterdir())[:2]
    first.write_bytes(b"")
    second.write_bytes(second.read_bytes()[:-20])
    assert not render_set(plan(), tmp_path / "set", shard="1/2")
    assert render_set(plan(), tmp_path / "set", shard="2/2")
    assert files(tmp_path / "set") == files(whole)


def test_shards_that_end_together_make_one_set(whole: Path, tmp_path: Path) -> None:
    """Each in a process of its own, with what was left from other shards beside them."""
    assert not render_set(plan(), tmp_path / "set", shard="1/6")
    context = multiprocessing.get_context("fork")
    at_once = [context.Process(target=_renders_shard, args=(tmp_path / "set", f"{k}/3")) for k in (1, 2, 3, 1, 2)]
    for process in at_once:
        process.start()
    for process in at_once:
        process.join(60)
    codes = [process.exitcode for process in at_once]
    assert codes.count(0) >= 3
    assert set(codes) <= {0, 1}  # 1: another was at the same shard
    assert render_set(plan(), tmp_path / "set")  # those that were refused left something
    assert files(tmp_path / "set") == files(whole)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def _renders_shard(out: Path, shard: str) -> None:
    try:
        render_set(plan(), out, shard=shard)
    except DataError as error:
        raise SystemExit(1 if "another process renders" in str(error) else 2) from error


def test_pictures_that_were_lost_on_the_way_are_made_again(whole: Path, tmp_path: Path) -> None:
    """As after a copy that was not complete."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("glyphgen.jobs.chunks._joined", lambda *_: False)
        assert not render_set(plan(), tmp_path / "set")
    (tmp_path / "set.part/train/000003.png").unlink()
    (tmp_path / "set.part/val/000006.png").write_bytes(b"")
    for name in ("train/000003.png", "val/000006.png"):
        with pytest.raises(DataError, match=f"{name} is missing or empty; the same command makes it again"):
            render_set(plan(), tmp_path / "set")
    assert render_set(plan(), tmp_path / "set")
    assert files(tmp_path / "set") == files(whole)


def test_other_versions_do_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not render_set(plan(), tmp_path / "set", shard="1/2")
    monkeypatch.setattr("glyphgen.jobs.chunks.versions", lambda: {"numpy": "0.1"})
    with pytest.raises(
        DataError, match=r"begun with other versions, which may draw otherwise: numpy .* then, 0\.1 now"
    ):
        render_set(plan(), tmp_path / "set")


def test_a_set_that_was_given_its_name_too_early_is_named(tmp_path: Path) -> None:
    assert not render_set(plan(), tmp_path / "set", shard="1/2")
    (tmp_path / "set.part").rename(tmp_path / "set")
    with pytest.raises(DataError, match=r"is not complete; to go on with it, call it set\.part"):
        render_set(plan(), tmp_path / "set")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_that_are_not_forked_open_samples_by_themselves(
    tmp_path: Path, whole: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glyphgen.jobs.workers.CONTEXT", multiprocessing.get_context(method))
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as pictures:
        for k in range(3):
            pictures.writestr(f"{k}.png", png(np.full((30, 90, 3), 40 * k, np.uint8)))
    these = plan(backgrounds=str(tmp_path / "pictures.zip"), counts={"train": 8, "val": 0, "test": 0}, per_file=4)
    assert render_set(these, tmp_path / "one")
    assert render_set(these, tmp_path / "two", n_workers=2)
    assert files(tmp_path / "two") == files(tmp_path / "one")


def killed_and_continued(words: list[str], folder: Path, name: str, times: int) -> int:
    """Run a command until it is done, killed by what nobody can catch: each time at a random moment after it has
    written something. Return how often it was at work when that came.
    """
    command = [sys.executable, "-m", "glyphgen", *words, "--out", str(folder / name)]
    rng, n = random.Random(times), 0
    for _ in range(times):
        before = _written(folder, name)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and _written(folder, name) <= before:
                time.sleep(0.01)
            time.sleep(rng.uniform(0.0, 0.15))
            n += process.poll() is None and (folder / f"{name}.part").exists()
            try:
                children = psutil.Process(process.pid).children(recursive=True)
            except psutil.NoSuchProcess:  # it was done
                children = []
            process.kill()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "workers outlive the process that started them"
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return n


def _written(folder: Path, name: str) -> int:
    """How much there is of the rows of all chunks, done or not."""
    try:
        return sum(path.stat().st_size for path in (folder / f"{name}.part/unfinished/rows").glob("*"))
    except OSError:
        return 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["folder", "lmdb"])
def test_five_thousand_killed_twenty_times_are_the_same_bytes(tmp_path: Path, name: str) -> None:
    words = ["render", "--count", "5000", "--seed", "7", "--per-file", "20", "--format", name]
    for n_workers in ("1", "2"):
        assert main([*words, "--workers", n_workers, "--out", str(tmp_path / n_workers)]) == 0
    for k in (1, 2, 3):
        assert main([*words, "--shard", f"{k}/3", "--out", str(tmp_path / "shards")]) == 0
    assert killed_and_continued([*words, "--workers", "2"], tmp_path, "killed", 20) == 20
    expected = files(tmp_path / "1")
    for other in ("2", "shards", "killed"):
        assert files(tmp_path / other) == expected, other
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "killed", "shards"]


def test_a_killed_command_leaves_no_process_and_goes_on(tmp_path: Path) -> None:
    words = ["render", "--count", "120", "--per-file", "10", "--n-faces", "1", "--workers", "2"]
    assert main([*words, "--out", str(tmp_path / "whole")]) == 0
    assert killed_and_continued(words, tmp_path, "killed", 1) == 1
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed", "whole"]


@pytest.mark.slow
def test_two_hundred_thousand_lines_take_little_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "glyphgen", "render", "--count", "200000", "--augment", "none", "--workers", "2"]
    command += ["--format", "lmdb", "--out", str(tmp_path / "set")]
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
                try:
                    full = one.memory_full_info()
                    most = max(most, full.uss)  # the pages of the database that the system keeps are not its own
                except psutil.Error:
                    continue
            time.sleep(0.2)
    assert process.returncode == 0
    assert 0 < most <= 400e6
