from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    SequentialLR,
)

from experiments.batches import Batches, Chunks, SampleData
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus
from recognizers.bundle import build
from recognizers.image.preprocess import Preprocess
from recognizers.metrics import character_error_rate
from recognizers.training import LitRecognizer, schedule_factor


@pytest.mark.usefixtures("one_thread")
def test_eight_lines_overfit_to_cer_0(hylian: Drawing) -> None:
    torch.manual_seed(0)
    synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 8), "none", 0, "train", 8, n_faces=2)
    samples = [synth[i] for i in range(8)]
    recognizer = build(
        "crnn", hylian.script, Preprocess(), {"channels": [16, 24, 32, 48], "n_hidden": 48, "dropout": 0.0}
    )
    batch = next(iter(Batches(Chunks(samples, recognizer, 8, False), 0)))
    optimizer = torch.optim.AdamW(recognizer.parameters(), 4e-3)
    for _ in range(500):  # of 300 one glyph was left on a processor that rounds otherwise
        loss = recognizer.loss(recognizer(batch.images, batch.widths), batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    # enough passes in training mode have moved the running statistics to this batch's
    texts = [r.text for r in recognizer.read_batch([s.image for s in samples])]
    assert character_error_rate([s.text for s in samples], texts) == 0


def test_lightning_trains_validates_and_lowers_the_loss(hylian: Drawing, tmp_path) -> None:
    torch.manual_seed(0)
    synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 6), "none", 0, "train", 320, n_faces=2)
    recognizer = build(
        "crnn", hylian.script, Preprocess(), {"channels": [8, 12, 16, 24], "n_hidden": 16, "dropout": 0.0}
    )
    model = LitRecognizer(recognizer, 3e-3, 0.01, max_steps=40, warmup_steps=5)
    data = SampleData(synth, [synth[i] for i in range(16)], recognizer, 8, 0)
    first = next(iter(data.train_dataloader()))
    before = recognizer.loss(recognizer(first.images, first.widths), first).item()
    trainer = pl.Trainer(
        max_steps=40,
        max_epochs=-1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        val_check_interval=20,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
    )
    trainer.fit(model, data)
    assert trainer.global_step == 40
    recognizer.train()
    assert recognizer.loss(recognizer(first.images, first.widths), first).item() < 0.6 * before
    assert 0 < trainer.callback_metrics["val/cer"] <= 1.5


@pytest.mark.parametrize(
    ("schedule", "at", "expected"),
    [
        ({"name": "constant"}, [0, 30, 99], [0.1, 1, 1]),
        ({"name": "step", "every": 0.25, "factor": 0.1}, [0, 24, 25, 60, 99], [0.1, 1, 0.1, 0.01, 0.001]),
        ({"name": "multistep", "milestones": [0.5, 0.9], "factor": 0.5}, [0, 49, 50, 89, 90], [0.1, 1, 0.5, 0.5, 0.25]),
        ({"name": "cosine"}, [0, 10, 55, 100], [0.1, 1, 0.5, 0.002]),
    ],
)
def test_schedules(schedule: dict[str, Any], at: list[int], expected: list[float]) -> None:
    factor = schedule_factor(schedule, 100, 10)
    assert [factor(step) for step in at] == pytest.approx(expected)


def torch_rates(schedule: dict[str, Any], max_steps: int, warmup: int) -> list[float]:
    """The learning rate of each step, of torch's own schedulers."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    if schedule["name"] == "cosine":
        rest: LRScheduler = CosineAnnealingLR(optimizer, max_steps - warmup)
    elif schedule["name"] == "constant":
        rest = ConstantLR(optimizer, 1.0)
    else:
        shares = schedule.get("milestones") or [k * schedule["every"] for k in range(1, int(1 / schedule["every"]) + 1)]
        rest = MultiStepLR(optimizer, [round(share * max_steps) - warmup for share in shares], schedule["factor"])
    warm = LinearLR(optimizer, 1 / warmup, total_iters=warmup - 1)
    scheduler, rates = SequentialLR(optimizer, [warm, rest], [warmup]), []
    for _ in range(max_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.filterwarnings("ignore:.*epoch parameter in:UserWarning")  # which SequentialLR itself passes
@pytest.mark.parametrize(
    "schedule",
    [
        {"name": "constant"},
        {"name": "cosine"},
        {"name": "step", "every": 0.25, "factor": 0.3},
        {"name": "multistep", "milestones": [0.5, 0.75, 0.9], "factor": 0.2},
    ],
)
def test_schedules_are_those_of_torch_but_for_the_floor_of_the_cosine(schedule: dict[str, Any]) -> None:
    factor = schedule_factor(schedule, 200, 20)
    floor = 0.002 if schedule["name"] == "cosine" else 0.0
    expected = [max(rate, floor) for rate in torch_rates(schedule, 200, 20)]
    assert [factor(step) for step in range(200)] == pytest.approx(expected, rel=1e-9)


def test_unknown_names_are_refused_with_those_there_are(hylian: Drawing) -> None:
    recognizer = build("cnn", hylian.script, Preprocess(28, stride_px=28, is_square=True), {})
    with pytest.raises(ValueError, match="no schedule 'linear'; there are cosine"):
        LitRecognizer(recognizer, 0.1, 0, 10, schedule={"name": "linear"})
    with pytest.raises(ValueError, match="no optimizer 'lion'; there are adamw"):
        LitRecognizer(recognizer, 0.1, 0, 10, optimizer={"name": "lion"})


@pytest.mark.parametrize("optimizer", [{"name": "sgd", "momentum": 0.9}, {"name": "adam"}, {"name": "adamw"}])
def test_a_frozen_trunk_stays_and_the_head_learns(hylian: Drawing, optimizer: dict[str, Any]) -> None:
    recognizer = build("crnn", hylian.script, Preprocess(), {"channels": [8, 12, 16, 24], "n_hidden": 16})
    synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 6), "none", 0, "train", 64, n_faces=2)
    before = {name: value.clone() for name, value in recognizer.state_dict().items()}
    model = LitRecognizer(recognizer, 0.01, 0.0, 4, 1, optimizer, freezes_trunk=True)
    trainer = pl.Trainer(
        max_steps=4,
        max_epochs=-1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        num_sanity_val_steps=0,
        limit_val_batches=0,
    )
    trainer.fit(model, SampleData(synth, [synth[0]], recognizer, 8, 0))
    assert set(model.state_dict()) == {f"recognizer.{name}" for name in before}
    changed = {name for name, value in recognizer.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"head.weight", "head.bias"}
    assert all(p.requires_grad for p in recognizer.parameters())
