"""Training goes on after a stop exactly where it was; the best weights come back; it ends early when
nothing improves.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from experiments.datasets import parse
from experiments.fit import (
    best_precision,
    class_weights,
    fit,
    n_devices,
    n_workers,
    seed_everything,
    set_threads,
    train,
)
from experiments.job import Run, SettingError
from experiments.resume import steps_done
from experiments.settings.trainer import CallbackSettings
from experiments.trainer import running_mean
from glyphgen.datasets.augmented import Deformation
from glyphgen.datasets.glyph_images import StoredGlyphs
from glyphgen.datasets.labelled_images import Stored
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.script import Grapheme, Script, load_script
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess
from recognizers.networks.glyph import GlyphRecognizer
from recognizers.recognizer import Recognizer
from tests.conftest import alike, build_bar_font, tiny
from tests.experiments.test_datasets import MANY_LINES

TRAINER = {
    "accelerator": "cpu",
    "devices": 1,
    "strategy": "auto",
    "precision": "32-true",
    "deterministic": True,
    "n_workers": 0,
    "n_threads": 2,
    "gradient_clip_val": 5.0,
    "log_every_n_steps": 20,
    "limit": None,
}
STAGE = {
    "max_steps": 24,
    "batch_size": 2,
    "val_every": 12,
    "n_val": 4,
    "patience": 9,
    "learning_rate": 0.003,
    "weight_decay": 0.01,
    "augment": "none",
    "resume": None,
    "ema": 0,
    "class_balance": 0,
    "label_smoothing": 0.0,
    "freeze_trunk": False,
}


def make_run(folder: Path, **stage: Any) -> Run:
    settings = {
        "seed": 0,
        "trainer": TRAINER,
        "model": {},
        "data": {"name": "toy"},
        "callbacks": CallbackSettings().model_dump(),
        "logger": {"tensorboard": False, "wandb": None},
        "stage": {"adapt": {**STAGE, **stage}},
    }
    return Run({**settings, "optimizer": {"name": "adamw"}, "scheduler": {"name": "cosine"}}, folder)


@pytest.fixture
def synth(hylian: Drawing) -> LineSynth:
    return LineSynth(DrawnSource(hylian), Corpus(hylian.script, 6), "none", 0, "train", 48, n_faces=2)


def trained(hylian: Drawing, synth: LineSynth, run: Run) -> tuple[Recognizer, dict[str, Any]]:
    seed_everything(0)
    recognizer = tiny(hylian.script)
    set_threads(TRAINER, recognizer)
    return recognizer, fit(recognizer, synth, [synth[i] for i in range(4)], run, "adapt")


def stopped(hylian: Drawing, synth: LineSynth, run: Run) -> None:
    """Train until it breaks down in the third chunk."""

    class Stop(Exception):
        pass

    class Stopping(LineSynth):
        def __getitem__(self, index: int):
            if index >= 32:
                raise Stop
            return super().__getitem__(index)

    with pytest.raises(Stop):
        trained(hylian, Stopping(synth.source, synth.corpus, "none", 0, "train", 48, n_faces=2), run)


@pytest.mark.parametrize("ema", [0, 0.9])
def test_a_stopped_run_goes_on_exactly_where_it_was(
    hylian: Drawing, synth: LineSynth, tmp_path: Path, ema: float
) -> None:
    _, figures = trained(hylian, synth, make_run(tmp_path / "whole", ema=ema))
    assert figures["steps"] == 24

    stopped(hylian, synth, make_run(tmp_path / "first", ema=ema))
    checkpoint = tmp_path / "first/adapt/last.ckpt"
    assert steps_done(str(checkpoint), "resume") == 12  # in the middle of a chunk of 8 batches
    _, figures = trained(hylian, synth, make_run(tmp_path / "second", resume=str(checkpoint), ema=ema))
    assert figures["steps"] == 24
    a, b = (
        torch.load(tmp_path / name / "adapt/last.ckpt", weights_only=True)["state_dict"] for name in ("whole", "second")
    )
    assert alike(dict(a), dict(b))


@pytest.mark.parametrize(("n", "every"), [(24, 9), (23, 5)])
def test_the_last_step_is_validated_whatever_the_interval(
    hylian: Drawing, synth: LineSynth, tmp_path: Path, n: int, every: int
) -> None:
    trained(hylian, synth, make_run(tmp_path, max_steps=n, val_every=every))
    steps = [int(line.split(",")[0]) for line in read_validations(tmp_path / "adapt/metrics.csv")]
    assert round(n / every) <= len(steps) <= round(n / every) + 1
    assert steps[-1] == n - 1


def test_what_was_best_before_a_stop_stays_the_one_to_beat(hylian: Drawing, synth: LineSynth, tmp_path: Path) -> None:
    stopped(hylian, synth, make_run(tmp_path / "first"))
    last, best = (tmp_path / "first/adapt" / name for name in ("last.ckpt", "best.ckpt"))
    saved = torch.load(last, weights_only=True)
    for state in saved["callbacks"].values():
        if isinstance(state, dict) and state.get("monitor") == "val/cer":
            state["best_model_score"] = torch.tensor(0.0)  # nothing can be better
    saved["callbacks"]["Timer"]["time_elapsed"]["train"] = 1000.0  # and how long it took
    torch.save(saved, last)
    recognizer, figures = trained(hylian, synth, make_run(tmp_path / "second", resume=str(last)))
    assert (figures["steps"], figures["val_cer"]) == (24, 0.0)
    assert 1000 <= figures["seconds"] < 1100
    kept = torch.load(best, weights_only=True)["state_dict"]
    assert all(torch.equal(kept[f"recognizer.{name}"], value) for name, value in recognizer.state_dict().items())


@pytest.mark.filterwarnings("ignore:.*across ranks is zero.*")
def test_where_nothing_was_validated_there_is_no_figure_and_the_last_weights_stay(
    hylian: Drawing, synth: LineSynth, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(
        hylian, synth, make_run(tmp_path, max_steps=4, val_every=2)
    )  # leaves a best.ckpt that the next run must not take for its own
    recognizer = tiny(hylian.script)
    figures = fit(recognizer, synth, [], make_run(tmp_path, max_steps=8, val_every=2), "adapt")
    assert (figures["steps"], figures["val_cer"]) == (8, None)
    assert "adapt: nothing was validated" in capsys.readouterr().err
    last = torch.load(tmp_path / "adapt/last.ckpt", weights_only=True)["state_dict"]
    assert all(torch.equal(last[f"recognizer.{name}"], value) for name, value in recognizer.state_dict().items())


def test_a_stage_that_learns_many_alphabets_lists_their_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = build_bar_font(tmp_path / "Toy.ttf", "ABCDEFGHIJKLM")
    monkeypatch.setattr("experiments.datasets.many_lines.installed_fonts", lambda: (font,))
    run, data = make_run(tmp_path, max_steps=2, val_every=2), {**MANY_LINES, "alphabet_seed": 91}
    run.settings.update(
        {"data": data, "paths": {"data": "none"}, "augment": {"name": "none"}, "stages": ["adapt"], "weights": None}
    )
    train(tiny(parse(data).script_of("")), parse(data), run, "adapt")
    assert (tmp_path / "adapt/fonts.tsv").read_text() == "script\tfont\tglyphs\nLatn\tToy.ttf\t13\n"


def test_what_is_for_training_only_does_not_stay_however_training_ends(tmp_path: Path) -> None:
    rng, labels, script = np.random.default_rng(0), "000000001", Script("two", (Grapheme("0"), Grapheme("1")))
    images = [rng.integers(0, 255, (28, 28)).astype(np.uint8) for _ in labels]
    stored = Stored("s", images, list(labels), [""] * len(labels), [f"s:{k}" for k in range(len(labels))])
    train_set = StoredGlyphs([stored], script, 0, Deformation(), "none", 40)
    recognizer = tiny(script, "cnn")
    seen = []
    loss = type(recognizer).loss

    def watched(self: GlyphRecognizer, *arguments: Any) -> torch.Tensor:
        seen.append((self.label_smoothing, self.class_weights is not None))
        return loss(self, *arguments)

    settings: dict[str, Any] = {"class_balance": 1, "label_smoothing": 0.1, "max_steps": 2, "val_every": 2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(recognizer), "loss", watched)
        fit(recognizer, train_set, train_set, make_run(tmp_path / "a", **settings), "adapt")
    assert set(seen) == {(0.1, True)}
    assert (recognizer.label_smoothing, recognizer.class_weights) == (0.0, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(recognizer), "loss", lambda self, *_: torch.tensor(float("nan")))
        with pytest.raises(SettingError, match="learning_rate"):
            fit(recognizer, train_set, train_set, make_run(tmp_path / "b", **settings, freeze_trunk=True), "adapt")
    assert (recognizer.label_smoothing, recognizer.class_weights) == (0.0, None)
    assert all(parameter.requires_grad for parameter in recognizer.parameters())


def test_a_checkpoint_is_gone_on_from_with_what_it_was_made_with(
    hylian: Drawing, synth: LineSynth, tmp_path: Path
) -> None:
    stopped(hylian, synth, make_run(tmp_path / "first"))
    last = str(tmp_path / "first/adapt/last.ckpt")
    wrong = {
        r"made with learning_rate=0\.003, not 0\.5": {"learning_rate": 0.5},
        "freeze_trunk": {"freeze_trunk": True},
        "made with max_steps=24, not 30": {"max_steps": 30},
        "made with batch_size=2, not 3": {"batch_size": 3},
        "12 of 12 steps: nothing is left": {"max_steps": 12},
    }
    for message, settings in wrong.items():
        with pytest.raises(SettingError, match=message):
            trained(hylian, synth, make_run(tmp_path / "second", resume=last, **settings))
    run = make_run(tmp_path / "second", resume=last)
    run.settings["optimizer"] = {"name": "sgd", "momentum": 0.9}
    with pytest.raises(SettingError, match="made with optimizer="):
        trained(hylian, synth, run)


def test_a_checkpoint_is_gone_on_from_with_the_pictures_it_was_made_with(
    hylian: Drawing, synth: LineSynth, tmp_path: Path
) -> None:
    made_with = {"augment": {"name": "mine", "blur": {"share": 0.1}}, "data": {"name": "toy", "n_faces": 5}}
    run = make_run(tmp_path / "first")
    run.settings |= made_with
    stopped(hylian, synth, run)
    for group, value, message in (
        ("augment", {"name": "mine", "blur": {"share": 0.7}}, r"made with augment\.blur\.share=0\.1, not 0\.7"),
        ("data", {"name": "toy", "n_faces": 77}, r"made with data\.n_faces=5, not 77"),
    ):
        other = make_run(tmp_path / "second", resume=str(tmp_path / "first/adapt/last.ckpt"))
        other.settings |= {**made_with, group: value}
        with pytest.raises(SettingError, match=message):
            trained(hylian, synth, other)


def test_a_running_mean_forgets_the_start() -> None:
    mix, mean = running_mean(0.999), torch.tensor(5.0)
    for n in range(60):
        mean = mix(mean, torch.tensor(1.0), torch.tensor(n))
    assert float(mean) == pytest.approx(1.0, abs=1e-3)
    slow = torch.tensor(5.0)
    for n in range(20_000, 20_060):
        slow = mix(slow, torch.tensor(1.0), torch.tensor(n))
    assert float(slow) == pytest.approx(1 + 4 * 0.999**60, abs=1e-3)


def read_validations(path: Path) -> list[str]:
    """Return `step,val/cer` of each validation."""
    titles, *rows = (line.split(",") for line in path.read_text().splitlines())
    step, cer = titles.index("step"), titles.index("val/cer")
    return [f"{row[step]},{row[cer]}" for row in rows if row[cer]]


def test_it_ends_early_when_nothing_improves(hylian: Drawing, synth: LineSynth, tmp_path: Path) -> None:
    _, figures = trained(hylian, synth, make_run(tmp_path, learning_rate=1e-9, val_every=4, patience=2))
    assert figures["steps"] < 24


def test_what_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.ckpt").write_text("no")
    with pytest.raises(SettingError, match=r"stage\.adapt\.resume=.*a\.ckpt"):
        steps_done(str(tmp_path / "a.ckpt"), "stage.adapt.resume")


def test_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert n_devices({"devices": 3}) == 3
    assert n_devices({"devices": "auto"}) == 1
    assert n_workers({"n_workers": 0}) == 0
    assert n_workers({"n_workers": "auto"}) >= 1
    assert best_precision({"precision": "32-true", "accelerator": "cpu"}) == "32-true"
    for able, expected in (
        ({}, "32-true"),
        ({"avx512_bf16": False, "amx_bf16": False}, "32-true"),
        ({"avx512_bf16": True, "amx_bf16": False}, "bf16-mixed"),
        ({"amx_bf16": True}, "bf16-mixed"),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able, raising=False)
        assert best_precision({"precision": "auto", "accelerator": "cpu"}) == expected
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert best_precision({"precision": "auto", "accelerator": "cpu"}) == "32-true"
    digits, square = load_script("digits"), Preprocess(32, stride_px=32, is_square=True)
    set_threads({"n_threads": "auto", "n_workers": 1000}, build("lenet5", digits, square, {}))
    assert torch.get_num_threads() == 1
    set_threads({"n_threads": 2}, build("resnet", digits, square, {}))
    assert torch.get_num_threads() == 2


def test_classes_with_few_pictures_weigh_more() -> None:
    stored = Stored(
        "s", [np.zeros((8, 8), np.uint8)] * 10, list("0000000011"), [""] * 10, [f"s:{k}" for k in range(10)]
    )
    samples = StoredGlyphs([stored], Script("two", (Grapheme("0"), Grapheme("1"))))
    assert class_weights(samples, "01", 0) is None
    assert class_weights([], "01", 1) is None
    assert class_weights(samples, "01", 1).tolist() == pytest.approx([10 / 2 / 8, 10 / 2 / 2])
    assert class_weights(samples, "01", 0.5).tolist() == pytest.approx([0.625**0.5, 2.5**0.5])
