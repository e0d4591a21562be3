"""What the app starts ends with it: told to end, killed, or done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from app import children, trainer_process
from app.children import end, started, told_to_end
from experiments import parent

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

# a training that says who it is and goes on for a while, with one that it started itself
RUNNER = """
import os, subprocess, sys, time
from pathlib import Path
from experiments.parent import end_with_parent
end_with_parent()
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
Path({pids!r} + ".part").write_text(f"{{os.getpid()}} {{inner.pid}}")
os.rename({pids!r} + ".part", {pids!r})
time.sleep(120)
"""


def wait_for(path: Path) -> list[int]:
    for _ in range(600):
        if path.is_file():
            return [int(pid) for pid in path.read_text().split()]
        time.sleep(0.1)
    raise AssertionError(f"no {path}")


def are_gone(pids: list[int], within_s: float = 30.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    path = tmp_path / "training.py"
    path.write_text(RUNNER.format(pids=str(tmp_path / "pids")))
    return path


def teaching(runner: Path, tmp_path: Path) -> "subprocess.Popen[str]":
    code = f"""
import sys
from pathlib import Path
import app.trainer_process
app.trainer_process.training_command = lambda overrides: [sys.executable, {str(runner)!r}]
from app.__main__ import main
sys.exit(main(["teach", {str(tmp_path)!r}, "--out", {str(tmp_path / "out.safetensors")!r}]))
"""
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_teach_that_is_told_to_end_ends_its_training(tmp_path: Path, runner: Path, number: int, code: int) -> None:
    with teaching(runner, tmp_path) as process:
        pids = wait_for(tmp_path / "pids")
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == code, said
    assert said == "stopped\n"
    assert are_gone(pids)
    assert not list((tmp_path / "tmp").glob("teach-*")), "its folder is gone too"


def test_teach_that_is_killed_takes_its_training_with_it(tmp_path: Path, runner: Path) -> None:
    with teaching(runner, tmp_path) as process:
        pids = wait_for(tmp_path / "pids")
        process.kill()
        process.wait(60)
        assert process.stderr is not None
        process.stderr.close()
    assert are_gone(pids[:1])
    for pid in pids[1:]:  # the group of what was killed is nobody's; trainings end their own workers
        os.kill(pid, signal.SIGKILL)


def test_a_child_that_does_not_listen_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.children._GRACE_S", 0.3)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(120)"
    )
    with started([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
    assert process.returncode == -signal.SIGKILL


def test_a_child_ends_when_the_block_fails_and_signals_are_as_they_were() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyError), started([sys.executable, "-c", "import time; time.sleep(120)"]) as process:
        raise KeyError
    assert process.returncode == -signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before


FAILING_WORKER = """
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("started", flush=True)
try:
    while worker.poll() is None:  # as a data loader watches its workers
        time.sleep(0.02)
    raise RuntimeError("a worker is gone")
finally:
    worker.kill()
"""


def test_what_a_child_has_started_is_not_ended_before_it() -> None:
    """A training whose workers end first fails with their traceback; asked alone it ends in silence."""
    with started([sys.executable, "-c", FAILING_WORKER], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"started\n"
        end(process)
        assert b"a worker is gone" not in process.stderr.read()


def test_a_second_signal_does_not_interrupt_the_clearing_away() -> None:
    steps = []

    def cleared() -> None:
        with told_to_end():
            try:
                with told_to_end():
                    os.kill(os.getpid(), signal.SIGTERM)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                steps.append("cleared away")

    with pytest.raises(SystemExit) as raised:
        cleared()
    assert (raised.value.code, steps) == (143, ["cleared away"])


def test_both_ends_know_the_settings_by_one_name() -> None:
    assert children.ENDS_WITH_STDIN == parent.ENDS_WITH_STDIN
    assert trainer_process.PROGRESS == parent.PROGRESS
