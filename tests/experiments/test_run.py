"""The main job as a person starts it: another process, real files."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from glyphgen.drawing import Drawing
from glyphgen.sample import Sample, write_folder

ROOT = Path(__file__).parent.parent.parent
CONF = ROOT / "conf"


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "experiments/run.py"), *arguments], cwd=cwd, capture_output=True, text=True, timeout=280
    )


@pytest.mark.parametrize("path", sorted(p.relative_to(CONF).as_posix() for p in CONF.rglob("*.yaml") if p.name != "config.yaml"))
def test_every_yaml_composes_and_is_short(path: str) -> None:
    group, name = path.removesuffix(".yaml").rsplit("/", 1)
    override = [] if group == "stage" else [f"{group}={name}"]
    if name == "hylian_crops":
        override.append("data.root=somewhere")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", override)
    OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    assert len((CONF / path).read_text().splitlines()) <= 20


def test_models_mirror_modules() -> None:
    for path in (CONF / "model").glob("*.yaml"):
        assert (ROOT / "recognizers" / path.name).with_suffix(".py").is_file()


@pytest.mark.parametrize("model", ["crnn", "cnn"])
def test_the_main_job_leaves_everything_it_promises(tmp_path: Path, model: str) -> None:
    out = tmp_path / "run"
    done = run("trainer=smoke", f"model={model}", "data=hylian_synth", f"hydra.run.dir={out}", "logger=tensorboard")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "pretrain: skipped, the released weights" in done.stderr
    assert "grapheme" in done.stdout
    results = json.loads((out / "results.json").read_text())
    assert results["evaluate"]["synthetic"]["n"] == 12
    for name in ("config.yaml", "bundle.safetensors", "report.md", "adapt/metrics.csv", "evaluate/synthetic/report.md",
                 "evaluate/synthetic/samples.png", "evaluate/synthetic/worst.png", "evaluate/synthetic/confusion.png"):  # fmt: skip
        assert (out / name).stat().st_size > 0, name
    assert list((out / "adapt/tensorboard").glob("events*"))


def test_wandb_works_offline_without_a_key(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run("trainer=smoke", "logger=wandb", "stages=[adapt,evaluate]", f"hydra.run.dir={out}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "offline" in done.stderr
    assert len(list((out / "wandb").glob("offline-run-*"))) == 2


def test_render_and_benchmark_without_training(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run(
        "trainer=smoke", "stages=[render,benchmark]", "stage.benchmark.count=40", "stage.benchmark.train_steps=1", f"hydra.run.dir={out}"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list((out / "render/data").glob("*.png"))) == 12
    assert (out / "render/sheet.png").is_file()
    figures = json.loads((out / "results.json").read_text())["benchmark"]
    assert {"rendered, augment=none, 1 process", "rendered, augment=screenshot, 1 process", "read, batch 32, 2 threads"} <= set(figures)
    assert all(v > 0 for v in figures.values())


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    bundles = []
    for k in range(2):
        out = tmp_path / str(k)
        done = run("trainer=smoke", "stages=[adapt]", f"hydra.run.dir={out}", f"trainer.n_workers={k}")
        assert done.returncode == 0, done.stderr[-2000:]
        from recognizers.bundle import load

        bundles.append(load(out / "bundle.safetensors").state_dict())
    assert all((bundles[0][k] == bundles[1][k]).all() for k in bundles[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stage.adapt.max_stepz=3"], "max_stepz"),
        (["stages=[adapt,dance]"], "dance"),
        (["stages=[]"], "stages is empty"),
        (["stage.adapt.max_steps=-1", "stages=[adapt]"], "stage.adapt.max_steps"),
        (["trainer.n_threads=many"], "trainer.n_threads"),
        (["model.arguments.channels=[1,2]"], "channels"),
        (["data=hylian_crops"], "data.root"),
        (["data=hylian_crops", "data.root=/nowhere", "stages=[evaluate]"], "/nowhere"),
        (["data=hylian_crops", "data.root=conf", "stages=[evaluate]"], "labels.tsv"),
        (["weights=nope"], "nope"),
        (["weights=cnn_hylian"], "cnn"),
        (["data.font=/nowhere.ttf", "stages=[adapt]"], "/nowhere.ttf"),
        (["data.script=klingon"], "klingon"),
        (["stages=[evaluate]", "weights=crnn_mnist_lines"], "digits"),
        (["augment=rain"], "rain"),
        (["stage.adapt.resume=/none.ckpt", "stages=[adapt]"], "stage.adapt.resume"),
    ],
)
def test_wrong_settings_end_with_a_message_and_code_2(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments, f"hydra.run.dir={tmp_path / 'run'}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_pictures_is_evaluated_through_read_batch(tmp_path: Path) -> None:
    image = np.full((40, 160, 3), 255, np.uint8)
    write_folder([Sample(image, "LINK"), Sample(image, "GOAL")], tmp_path / "set")
    done = run("stages=[evaluate]", "data=hylian_crops", f"data.root={tmp_path / 'set'}", f"hydra.run.dir={tmp_path / 'run'}")
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads((tmp_path / "run/results.json").read_text())["evaluate"]["set"]
    assert results["n"] == 2
    assert results["grapheme_cer"] > 0.5
    truths = (tmp_path / "run/evaluate/set/readings.tsv").read_text()
    assert "DOAL" in truths  # canonical letters


def test_a_run_that_starts_from_weights_does_not_pretrain(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run("trainer=smoke", "weights=crnn_hylian", "stages=[pretrain,evaluate]", f"hydra.run.dir={out}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "starts from weights=crnn_hylian" in done.stderr
    assert json.loads((out / "results.json").read_text())["evaluate"]["synthetic"]["grapheme_cer"] < 0.3


@pytest.mark.slow
def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, hylian: Drawing) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    common = ["trainer=smoke", "stages=[adapt]"]
    assert run(*common, f"hydra.run.dir={first}").returncode == 0
    done = run(*common, "trainer.limit.max_steps=12", f"stage.adapt.resume={first}/adapt/last.ckpt", f"hydra.run.dir={second}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads((second / "results.json").read_text())["adapt"]["steps"] == 12
