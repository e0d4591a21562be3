"""Runs that are killed go on where they were, and end as if nothing had happened."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from safetensors.numpy import load_file

from experiments.job import SettingError
from experiments.unfinished import (
    BusyError,
    Progress,
    differences,
    is_within,
    let_go,
    locked,
    read_progress,
    run_to_go_on,
)
from tests.experiments.conftest import RunHere

ROOT = Path(__file__).parents[2]
SMALL = [
    "stages=[adapt,evaluate]",
    "weights=crnn_mnist_lines",
    "trainer.n_threads=1",
    "trainer.limit={max_steps: 12, batch_size: 4, val_every: 3, n_val: 8, count: 12, n_faces: 4, n_pages: 2}",
]


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, str(ROOT / "experiments/run.py"), *SMALL, f"paths.runs={folder}", *words]


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(folder, *words), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finish(folder: Path, *words: str) -> str:
    """Run to the end; return what is said."""
    done = subprocess.run(command(folder, *words), cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr


def only(folder: Path) -> Path:
    (run,) = (path for path in folder.iterdir() if path.is_dir())
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole")
    finish(folder)
    return only(folder)


def assert_bit_equal(one: Path, other: Path) -> None:
    """The weights of two files are the same numbers: both were made on this machine, with as many threads."""
    weights = load_file(one), load_file(other)
    assert weights[0].keys() == weights[1].keys()
    assert all(np.array_equal(array, weights[1][name]) for name, array in weights[0].items())


def assert_same(run: Path, whole: Path) -> None:
    """Weights, figures and the rows of the curves are those of the run that nobody stopped."""
    assert_bit_equal(run / "bundle.safetensors", whole / "bundle.safetensors")
    a, b = (json.loads((folder / "results.json").read_text()) for folder in (run, whole))
    for results in (a, b):
        for name in ("seconds", "samples_per_s", "waiting_share"):
            results["adapt"].pop(name, None)  # a run that was stopped just before the end says nothing of its speed
    assert a == b
    rows = [(folder / "adapt/metrics.csv").read_text().splitlines() for folder in (run, whole)]
    assert rows[0][0] == rows[1][0]
    assert sorted(rows[0][1:]) == sorted(rows[1][1:])
    assert json.loads((run / "progress.json").read_text())["finished"] is True
    assert not list(run.glob("progress-*.safetensors"))


def wait_for(process: subprocess.Popen[str], is_there: Callable[[], bool]) -> None:
    """Wait until a run has come so far, or has ended."""
    for _ in range(2400):
        if is_there() or process.poll() is not None:
            return
        time.sleep(0.05)


def has(folder: Path, file: str) -> Callable[[], bool]:
    return lambda: any(folder.glob(f"*/{file}"))


def has_done(folder: Path, stage: str) -> Callable[[], bool]:
    return lambda: any(stage in json.loads(path.read_text())["done"] for path in folder.glob("*/progress.json"))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_run_that_was_killed_ends_as_if_nothing_had_happened(whole: Path, tmp_path: Path, run_here: RunHere) -> None:
    process = start(tmp_path)
    wait_for(process, has(tmp_path, "adapt/last.ckpt"))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    run = only(tmp_path)
    assert not (run / "bundle.safetensors").exists()
    said = finish(tmp_path, "resume=auto", "trainer.n_workers=0")
    assert f"goes on with {run}" in said
    assert only(tmp_path) == run
    assert_same(run, whole)
    done = run_here(*SMALL, f"paths.runs={tmp_path}", f"resume={run}")
    assert done.returncode == 2
    assert "is finished" in done.stderr
    done = run_here(*SMALL, f"paths.runs={tmp_path}", "resume=auto")
    assert done.returncode == 0
    assert "no unfinished run with these settings" in done.stderr
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_between_stages_what_is_done_stays(whole: Path, tmp_path: Path) -> None:
    process = start(tmp_path)
    wait_for(process, has_done(tmp_path, "adapt"))
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    run = only(tmp_path)
    is_finished = read_progress(run).is_finished  # before it was told to stop
    assert is_finished or f"go on with the same command and resume={run}" in said
    if not is_finished:
        assert "adapt: done before" in finish(tmp_path, f"resume={run}")
    assert_same(run, whole)


def test_other_settings_are_named_and_refused(whole: Path, tmp_path: Path, run_here: RunHere) -> None:
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    (run / "progress.json").unlink()
    (run / "report.md").unlink()
    for words, named in (
        (["seed=1"], "seed=0, not 1"),
        (["stage.adapt.ema=0.9"], "stage.adapt.ema=0.0, not 0.9"),
        (["augment.blur.share=0.77"], "augment.blur.share="),
        (["model.arguments.dropout=0.2"], "model.arguments.dropout=0.1, not 0.2"),
        (["trainer.precision=bf16-mixed"], "trainer.precision=auto, not bf16-mixed"),
    ):
        done = run_here(*SMALL, f"paths.runs={tmp_path}", *words, f"resume={run}")
        assert done.returncode == 2
        assert named in done.stderr
        assert "resume_with=[" in done.stderr
    done = run_here(*SMALL, f"paths.runs={tmp_path}", f"resume={tmp_path}")
    assert "no run folder" in done.stderr
    lock = locked(run)  # of this process
    done = subprocess.run(command(tmp_path, f"resume={run}"), cwd=ROOT, capture_output=True, text=True, timeout=120)
    lock.release()
    assert done.returncode == 2
    assert "another process is at work on this run" in done.stderr


def test_settings_that_differ() -> None:
    before = {"seed": 0, "stage": {"adapt": {"ema": 0.0}}, "paths": {"runs": "a"}, "trainer": {"n_workers": 0}}
    now = {"seed": 1, "stage": {"adapt": {"ema": 0.0, "n": 2}}, "paths": {"runs": "b"}, "trainer": {"n_workers": 3}}
    assert differences(before, now) == {"seed": (0, 1), "stage.adapt.n": (None, 2)}
    assert differences(before, {**before, "resume": "auto", "resume_with": ["seed"]}) == {}
    assert is_within("stage.adapt.n", ["stage.adapt"])
    assert not is_within("stage.adaptive", ["stage.adapt"])


def test_how_far_a_run_came_is_kept(tmp_path: Path) -> None:
    assert read_progress(tmp_path).done == []
    progress = Progress(tmp_path, ["pretrain"], {"pretrain": {"steps": 3}})
    for k in (1, 2):
        (tmp_path / f"progress-{k}.safetensors").touch()
    progress.write()
    assert [path.name for path in tmp_path.glob("progress-*.safetensors")] == ["progress-1.safetensors"]
    assert read_progress(tmp_path) == progress
    (tmp_path / "progress.json").write_text('{"done": ')
    with pytest.raises(SettingError, match="damaged"):
        read_progress(tmp_path)


def test_a_run_that_goes_on_with_other_code_says_so_and_keeps_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    for code in ("aaa", "aaa", "bbb"):
        monkeypatch.setattr("experiments.unfinished.commit", lambda code=code: code)
        read_progress(tmp_path).begin(said.append)
    assert read_progress(tmp_path).commits == ["aaa", "bbb"]
    (text,) = said
    assert text.startswith("begun at commit aaa, goes on at bbb")


def config_of(folder: Path, *overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", [f"paths.runs={folder}/runs", *overrides])


def left(folder: Path, *overrides: str) -> Path:
    """A run that did not come to its end."""
    folder.mkdir(parents=True)
    OmegaConf.save(config_of(folder.parent.parent, *overrides), folder / "config.yaml")
    Progress(folder, []).write()
    return folder


def test_what_another_process_goes_on_with_is_left_alone(tmp_path: Path) -> None:
    old, new = left(tmp_path / "runs/old"), left(tmp_path / "runs/new")
    os.utime(old / "config.yaml", (0, 0))
    with locked(new):  # as another process has it, which was as fast
        assert run_to_go_on(config_of(tmp_path, "resume=auto")) == old
        with pytest.raises(BusyError, match="another process is at work"):
            run_to_go_on(config_of(tmp_path, f"resume={new}"))
    let_go(old)
    assert run_to_go_on(config_of(tmp_path, "resume=auto")) == new
    let_go(new)


def test_a_folder_that_was_named_for_the_run_is_looked_in_first(tmp_path: Path) -> None:
    left(tmp_path / "runs/below")
    elsewhere = left(tmp_path / "else/where")
    assert run_to_go_on(config_of(tmp_path, "resume=auto"), elsewhere) == elsewhere
    let_go(elsewhere)
    assert run_to_go_on(config_of(tmp_path, "resume=auto", "seed=9"), elsewhere) is None


def test_what_is_let_differ_must_be_a_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"resume_with: sede is no setting; did you mean seed"):
        run_to_go_on(config_of(tmp_path, "resume=auto", "resume_with=[sede]"))
    left(tmp_path / "runs/a")
    found = run_to_go_on(config_of(tmp_path, "resume=auto", "seed=3", "resume_with=[trainer,seed]"))
    assert found == tmp_path / "runs/a"
    let_go(found)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    lock = locked(tmp_path)
    with pytest.raises(SettingError, match="another process"):
        locked(tmp_path)
    lock.release()
    locked(tmp_path).release()


def finished_in(folder: Path) -> list[Path]:
    marks = [path for path in folder.glob("*/progress.json") if json.loads(path.read_text())["finished"]]
    return [path.parent for path in marks]


@contextmanager
def other_file_system(folder: Path) -> Iterator[Path | None]:
    """A folder on another file system than `folder`; None where this machine offers none."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == folder.stat().st_dev:
        yield None
        return
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)


def wait_for_checkpoint_part(process: subprocess.Popen[str], folder: Path) -> bool:
    """Wait until a checkpoint is being written; False where it is too late for that."""
    for _ in range(60_000):
        if any(folder.glob("*/adapt/.*.ckpt.*.part")):
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.001)
    return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_at_twenty_random_moments(whole: Path, tmp_path: Path) -> None:
    rng, began = random.Random(0), time.monotonic()
    finish(tmp_path / "timed")
    takes, met = time.monotonic() - began, []
    with other_file_system(tmp_path) as elsewhere:
        for k in range(20):
            # runs on another file system than that of temporary files: what is moved there is copied, which takes time
            folder = (elsewhere if k % 3 == 0 and elsewhere else tmp_path) / str(k)
            folder.mkdir()
            workers = f"trainer.n_workers={k % 2}"
            for _ in range(2):
                process = start(folder, "resume=auto", workers)
                if k % 5 == 0:
                    met += [folder.parent] if wait_for_checkpoint_part(process, folder) else []
                else:
                    time.sleep(rng.uniform(0.2, 0.95) * takes)
                process.send_signal(signal.SIGKILL if k % 4 < 2 else signal.SIGTERM)
                process.communicate(timeout=60)
            if not finished_in(folder):
                finish(folder, "resume=auto", workers)
            ended = finished_in(folder)  # two where the first ended before it was told to, and a new one was begun
            assert ended
            for run in ended:
                assert_same(run, whole)
        assert tmp_path in met, "no kill met a checkpoint that was being written"
        assert elsewhere is None or elsewhere in met, "nor one on another file system"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_stage_that_begins_anew_ends_as_if_it_had_not_been_killed(tmp_path: Path) -> None:
    crops = tmp_path / "crops"
    crops.mkdir()
    rng = np.random.default_rng(0)
    for k in range(6):
        cv2.imwrite(str(crops / f"{k}.png"), rng.integers(0, 255, (30 + k, 90 + 60 * k, 3), dtype=np.uint8))
    words = ("stages=[refine]", "weights=null", f"stage.refine.crops={crops}", "trainer.limit={max_steps: 60}")
    finish(tmp_path / "whole", *words)
    process = start(tmp_path / "killed", *words)
    wait_for(process, has(tmp_path / "killed", "refine/metrics.csv"))
    process.kill()
    process.communicate(timeout=60)
    assert not list((tmp_path / "killed").glob("*/report.md")), "it was killed too late to show anything"
    finish(tmp_path / "killed", "resume=auto", *words)
    one, other = (only(tmp_path / name) / "refine" for name in ("whole", "killed"))
    assert_bit_equal(one / "refiner.safetensors", other / "refiner.safetensors")
    assert (one / "metrics.csv").read_text() == (other / "metrics.csv").read_text()
    assert (one / "before_after.png").read_bytes() == (other / "before_after.png").read_bytes()
