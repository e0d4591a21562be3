"""The main job as a person starts it: real files, and another process where that is what counts (`run`); `run_here`
does the same in this one.
"""

import json
import os
import runpy
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf
from PIL import Image

from experiments.checks import check_episodes
from experiments.job import Run, SettingError
from experiments.settings import validated
from glyphgen.faces.sources import DrawnSource
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.sample import Sample
from glyphgen.shapes.font_file import build_font
from glyphgen.shapes.pen import Drawing, load_drawing
from recognizers.bundle_file import read_header
from tests.conftest import alike
from tests.experiments.conftest import RunHere
from tests.stored import write_folder

ROOT = Path(__file__).parent.parent.parent
CONF = ROOT / "conf"


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "experiments/run.py"), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.mark.parametrize(
    "path", sorted(p.relative_to(CONF).as_posix() for p in CONF.rglob("*.yaml") if p.name != "config.yaml")
)
def test_every_yaml_composes_and_is_short(path: str) -> None:
    group, name = path.removesuffix(".yaml").rsplit("/", 1)
    if name == "ray_cluster" and find_spec("hydra_plugins.hydra_ray_launcher") is None:
        pytest.skip("the extra [ray] is not installed: it has an environment of its own")
    override = [] if group == "stage" else [f"{group}={name}"]
    if name in ("hylian_crops", "glyph_files"):
        override.append("data.root=somewhere")
    if name == "drawings":
        override.append("data.glyphs=somewhere")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", override)
    validated(OmegaConf.to_container(config, resolve=True, throw_on_missing=True))
    if group != "augment":  # which hold every number of a picture
        assert len((CONF / path).read_text().splitlines()) <= (32 if group == "experiment" else 20)


def test_episodes_that_are_none_are_refused(tmp_path: Path) -> None:
    settings = {
        "stages": ["adapt"],
        "data": {"n_way": 5, "n_each": 2},
        "model": {"arguments": {"k_shot": 1}},
        "trainer": {"limit": None},
        "stage": {"adapt": {"batch_size": 10, "n_val": 40}},
    }
    check_episodes(Run(settings, tmp_path))
    for key, value in (("batch_size", 12), ("n_val", 45)):
        other = {**settings, "stage": {"adapt": {**settings["stage"]["adapt"], key: value}}}
        with pytest.raises(SettingError, match="episodes"):
            check_episodes(Run(other, tmp_path))
    with pytest.raises(SettingError, match=r"data\.n_each above 2"):
        check_episodes(Run({**settings, "model": {"arguments": {"k_shot": 2}}}, tmp_path))


def test_models_mirror_modules() -> None:
    for path in (CONF / "model").glob("*.yaml"):
        assert (ROOT / "recognizers/networks" / path.name).with_suffix(".py").is_file()


@pytest.mark.parametrize("model", ["crnn", "cnn"])
def test_the_main_job_leaves_everything_it_promises(tmp_path: Path, model: str, run_here: RunHere) -> None:
    out, start = tmp_path / "run", run if model == "crnn" else run_here
    done = start("trainer=smoke", f"model={model}", "data=hylian_synth", f"hydra.run.dir={out}", "logger=tensorboard")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "pretrain: skipped, the released weights" in done.stderr
    assert "grapheme" in done.stdout
    results = json.loads((out / "results.json").read_text())
    assert results["evaluate"]["synthetic"]["n"] == 12
    for name in (
        "config.yaml",
        "bundle.safetensors",
        "report.md",
        "adapt/metrics.csv",
        "evaluate/synthetic/report.md",
        "evaluate/synthetic/samples.png",
        "evaluate/synthetic/worst.png",
        "evaluate/synthetic/confusion.png",
    ):
        assert (out / name).stat().st_size > 0, name
    assert "Warning" not in done.stderr
    said = done.stdout[done.stdout.index("run folder:") :]
    assert f"{out}/report.md" in said
    assert f"tensorboard --logdir {tmp_path}" in said
    assert f"weights={out}/bundle.safetensors" in said
    line = next(line for line in said.splitlines() if line.startswith("read "))
    for name in ("sign", "glyph"):
        Image.fromarray(np.full((40, 60, 3), 255, np.uint8)).save(tmp_path / f"{name}.png")
    words = [str(tmp_path / word) if word.endswith(".png") else word for word in shlex.split(line.split("hylian ")[1])]
    read = subprocess.run([sys.executable, "-m", "app", *words], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert read.returncode in (0, 1), read.stderr  # empty paper has nothing to read; what is wrong with a command is 2
    assert list((out / "adapt/tensorboard").glob("events*"))
    assert list((out / "evaluate/log/tensorboard").glob("events*"))
    header = read_header(out / "bundle.safetensors")["provenance"]
    assert header["stage"] == "adapt"
    assert "run.py" in header["before"]["command"]  # the released weights it started from
    assert header["config"]["stage"]["adapt"]["max_steps"] == 6


def test_glyphs_of_many_alphabets_are_trained_on(tmp_path: Path, run_here: RunHere) -> None:
    out, invented = tmp_path / "run", ("data.omniglot=null", "data.installed_share=0", "data.n_alphabets=2")
    done = run_here(
        "trainer=smoke", "model=protonet", "data=many_glyphs", *invented, "stages=[adapt]", f"hydra.run.dir={out}"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert read_header(out / "bundle.safetensors")["architecture"] == "protonet"


@pytest.mark.slow  # the README's own commands are tested with every push
def test_render_and_benchmark_without_training(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run(
        "trainer=smoke",
        "stages=[render,benchmark]",
        "stage.benchmark.count=40",
        "stage.benchmark.train_steps=1",
        f"hydra.run.dir={out}",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list((out / "render/data").glob("*.png"))) == 12
    assert (out / "render/sheet.png").is_file()
    figures = json.loads((out / "results.json").read_text())["benchmark"]
    assert {
        "rendered, augment=none, 1 process",
        "rendered, augment=screenshot, 1 process",
        "read, batch 32, 2 threads",
    } <= set(figures)
    assert all(v > 0 for v in figures.values())


def test_the_same_seed_gives_the_same_weights(tmp_path: Path, run_here: RunHere) -> None:
    bundles = []
    for k, start in enumerate((run, run_here)):
        out = tmp_path / str(k)
        done = start("trainer=smoke", "stages=[adapt]", f"hydra.run.dir={out}", f"trainer.n_workers={k}")
        assert done.returncode == 0, done.stderr[-2000:]
        from recognizers.bundle import load

        bundles.append(dict(load(out / "bundle.safetensors").state_dict()))
    assert alike(*bundles)


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
        (
            ["augment=rain"],
            "augment must be one of drawing, low_resolution, none, print, screenshot, world, not 'rain'",
        ),
        (["augment.blur.share=3"], "augment.blur.share must be a number from 0 to 1, not 3"),
        (["+augment.blur.radius=3"], "augment.blur has no setting 'radius'; there are "),
        (["stage.adapt.resume=/none.ckpt", "stages=[adapt]"], "stage.adapt.resume"),
        (["stage.adapt.resume=README.md", "stages=[adapt]"], "not a checkpoint"),
        (["seed=-1"], "seed must be a whole number, 0 or more, not -1"),
        (["schedule=step"], "schedule is called scheduler now"),
        (["data.moves.turn_deg=3"], "data.moves.turn_deg is called data.deformation.turn_deg now"),
        (["+data.damage=none"], "data.damage is called data.degradation now"),
        (["ancestor=3"], "ancestor is called baseline now"),
        (["stage.evaluate.second_look=true"], "stage.evaluate.second_look is called stage.evaluate.reread now"),
        (["stage.adapt.k_shot=3"], "stage.adapt.k_shot is called crops.k_shot now"),
        (["model.adapt_steps=3"], "model.adapt_steps is called model.training.max_steps"),
        (["storage=float16"], "storage is called weights_dtype now"),
        (["weights_dtype=float8"], "weights_dtype must be one of float32, float16, not 'float8'"),
        (["trainer.gradient_clip_val=0"], "trainer.gradient_clip_val must be a number above 0 or null, not 0"),
        (["callbacks.progress_bar.enabled=no_thanks"], "callbacks.progress_bar.enabled must be true or false"),
        (["model=protonet", "data=many_glyphs"], "model=protonet is not pretrained on digits"),
        (["modle=cnn"], "the config has no setting 'modle'; did you mean model? There are model, "),
        (["model=protonet", "data=many_glyphs"], "experiment=protonet"),
        (["data=mnist"], "data=mnist holds single digits; a line recognizer needs data=mnist_lines"),
        (["data.part=hnd"], "This is data of the kind synth; part is a setting of chars74k, emnist"),
        (["stages=adapt"], "must be a list"),
        (["data.max_graphemes=0"], "data.max_graphemes"),
        (["stages=[render]", "stage.render.split=dev"], "stage.render.split"),
        (["stages=[evaluate]", "stage.evaluate.folders=/tmp"], "stage.evaluate.folders"),
        (
            ["stages=[evaluate]", "stage.evaluate.split=train"],
            "stage.evaluate.split must be one of test, val, not 'train'",
        ),
        (["stages=[evaluate]", "stage.evaluate.augment=rain"], "stage.evaluate.augment"),
        (
            ["trainer=smoke", "stages=[adapt]", "trainer.accelerator=warp"],
            "trainer.accelerator must be one of auto, cpu, gpu",
        ),
        (["trainer=smoke", "stages=[adapt]", "stage.adapt.learning_rate=1e9"], "stage.adapt.learning_rate"),
        (["trainer=smoke", "stages=[adapt]", "trainer.devices=700"], "trainer.devices"),
        (["data.font=a.ttf", "data.glyphs=b"], "data.font and data.glyphs are 2 sources"),
        (["data.font=a.ttf", "data.hand=mouse"], "data.hand=mouse writes the strokes of a script; leave out data.font"),
        (["data.hand=foot"], "data.hand must be one of"),
        (["data.font=a.ttf", "data.fonts=[DejaVuSans]"], "data.font and data.fonts are 2 sources"),
        (["model=resnet", "data=chars74k", "data.deformation.turn=5"], "turn"),
        (
            ["model=resnet", "data=chars74k", "data.deformation.turn=5"],
            "data.deformation has no setting 'turn'; there are turn_deg",
        ),
        (
            ["model=resnet", "data=chars74k", "data.deformation=7"],
            "data.deformation must be a group of settings, not 7",
        ),
        (
            ["model=resnet", "data=mnist", "stages=[adapt]", "+data.deformation.turn=5"],
            "data.deformation has no setting 'turn'",
        ),
        (
            ["model=resnet", "data=mnist", "stages=[adapt]", "data.deformation.turn_deg=-5"],
            "data.deformation.turn_deg must be a number",
        ),
        (
            ["experiment=chars74k_img", "+stage.pretrain.data.deformation.turn=5"],
            "stage.pretrain.data.deformation has no setting 'turn'",
        ),
        (
            ["model=resnet", "data=chars74k", "data.degradation=rain"],
            "data.degradation must be one of none, drawing, print, screenshot, low_resolution, world, not 'rain'",
        ),
        (["optimizer=sgd", "optimizer.momentum=much"], "optimizer.momentum must be"),
        (["scheduler=step", "scheduler.factor=no"], "scheduler.factor must be a number above 0, not 'no'"),
        (
            ["scheduler=multistep", "scheduler.milestones=[a]"],
            "scheduler.milestones must be a list of numbers from 0 to 1",
        ),
        (["trainer=smoke", "+trainer.limit.cuont=3"], "trainer.limit has no setting 'cuont'"),
        (
            ["trainer=smoke", "trainer.limit.count=few"],
            "trainer.limit.count must be a whole number above 0 or null, not 'few'",
        ),
        (
            ["weights=crnn_hylian", "model.preprocess.height_px=48"],
            "model.preprocess.height_px=48 cannot be had with the weights crnn_hylian",
        ),
        (["weights=crnn_hylian", "model.preprocess.ink=distance"], "model.preprocess.ink=distance cannot be had"),
        (["weights=crnn_hylian", "model.arguments.n_hidden=48"], "model.arguments.n_hidden=48 cannot be had"),
        (["weights=crnn_hylian", "+model.preprocess.hight=48"], "hight"),
        (
            ["weights=crnn_hylian", "+model.arguments.n_hiden=48"],
            "model.arguments.n_hiden: model=crnn has no such setting",
        ),
        (["stages=[evaluate]", "model.preprocess.height_px=48"], "cannot be had with the weights crnn_hylian"),
        (["model=protonet", "data=omniglot", "stages=[episodes]", "stage.episodes.runs=omniglot/nowhere"], "nowhere"),
        (["model=protonet", "data=omniglot", "stages=[episodes]", "data.runs=omniglot/nowhere"], "nowhere"),
        (["stages=[language]"], "stage.language.text"),
        (["stages=[evaluate]", "stage.evaluate.words=/none.txt"], "/none.txt"),
        (["stages=[evaluate]", "stage.evaluate.language=7"], "stage.evaluate.language"),
        (["model=lines", "data=mnist", "stages=[adapt]"], "model=lines"),
        (["data=chars74k", "data.part=bad", "model=resnet"], "data.part must be one of hnd, fnt, img, not 'bad'"),
        (
            ["data=emnist", "data.part=bad", "model=resnet"],
            "data.part must be one of letters, balanced, byclass, not 'bad'",
        ),
        (["stage.pretrain.data=mnist", "stages=[pretrain]"], "say data@stage.pretrain.data=mnist"),
        (
            ["experiment=chars74k_img", "stage.pretrain.data.part=7"],
            "stage.pretrain.data.part must be one of hnd, fnt, img, not 7",
        ),
        (
            [
                "model=protonet",
                "data=many_glyphs",
                "data.omniglot=null",
                "data.installed_share=0",
                "data.n_alphabets=1",
                "stages=[adapt,evaluate]",
            ],
            "stages=[episodes]",
        ),
    ],
)
def test_wrong_settings_end_with_a_message_and_code_2(
    tmp_path: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process, which spares each of them the imports; the next test starts one."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["experiments/run.py", *arguments, f"hydra.run.dir={tmp_path / 'run'}"])
    GlobalHydra.instance().clear()
    n_threads = torch.get_num_threads()
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "experiments/run.py"), run_name="__main__")
    torch.set_num_threads(n_threads)
    torch.use_deterministic_algorithms(False)
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert "To append to your config" not in said
    assert "— " not in said or "learning_rate" in message, "found only after a stage had begun"
    log = tmp_path / "run/run.log"
    assert not log.exists() or message in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(("argument", "message"), [("stage.adapt.max_stepz=3", "max_stepz"), ("seed=-1", "seed")])
def test_a_process_with_wrong_settings_ends_with_code_2_and_no_traceback(
    tmp_path: Path, argument: str, message: str
) -> None:
    done = run(argument, f"hydra.run.dir={tmp_path / 'run'}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stage.evaluate.scripts=[sheika]"], "stage.evaluate.scripts: 'sheika' is none of hylian, sheikah"),
        (["data.script=capitals", "data.font=FONT"], "nothing finds lines of the script 'capitals' in whole pictures"),
    ],
)
def test_whole_pictures_that_could_not_be_read_in_the_end_are_told_before_a_stage_begins(
    tmp_path: Path, arguments: list[str], message: str, run_here: RunHere
) -> None:
    Image.fromarray(np.full((40, 160, 3), 255, np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "annotations.json").write_text('{"images": [{"name": "a.png", "lines": []}]}')
    build_font(load_drawing("hylian_tp"), tmp_path / "font.ttf", "Toy")
    own = [argument.replace("FONT", str(tmp_path / "font.ttf")) for argument in arguments]
    pages = f"stage.evaluate.folders=[{tmp_path}]"
    done = run_here("stages=[adapt,evaluate]", "trainer=smoke", pages, *own, f"hydra.run.dir={tmp_path / 'run'}")
    assert done.returncode == 2, done.stderr[-2000:]
    assert message in done.stderr
    assert "— adapt" not in done.stderr


def test_a_folder_of_pictures_is_evaluated_through_read_batch(tmp_path: Path, run_here: RunHere) -> None:
    image = np.full((40, 160, 3), 255, np.uint8)
    write_folder([Sample(image, "LINK"), Sample(image, "GOAL")], tmp_path / "set")
    done = run_here(
        "stages=[evaluate]", "data=hylian_crops", f"data.root={tmp_path / 'set'}", f"hydra.run.dir={tmp_path / 'run'}"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads((tmp_path / "run/results.json").read_text())["evaluate"]["set"]
    assert results["n"] == 2
    assert results["grapheme_cer"] > 0.5
    truths = (tmp_path / "run/evaluate/set/readings.tsv").read_text()
    assert "DOAL" in truths  # canonical letters


def test_a_run_that_starts_from_weights_does_not_pretrain(tmp_path: Path, run_here: RunHere) -> None:
    out = tmp_path / "run"
    done = run_here("trainer=smoke", "weights=crnn_hylian", "stages=[pretrain,evaluate]", f"hydra.run.dir={out}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "starts from weights=crnn_hylian" in done.stderr
    assert json.loads((out / "results.json").read_text())["evaluate"]["synthetic"]["grapheme_cer"] < 0.3


def test_smaller_settings_than_the_smoke_limits_stay(tmp_path: Path, run_here: RunHere) -> None:
    done = run_here("trainer=smoke", "stages=[render]", "stage.render.count=3", f"hydra.run.dir={tmp_path / 'run'}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list((tmp_path / "run/render/data").glob("0*.png"))) == 3
    assert not (tmp_path / "run/bundle.safetensors").exists()  # nothing was trained


def test_evaluating_keeps_where_weights_come_from_and_sets_of_one_name_apart(tmp_path: Path, run_here: RunHere) -> None:
    image = np.full((40, 160, 3), 255, np.uint8)
    for parent in ("a", "b", "c"):
        write_folder([Sample(image, "LINK")], tmp_path / parent / "set")
    folders = f"[{tmp_path}/a,{tmp_path}/b,{tmp_path}/c/set,{tmp_path}/a/set]"
    out = tmp_path / "run"
    done = run_here("trainer=smoke", "stages=[evaluate]", f"stage.evaluate.folders={folders}", f"hydra.run.dir={out}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(json.loads((out / "results.json").read_text())["evaluate"]) == ["synthetic", "set", "b-set", "c-set"], (
        "the same folder is one set, however it is spelled"
    )
    assert read_header(out / "bundle.safetensors")["provenance"] == read_header("crnn_hylian")["provenance"]


@pytest.mark.parametrize(
    ("row", "message"), [("a.png LINK", "a tab"), ("a.png\tL1NK", "'1'"), ("none.png\tLINK", "missing")]
)
def test_a_folder_that_cannot_be_evaluated_ends_a_run_before_it_trains(
    tmp_path: Path, row: str, message: str, run_here: RunHere
) -> None:
    write_folder([Sample(np.zeros((9, 9, 3), np.uint8), "LINK")], tmp_path / "set")
    (tmp_path / "set/000000.png").rename(tmp_path / "set/a.png")
    (tmp_path / "set/labels.tsv").write_text(row + "\n")
    done = run_here(
        "trainer=smoke", f"stage.evaluate.folders=[{tmp_path / 'set'}]", f"hydra.run.dir={tmp_path / 'run'}"
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "adapt" not in done.stderr


def test_a_transparent_picture_is_evaluated_as_the_app_reads_it(
    tmp_path: Path, hylian: Drawing, run_here: RunHere
) -> None:
    line = lay_out(
        "LINK", DrawnSource(hylian).faces(1, np.random.default_rng(0))[0], 1, Spacing(), np.random.default_rng(0)
    )
    ink = np.dstack([np.zeros((*line.coverage.shape, 3), np.uint8), line.coverage])
    (tmp_path / "set").mkdir()
    Image.fromarray(ink).save(tmp_path / "set/a.png")
    (tmp_path / "set/labels.tsv").write_text("a.png\tLINK\n")
    done = run_here(
        "stages=[evaluate]", "data=hylian_crops", f"data.root={tmp_path / 'set'}", f"hydra.run.dir={tmp_path / 'run'}"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads((tmp_path / "run/results.json").read_text())["evaluate"]["set"]["exact"] == 1


@pytest.mark.slow
def test_two_processes_train_together(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run(
        "trainer=ddp",
        "trainer.accelerator=cpu",
        "trainer.devices=2",
        "trainer.limit={max_steps: 6, n_val: 8, count: 12, n_faces: 4}",
        "trainer.n_workers=0",
        "trainer.precision=32-true",
        "stages=[adapt,evaluate]",
        f"hydra.run.dir={out}",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads((out / "results.json").read_text())["evaluate"]["synthetic"]["n"] == 12


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_is_no_traceback_and_says_how_to_go_on(tmp_path: Path, number: int, code: int) -> None:
    last = tmp_path / "run/adapt/last.ckpt"
    small = [
        "trainer.n_workers=0",
        "trainer.limit={n_faces: 4, batch_size: 2, n_val: 2, val_every: 2}",
        "model.training.max_steps=100000",
    ]
    command = [
        sys.executable,
        str(ROOT / "experiments/run.py"),
        *small,
        "stages=[adapt]",
        f"hydra.run.dir={tmp_path / 'run'}",
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(2400):
            if last.is_file() or process.poll() is not None:
                break
            time.sleep(0.1)
        process.send_signal(number)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == code, said[-2000:]
    assert "Traceback" not in said
    assert f"go on with the same command and resume={tmp_path / 'run'}" in said
    assert torch.load(last, weights_only=True)["global_step"] > 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("wait_s", [0.6, 1.0, 1.5, 2.0, 3.0])  # while modules are imported, and settings composed
def test_a_run_that_is_interrupted_while_it_starts_is_no_traceback(tmp_path: Path, wait_s: float) -> None:
    command = [sys.executable, str(ROOT / "experiments/run.py"), "stages=[adapt]", f"hydra.run.dir={tmp_path / 'run'}"]
    # a shell's background jobs ignore Ctrl-C, and so would what they start: as from a terminal instead
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        time.sleep(wait_s)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    finally:
        signal.signal(signal.SIGINT, before)
        process.kill()
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("kill", [os.kill, os.killpg])  # the parent alone, as `kill` does; all of them, as Ctrl-C does
def test_a_sweep_that_is_interrupted_stops_its_runs_and_says_how_to_go_on(
    tmp_path: Path, kill: Callable[[int, int], None]
) -> None:
    small = ["trainer.n_workers=0", "trainer.limit={n_faces: 4, batch_size: 2, n_val: 2, val_every: 2}"]
    settings = ["-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "seed=0,1", "stages=[adapt]", *small]
    settings += ["model.training.max_steps=100000", f"hydra.sweep.dir={tmp_path / 'sweep'}"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "experiments/run.py"), *settings],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for _ in range(2400):
            if len(list(tmp_path.glob("sweep/*/adapt/last.ckpt"))) == 2 or process.poll() is not None:
                break
            time.sleep(0.1)
        runs = psutil.Process(process.pid).children(recursive=True)
        kill(process.pid, signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    finally:
        signal.signal(signal.SIGINT, before)
        process.kill()
    assert process.returncode == 130, said[-2000:]
    assert "Traceback" not in said
    assert f"go on with the same command and resume={tmp_path / 'sweep'}" in said
    assert len(runs) >= 2
    assert not psutil.wait_procs(runs, timeout=20)[1], "runs that go on without their parent"
