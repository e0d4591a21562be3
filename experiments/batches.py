"""From samples to batches: one LightningDataModule over any synth or folder.

Samples are rendered in chunks; a chunk is sorted by width and cut into batches, so that little is padded. What a
chunk holds depends on its number alone, so batches are the same with any number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytorch_lightning as pl
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from glyphgen.sample import PageSample, Sample
from glyphgen.synth import LineSynth
from recognizers.lines import make_targets, page_tensor
from recognizers.preprocess import pad_batch
from recognizers.recognizer import Batch, LabelError, Network, Recognizer

_BATCHES_PER_CHUNK = 8
_MOST_STRETCHES = 12  # of a quarter each: fourteen times the width


def collate(samples: Sequence[Sample], recognizer: Recognizer, widens: bool = False) -> Batch:
    """Preprocess and pad samples. A label the network cannot write raises LabelError with the sample's name.

    With `widens` a narrow picture goes on in the color of its last column, as if the crop were wider, so that there is
    no padding at all for batch norm to count.
    """
    return _stacked(samples, [recognizer.preprocess(sample.image)[0] for sample in samples], recognizer, widens)


def _stacked(samples: Sequence[Sample], prepared: list[torch.Tensor], recognizer: Recognizer, widens: bool) -> Batch:
    texts = [recognizer.script.canonical(sample.text) for sample in samples]
    for sample, text, tensor in zip(samples, texts, prepared, strict=True):
        recognizer.check_label(text, tensor.shape[-1], sample.origin)
    if widens:
        width = max(tensor.shape[-1] for tensor in prepared)
        prepared = [functional.pad(t, (0, width - t.shape[-1]), value=float(t[..., -1].median())) for t in prepared]
    images, widths = pad_batch(prepared)
    return Batch(images, widths, texts, [sample.origin for sample in samples])


def collate_pages(samples: Sequence[PageSample]) -> Batch:
    """Stack pages of one size with what a finder of lines has to say of them."""
    images = torch.stack([page_tensor(sample.image) for sample in samples])
    targets = torch.from_numpy(np.stack([make_targets(s.lines, *s.image.shape[:2], s.has_more_writing) for s in samples]))
    widths = torch.full((len(samples),), images.shape[-1])
    return Batch(images.contiguous(memory_format=torch.channels_last), widths, [""] * len(samples), [s.origin for s in samples], targets)


def stretched(sample: Sample, recognizer: Recognizer) -> Sample:
    """Return a rendered line, as much wider as its text needs where thin glyphs stand so close that the network has fewer steps for them
    than they are.
    """
    text, image = recognizer.script.canonical(sample.text), sample.image
    for _ in range(_MOST_STRETCHES):
        try:
            recognizer.check_label(text, image.shape[1] * recognizer.preprocess.height_px // image.shape[0], sample.origin)
            break
        except LabelError:
            image = cv2.resize(image, None, fx=1.25, fy=1, interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    wider = image.shape[1] / sample.image.shape[1]
    return replace(sample, image=image, boxes=sample.boxes * [wider, 1.0, wider, 1.0]) if wider > 1 else sample


class Chunks(Dataset[list[Batch]]):
    """Chunk k holds the batches of samples k·C … (k+1)·C − 1, in a random order that depends on k alone."""

    def __init__(self, samples: Sequence[Any], recognizer: Network, batch_size: int, shuffles: bool) -> None:
        self.samples, self.batch_size, self.shuffles = samples, batch_size, shuffles
        self.recognizer, self.size = recognizer, batch_size * _BATCHES_PER_CHUNK

    def __len__(self) -> int:
        return -(-len(self.samples) // self.size)

    def __getitem__(self, k: int) -> list[Batch]:
        picked = [self.samples[i] for i in range(k * self.size, min((k + 1) * self.size, len(self.samples)))]
        if isinstance(self.samples, LineSynth) and isinstance(self.recognizer, Recognizer):
            picked = [stretched(sample, self.recognizer) for sample in picked]
        if not isinstance(self.recognizer, Recognizer):
            return [collate_pages([picked[i] for i in row]) for row in self._rows(k, [s.image.shape[1] / s.image.shape[0] for s in picked])]
        prepared = [self.recognizer.preprocess(sample.image)[0] for sample in picked]
        rows = self._rows(k, [tensor.shape[-1] for tensor in prepared])
        return [_stacked([picked[i] for i in row], [prepared[i] for i in row], self.recognizer, self.shuffles) for row in rows]

    def _rows(self, k: int, widths: Sequence[float]) -> list[list[int]]:
        """Return which samples of chunk k make each batch: those of about one width."""
        order = sorted(range(len(widths)), key=widths.__getitem__)
        rows = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        return [rows[i] for i in np.random.default_rng(k).permutation(len(rows))] if self.shuffles else rows


class Batches:
    """Iterates over the batches of a loader of chunks, from batch `skip_batches` on; process `rank` of `n_ranks` takes
    every n_ranks-th chunk.
    """

    def __init__(self, chunks: Chunks, n_workers: int, skip_batches: int = 0, rank: int = 0, n_ranks: int = 1) -> None:
        self.chunks, self.skip, self.n_ranks = chunks, skip_batches, n_ranks
        own = range(rank, len(chunks), n_ranks)[skip_batches // _BATCHES_PER_CHUNK :]
        rest = torch.utils.data.Subset(chunks, own)
        self.loader = DataLoader(rest, batch_size=None, num_workers=n_workers, prefetch_factor=2 if n_workers else None,
                                 persistent_workers=False)  # fmt: skip

    def __len__(self) -> int:
        return -(-len(self.chunks.samples) // (self.chunks.batch_size * self.n_ranks))

    def __iter__(self) -> Iterator[Batch]:
        skip = self.skip % _BATCHES_PER_CHUNK
        for batches in self.loader:
            yield from batches[skip:]
            skip = 0


class SampleData(pl.LightningDataModule):
    """Training and validation samples of one stage, as batches for one recognizer."""

    def __init__(self, train: Sequence[Any], val: Sequence[Any], recognizer: Network, batch_size: int,
                 n_workers: int, skip_batches: int = 0) -> None:  # fmt: skip
        super().__init__()
        self.train, self.val, self.recognizer = train, val, recognizer
        self.batch_size, self.n_workers, self.skip_batches = batch_size, n_workers, skip_batches

    def train_dataloader(self) -> Batches:
        rank, n_ranks = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        return Batches(Chunks(self.train, self.recognizer, self.batch_size, True), self.n_workers, self.skip_batches, rank, n_ranks)

    def val_dataloader(self) -> Batches:
        return Batches(Chunks(self.val, self.recognizer, self.batch_size, False), 0)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        targets = None if batch.targets is None else batch.targets.to(device)
        return Batch(batch.images.to(device), batch.widths, batch.texts, batch.origins, targets)
