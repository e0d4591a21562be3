"""One run of wandb for one command; and where it logs to: found as wandb finds it, without asking anyone."""

import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import wandb
from wandb.proto.wandb_internal_pb2 import Record

from experiments.job import Run, SettingError
from experiments.report.tracking import _weights_before, finish_tracker, open_tracker
from recognizers.released import WEIGHTS_DIR

ROOT = Path(__file__).parents[3]
KEY = "0123456789" * 4
OWN, CLOUD = "https://wandb.example.org", "https://api.wandb.ai"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What wandb.init is called with, on a machine of which wandb knows nothing yet."""
    for name in ("WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_MODE", "WANDB_IDENTITY_TOKEN_FILE", "WANDB_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {}

    def init(**settings: Any) -> Any:
        given.update(settings)
        return SimpleNamespace(id="abc")

    monkeypatch.setattr(wandb, "init", init)
    wandb.teardown()
    yield given
    wandb.teardown()


def make_run(folder: Path) -> Run:
    settings = {
        "logger": {"wandb": {"project": "glyphs", "artifacts": True}, "tensorboard": False},
        "model": {"architecture": "crnn"},
        "data": {"name": "hylian_synth", "kind": "synthetic"},
        "stage": {},
        "stages": ["evaluate"],
        "paths": {"data": "none"},
    }
    return Run(settings, folder)


def logged_in(host: str, folder: Path) -> None:
    (folder / "netrc").write_text(f"machine {host.removeprefix('https://')}\n  login user\n  password {KEY}\n")
    (folder / "netrc").chmod(0o600)


@pytest.mark.parametrize(
    ("server", "login", "is_offline"), [(OWN, OWN, False), (None, CLOUD, False), (OWN, CLOUD, True), (None, OWN, True)]
)
def test_the_login_of_the_server_that_is_used_counts(
    tmp_path: Path,
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: str | None,
    login: str,
    is_offline: bool,
) -> None:
    logged_in(login, tmp_path)
    if server:
        monkeypatch.setenv("WANDB_BASE_URL", server)
    open_tracker(make_run(tmp_path))
    assert asked["mode"] == ("offline" if is_offline else None)
    said = capsys.readouterr().err
    assert ("no login for " + (server or "https") in said) == is_offline


def test_a_server_of_wandbs_settings_file_is_found(tmp_path: Path, asked: dict[str, Any]) -> None:
    logged_in(OWN, tmp_path)
    (tmp_path / "settings").write_text(f"[default]\nbase_url = {OWN}\n")
    open_tracker(make_run(tmp_path))
    assert asked["mode"] is None


def test_a_key_of_the_environment_counts_and_a_mode_that_was_set_stays(
    tmp_path: Path, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    open_tracker(make_run(tmp_path))
    assert asked["mode"] is None
    assert capsys.readouterr().err == ""
    monkeypatch.delenv("WANDB_MODE")
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    wandb.teardown()
    open_tracker(make_run(tmp_path))
    assert asked["mode"] is None


def test_a_key_that_is_none_is_named(tmp_path: Path, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "short")
    with pytest.raises(SettingError, match="WANDB_API_KEY"):
        open_tracker(make_run(tmp_path))


def test_weights_that_were_chosen_are_those_it_started_from(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    run.settings["weights"], run.weights = None, "crnn_hylian"
    found = _weights_before(run)
    assert found is not None
    assert found == ("crnn_hylian", WEIGHTS_DIR / "crnn_hylian.safetensors")


def records(folder: Path) -> list[Any]:
    """What a run that was offline will send."""
    (path,) = folder.glob("wandb/offline-run-*/*.wandb")
    return records_of(path)


def records_of(path: Path) -> list[Any]:
    """The records of a file of wandb, which is a log as LevelDB writes it."""
    data, at, whole, found = path.read_bytes(), 7, b"", []
    while at < len(data):
        left = 32_768 - at % 32_768
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = Record()
            record.ParseFromString(whole)
            found.append(record)
            whole = b""
    return found


def values(items: Any) -> dict[str, Any]:
    return {"|".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}


def test_one_command_is_one_run_with_all_that_people_compare(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["logger=[wandb,tensorboard]", "trainer=smoke", "stages=[adapt,evaluate]", "weights=crnn_hylian", "seed=7"]
    command = [sys.executable, str(ROOT / "experiments/run.py"), *words, f"hydra.run.dir={out}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, env=without_login(tmp_path))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "offline" in done.stderr
    assert "wandb sync" in done.stdout
    found = records(out)  # which are of one run

    (run,) = [record.run for record in found if record.HasField("run")]
    assert (run.display_name, run.run_group, run.job_type) == ("run", "crnn-hylian_synth", "train")
    assert list(run.tags) == ["crnn", "hylian_synth", "hylian"]
    config = values(run.config.update)
    assert (config["seed"], config["stage.adapt.freeze_trunk"]) == (7, False)
    assert config["trainer.limit.max_steps"] == 6
    assert config["data.name"] == "hylian_synth"
    assert not any(name.startswith("stage.pretrain") for name in config)
    assert json.loads((out / "wandb.json").read_text())["id"] == run.run_id

    axes = {m.metric.glob_name: m.metric.step_metric for m in found if m.HasField("metric") and m.metric.glob_name}
    assert axes == {"adapt/*": "adapt/step", "evaluate/*": "evaluate/step"}
    history: dict[str, list[Any]] = {}
    for record in found:
        if record.HasField("history"):
            row = values(record.history.item)
            for name in row:
                history.setdefault(name, []).append(row.get("adapt/step"))
    assert history["adapt/val/cer"] == [2, 5]  # after the third and the sixth step, which Lightning counts from 0
    assert "evaluate/test/synthetic/grapheme_cer" in history

    summary: dict[str, Any] = {}
    for record in found:
        if record.HasField("summary"):
            summary |= values(record.summary.update)
    figures = json.loads((out / "results.json").read_text())["evaluate"]["synthetic"]
    assert summary["evaluate/synthetic/grapheme_cer"] == figures["grapheme_cer"]
    assert set(summary["adapt/val/cer"]) == {"min"}
    for picture in ("adapt/samples", "evaluate/samples/synthetic", "evaluate/reliability/synthetic"):
        assert summary[f"{picture}|_type"] == "images/separated"
    for table in ("evaluate/worst/synthetic", "evaluate/confusions/synthetic"):
        assert summary[f"{table}|_type"] == "table-file"
    (shown,) = (out / "wandb").glob("offline-run-*/files/media/table/evaluate/worst/*.json")
    worst = json.loads(shown.read_text())
    assert worst["columns"][:4] == ["picture", "file", "truth", "read"]
    artifacts = {record.artifact.name: record.artifact for record in found if record.HasField("artifact")}
    (table,) = [one for name, one in artifacts.items() if one.type == "run_table" and "worst" in name]
    assert sum(entry.path.endswith(".png") for entry in table.manifest.contents) == len(worst["data"])
    assert {name: a.use_after_commit for name, a in artifacts.items() if a.type != "run_table"} == {
        "crnn_hylian": True,  # the weights that it started from
        "hylian_synth": True,
        "crnn-hylian": False,
        "report-run": False,
    }
    recipe = artifacts["hylian_synth"]
    assert json.loads(recipe.metadata)["sha256"] == json.loads(artifacts["crnn-hylian"].metadata)["recipe"]
    assert {"report.md", "results.json"} <= {entry.path for entry in artifacts["report-run"].manifest.contents}
    (end,) = [record.exit.exit_code for record in found if record.HasField("exit")]
    assert end == 0
    assert list(out.glob("tensorboard/events*"))  # the table of hyperparameters


def without_login(folder: Path) -> dict[str, str]:
    """The environment of a machine of which wandb knows nothing yet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    return {**kept, "WANDB_CONFIG_DIR": str(folder), "NETRC": str(folder / "netrc")}


def test_a_run_that_goes_on_is_the_same_run(tmp_path: Path, asked: dict[str, Any]) -> None:
    first = make_run(tmp_path / "first")
    first.folder.mkdir()
    open_tracker(first)
    assert asked["id"] is None
    second = make_run(tmp_path / "second")
    second.folder.mkdir()
    second.settings |= {"stages": ["adapt"], "stage": {"adapt": {"resume": str(first.folder / "adapt/last.ckpt")}}}
    open_tracker(second)
    assert (asked["id"], asked["resume"], asked["job_type"]) == ("abc", "allow", "train")


def test_runs_of_a_sweep_are_one_group(tmp_path: Path, asked: dict[str, Any]) -> None:
    (tmp_path / "sweep/0").mkdir(parents=True)
    (tmp_path / "sweep/multirun.yaml").touch()
    open_tracker(make_run(tmp_path / "sweep/0"))
    assert (asked["name"], asked["group"], asked["job_type"]) == ("sweep-0", "sweep", "sweep")


def test_a_run_that_fails_ends_as_one_that_failed(tmp_path: Path) -> None:
    run, ends = make_run(tmp_path), []
    run.tracker = SimpleNamespace(finish=lambda exit_code: ends.append(exit_code))
    finish_tracker(run)
    finish_tracker(run)  # once
    assert ends == [1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_run_that_was_killed_goes_on_in_its_run_of_wandb(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["logger=wandb", "stages=[adapt]", "weights=crnn_hylian", "trainer.n_threads=1"]
    words.append("trainer.limit={max_steps: 60, batch_size: 2, val_every: 3, n_val: 2, n_faces: 2}")
    command = [sys.executable, str(ROOT / "experiments/run.py"), *words]
    environment = without_login(tmp_path)
    with subprocess.Popen(
        [*command, f"hydra.run.dir={out}"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment,
    ) as process:
        for _ in range(2400):
            if (out / "adapt/last.ckpt").is_file() or process.poll() is not None:
                break
            time.sleep(0.05)
        process.kill()
    assert not (out / "bundle.safetensors").exists()
    done = subprocess.run(
        [*command, f"resume={out}"], cwd=ROOT, capture_output=True, text=True, timeout=280, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    files = sorted((out / "wandb").glob("offline-run-*/run-*.wandb"))
    assert len(files) == 2, "one for each process, which wandb joins when they are synced"
    ids = [path.stem.removeprefix("run-") for path in files]
    assert set(ids) == {json.loads((out / "wandb.json").read_text())["id"]}
    runs = [record.run for record in records_of(files[1]) if record.HasField("run")]
    assert runs[0].run_id == ids[0]
    rows = [values(record.history.item) for record in records_of(files[1]) if record.HasField("history")]
    steps = [row["adapt/step"] for row in rows if "adapt/val/cer" in row]
    last = torch.load(out / "adapt/last.ckpt", weights_only=True)["global_step"]
    assert 2 < min(steps) < max(steps) == last - 1, "it went on after the checkpoint, to the end"
