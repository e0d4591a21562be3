"""Fit a recognizer to samples: trainer, checkpoints, the best weights back. Used by every training stage."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint, Timer
from pytorch_lightning.loggers import Logger

from experiments.augmentation import augmentation_for
from experiments.batches import SampleData
from experiments.datasets import DataSet
from experiments.datasets.synthetic import Synthetic
from experiments.job import Run, SettingError, flat
from experiments.refiner.refined import refiner_of
from experiments.report.loggers import finish_loggers, log_picture, make_loggers, rows_before
from experiments.resume import PICTURES, go_on, steps_done
from experiments.speed import Speed
from experiments.trainer import make_trainer, stopped_plainly, without_expected_warnings
from glyphgen.contact_sheet import contact_sheet
from glyphgen.datasets.glyph_images import StoredGlyphs
from glyphgen.datasets.mnist import MnistGlyphs
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.many_alphabets import ManySource
from glyphgen.sample import Sample
from recognizers import bundle
from recognizers.calibration import Calibration
from recognizers.network import Network
from recognizers.networks.alphabet_masks import AlphabetMasks
from recognizers.networks.ctc import CTCRecognizer
from recognizers.networks.glyph import GlyphRecognizer
from recognizers.recognizer import Recognizer
from recognizers.runtime.session import n_cores
from recognizers.training import DivergedError, LitRecognizer, lent

_LARGE = 300_000  # parameters of a glyph network from which a step is long enough to share
# with another one, a training that goes on would be no whole one
_AGREED = (
    *("max_steps", "batch_size", "n_val", "n_samples", "augment", "without"),
    *("ema", "label_smoothing", "class_balance"),
)


def seed_everything(seed: int) -> None:
    """Seed torch, NumPy and Python, and quiet Lightning's chatter."""
    pl.seed_everything(seed, workers=True, verbose=False)
    for name in ("utilities.rank_zero", "accelerators.cuda", "trainer.connectors.signal_connector"):
        logging.getLogger(f"pytorch_lightning.{name}").setLevel(logging.WARNING)


def set_threads(trainer: dict[str, Any], network: Network) -> None:
    """Give torch all cores for large networks; small ones get those that do not render (on two busy cores, two threads
    that wait for each other were ten times slower than one).
    """
    n = trainer["n_threads"]
    if n == "auto":
        is_small = network.unit == "glyph" and sum(p.numel() for p in network.parameters()) < _LARGE
        n = max(1, n_cores() - n_workers(trainer)) if is_small else n_cores()
    torch.set_num_threads(n)


def best_precision(trainer: dict[str, Any]) -> str:
    """Return bf16-mixed where the hardware multiplies in bfloat16, else 32-true, unless a setting says which."""
    if trainer["precision"] != "auto":
        return str(trainer["precision"])
    if torch.cuda.is_available() and trainer["accelerator"] in ("auto", "gpu"):
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # which torch before 2.10 lacks
    return "bf16-mixed" if able.get("avx512_bf16") or able.get("amx_bf16") else "32-true"


def n_devices(trainer: dict[str, Any]) -> int:
    """Return how many processes train together: trainer.devices, or every GPU for -1."""
    n = trainer["devices"]
    return max(1, torch.cuda.device_count() if n == -1 else n if isinstance(n, int) else 1)


def n_workers(trainer: dict[str, Any]) -> int:
    """Return how many processes render: one core is left to training (measured on two cores: more only
    get in its way).
    """
    n = trainer["n_workers"]
    return int(max(1, n_cores() - 1) if n == "auto" else n)


def train(recognizer: Network, data: DataSet, run: Run, stage: str) -> Network:
    """Train on `data` with the stage's settings; leave the stage's bundle and its results. The
    recognizer is trained in place, and returned.
    """
    own, limit, root = run.stage(stage), run.settings["trainer"]["limit"] or {}, run.settings["paths"]["data"]
    lengths = {"train": own["max_steps"] * own["batch_size"] * n_devices(run.settings["trainer"]), "val": own["n_val"]}
    looks = {
        "train": augmentation_for(own["augment"], run.settings, own.get("without", ())),
        "val": augmentation_for(own["augment"], run.settings),  # by which trainings with other parts are comparable
    }
    if isinstance(data, Synthetic) and (refiner := refiner_of(run)):
        data = data.model_copy(update={"refiner": str(refiner)})
    splits = {
        split: data.open(split, recognizer.unit, run.seed, length, looks[split], root, limit)
        for split, length in lengths.items()
    }
    data.write_fonts(run.stage_folder(stage))
    before = recognizer.provenance
    if isinstance(recognizer, Recognizer):
        recognizer.calibration = Calibration()  # what it was worth before says nothing of what it will be
    figures = fit(recognizer, splits["train"], splits["val"], run, stage)
    run.results[stage] = figures
    recognizer.provenance = run.provenance(stage, figures, before)
    bundle.save(recognizer, run.stage_folder(stage) / "bundle.safetensors", recognizer.provenance)
    return recognizer


def fit(recognizer: Network, train: Sequence[Any], val: Sequence[Any], run: Run, stage: str) -> dict[str, Any]:
    """Train in place with the stage's settings; end with the weights that validated best. Return the figures;
    that of the validation is None where nothing was validated, and the weights are the last.
    """
    own, aids = run.stage(stage), {}
    if isinstance(recognizer, GlyphRecognizer):
        aids = {
            "label_smoothing": own["label_smoothing"],
            "class_weights": class_weights(train, recognizer.script.visible, own["class_balance"]),
        }
    if isinstance(recognizer, CTCRecognizer) and isinstance(train, LineSynth) and isinstance(train.source, ManySource):
        aids = {"masks": AlphabetMasks([alphabet.letters for alphabet in train.source.alphabets], recognizer.script)}
    with lent(recognizer, **aids):
        return _fit(recognizer, train, val, run, stage)


def _fit(recognizer: Network, train: Sequence[Any], val: Sequence[Any], run: Run, stage: str) -> dict[str, Any]:
    own, folder = run.stage(stage), run.stage_folder(stage)
    last, setting = folder / "last.ckpt", f"stage.{stage}.resume"
    resume = own.get("resume")
    if not resume and run.settings.get("resume") and last.is_file():
        resume, setting = str(last), "resume"
    # loaded weights come ready to read; with channels last convolutions on CPUs are a sixth faster (stages=[profile])
    recognizer.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    precision = best_precision(run.settings["trainer"])
    agreed: dict[str, Any] = {"data": run.settings["data"]["name"], "seed": run.seed, "precision": precision}
    agreed[PICTURES] = dict(flat({key: run.settings[key] for key in ("data", "augment") if key in run.settings}))
    model = LitRecognizer(
        recognizer,
        own["learning_rate"],
        own["weight_decay"],
        own["max_steps"],
        min(200, own["max_steps"] // 5 + 1),
        run.settings["optimizer"],
        run.settings["scheduler"],
        own["freeze_trunk"],
        {**agreed, "arguments": dict(recognizer.arguments), **{key: own.get(key) for key in _AGREED}},
    )
    best = ModelCheckpoint(folder, "best", monitor=f"val/{recognizer.metric}", enable_version_counter=False)
    done, has_ended = (steps_done(resume, setting), False) if resume else (0, False)
    if resume and setting != "resume" and done >= own["max_steps"]:
        raise SettingError(
            f"{setting}={resume} has {done} of {own['max_steps']} steps: nothing is left to do; its best weights "
            "are in best.ckpt there"
        )
    if resume:
        has_ended = go_on(model, best, resume, setting)
    if setting == "resume" and (has_ended or done >= own["max_steps"]):
        _load_weights(recognizer, last)  # this run had come to the end of the stage, and was stopped before it said so
        seconds = torch.load(last, weights_only=True, map_location="cpu")["callbacks"]["Timer"]["time_elapsed"]["train"]
        return _with_best_weights(recognizer, best, run, stage, done, seconds)
    loggers = make_loggers(run, stage, folder, rows_before(Path(resume).parent / "metrics.csv", done) if resume else ())
    _log_pictures(loggers, train)
    timer, speed = Timer(), Speed()
    trainer = make_trainer(run, stage, loggers, best, [timer, speed], precision, bool(len(val)))
    data = SampleData(
        train, val, recognizer, own["batch_size"], n_workers(run.settings["trainer"]), done, own.get("n_samples")
    )
    with without_expected_warnings(), stopped_plainly():
        try:
            trainer.fit(model, data, ckpt_path=resume, weights_only=True)
        except DivergedError as error:
            raise SettingError(
                f"stage.{stage}: {error} (stage.{stage}.learning_rate={own['learning_rate']})"
            ) from error
        except RuntimeError as error:
            if "loading state_dict" not in str(error):
                raise
            raise SettingError(f"{setting}={resume}: a checkpoint of another network") from error
    # with the time of a resumed run, up to its checkpoint
    figures = _with_best_weights(recognizer, best, run, stage, trainer.global_step, timer.time_elapsed("train"))
    finish_loggers(loggers)
    return figures | speed.figures


def _with_best_weights(
    recognizer: Network, best: ModelCheckpoint, run: Run, stage: str, n_steps: int, seconds: float
) -> dict[str, Any]:
    """Give a network that was trained for n_steps the weights that validated best, and return the figures."""
    score = None if best.best_model_score is None else float(best.best_model_score)
    if score is None:  # and a best.ckpt there is from an earlier run
        run.say(f"{stage}: nothing was validated; the last weights are kept")
    else:
        _load_weights(recognizer, run.stage_folder(stage) / "best.ckpt")
    recognizer.to("cpu", memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]  # likewise
    return {"steps": n_steps, f"val_{recognizer.metric}": score, "seconds": round(seconds, 1)}


def _load_weights(recognizer: Network, checkpoint: Path) -> None:
    weights = torch.load(checkpoint, weights_only=True, map_location="cpu")["state_dict"]
    recognizer.load_state_dict({k.removeprefix("recognizer."): v for k, v in weights.items()})


def class_weights(samples: Sequence[Any], visible: str, balance: float) -> torch.Tensor | None:
    """Return a weight for each class, (pictures a class has on average / pictures it has) to the power `balance`: 0
    weighs every picture alike, 1 every class. None where nothing is to be weighed.
    """
    labels = (
        samples.texts
        if isinstance(samples, StoredGlyphs)
        else samples.labels
        if isinstance(samples, MnistGlyphs)
        else []
    )
    if not balance or not labels:
        return None
    counts = Counter(labels)
    return torch.tensor([(len(labels) / len(counts) / max(counts[char], 1)) ** balance for char in visible])


def _log_pictures(loggers: list[Logger], samples: Sequence[Any]) -> None:
    if len(loggers) > 1:
        shown = [samples[i] for i in range(min(24, len(samples)))]
        sheet = (
            contact_sheet(shown)
            if isinstance(shown[0], Sample)
            else contact_sheet([page.outlined() for page in shown], row_px=220)
        )
        for logger in loggers[1:]:
            log_picture(logger, "samples", sheet)
