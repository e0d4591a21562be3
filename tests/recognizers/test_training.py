import pytorch_lightning as pl
import torch

from experiments.data import Batches, Chunks, SampleData
from glyphgen.corpus import Corpus
from glyphgen.drawing import Drawing
from glyphgen.sources import DrawnSource
from glyphgen.synth import LineSynth
from recognizers.bundle import build
from recognizers.metrics import character_error_rate
from recognizers.preprocess import Preprocess
from recognizers.training import LitRecognizer


def test_eight_lines_overfit_to_cer_0(hylian: Drawing) -> None:
    torch.manual_seed(0)
    synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 8), "none", 0, "train", 8, n_faces=2)
    samples = [synth[i] for i in range(8)]
    recognizer = build("crnn", hylian.script, Preprocess(), {"channels": [16, 24, 32, 48], "n_hidden": 48, "dropout": 0.0})
    batch = next(iter(Batches(Chunks(samples, recognizer, 8, False), 0)))
    optimizer = torch.optim.AdamW(recognizer.parameters(), 4e-3)
    for _ in range(300):
        loss = recognizer.loss(recognizer(batch.images, batch.widths), batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    # enough passes in training mode have moved the running statistics to this batch's
    texts = [r.text for r in recognizer.read_batch([s.image for s in samples])]
    assert character_error_rate([s.text for s in samples], texts) == 0


def test_lightning_trains_validates_and_lowers_the_loss(hylian: Drawing, tmp_path) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script, 6), "none", 0, "train", 320, n_faces=2)
    recognizer = build("crnn", hylian.script, Preprocess(), {"channels": [8, 12, 16, 24], "n_hidden": 16, "dropout": 0.0})
    model = LitRecognizer(recognizer, 3e-3, 0.01, max_steps=40, warmup_steps=5)
    data = SampleData(synth, [synth[i] for i in range(16)], recognizer, 8, 0)
    first = next(iter(data.train_dataloader()))
    before = recognizer.loss(recognizer(first.images, first.widths), first).item()
    trainer = pl.Trainer(max_steps=40, max_epochs=-1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
                         enable_model_summary=False, accelerator="cpu", val_check_interval=20, check_val_every_n_epoch=None,
                         num_sanity_val_steps=0)  # fmt: skip
    trainer.fit(model, data)
    assert trainer.global_step == 40
    recognizer.train()
    assert recognizer.loss(recognizer(first.images, first.widths), first).item() < 0.6 * before
    assert 0 < trainer.callback_metrics["val/cer"] <= 1.5
