"""From samples to batches: one LightningDataModule over any synth or folder.

Samples are rendered in chunks; a chunk is sorted by width and cut into batches, so that little is padded. What a
chunk holds depends on its number alone, so batches are the same with any number of workers. Processes that train
together take whole chunks in turn and share the rest evenly, so that all have the same number of batches.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from experiments.refiner.refined import Refined
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.sample import PageSample, Sample
from recognizers.collation import fitted as fitted_picture
from recognizers.collation import stack, widened
from recognizers.finder import page_array
from recognizers.interpret import LabelError
from recognizers.network import Batch, Network
from recognizers.networks.lines import make_targets
from recognizers.recognizer import Recognizer

_BATCHES_PER_CHUNK = 8
_MOST_STRETCHES = 12  # of a quarter each: fourteen times the width


def _targets_of(page: PageSample) -> NDArray[np.float32]:
    height, width = page.image.shape[:2]
    return make_targets(page.lines, height, width, page.has_more_writing)  # type: ignore[arg-type]  # frozen fields


def collate_pages(samples: Sequence[PageSample]) -> Batch:
    """Stack pages of one size with what a finder of lines has to say of them."""
    images = torch.from_numpy(np.stack([page_array(sample.image) for sample in samples]))
    targets = torch.from_numpy(np.stack([_targets_of(sample) for sample in samples]))
    widths = torch.full((len(samples),), images.shape[-1])
    return Batch(
        images.contiguous(memory_format=torch.channels_last),
        widths,
        [""] * len(samples),
        [s.origin for s in samples],
        targets,
    )


def stretched(sample: Sample, recognizer: Recognizer) -> Sample:
    """Return a rendered line, as much wider as its text needs where thin glyphs stand so close that the network has
    fewer steps for them than they are.
    """
    text = recognizer.script.canonical(sample.text)
    for _ in range(_MOST_STRETCHES):
        height, width = sample.image.shape[:2]
        try:
            recognizer.check_label(text, width * recognizer.preprocess.height_px // height, sample.origin)
            break
        except LabelError:
            sample = _with_picture(sample, widened(sample.image, 1.25))
    return sample


def fitted(sample: Sample, recognizer: Recognizer) -> tuple[Sample, NDArray[np.float32]]:
    """Return a sample and its tensor. A picture that a move or its crop left too narrow for its text is widened, for it
    must not end the training; one that is too narrow however wide it is drawn stays, and `collate` names it.
    """
    image, tensor = fitted_picture(sample, recognizer)
    return (sample if image is sample.image else _with_picture(sample, image)), tensor


def _with_picture(sample: Sample, image: NDArray[np.uint8]) -> Sample:
    """Return a sample with its picture drawn wider, and its boxes with it."""
    wider = image.shape[1] / sample.image.shape[1]
    return replace(sample, image=image, boxes=sample.boxes * [wider, 1.0, wider, 1.0])


def shares(n_samples: int, size: int, rank: int = 0, n_ranks: int = 1) -> list[range]:
    """Return which samples each chunk of process `rank` holds: as many for every process, and none twice. Whole chunks
    of `size` are dealt in turn; what is left after the last round is cut into n_ranks equal chunks, and up to n_ranks -
    1 samples are left out.
    """
    n_whole = n_samples // size // n_ranks * n_ranks
    own = [range(k * size, (k + 1) * size) for k in range(rank, n_whole, n_ranks)]
    each = (n_samples - n_whole * size) // n_ranks
    first = n_whole * size + rank * each
    return [*own, range(first, first + each)] if each else own


class Repeated(Sequence[Any]):
    """As many samples as there were, of which only the first n are different: round after round of these, each in an
    order of its own.
    """

    def __init__(self, samples: Sequence[Any], n: int) -> None:
        self.samples, self.n = samples, min(n, len(samples))

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Any:  # type: ignore[override]  # no slices
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        turn, place = divmod(index, self.n)
        return self.samples[int(_order(turn, self.n)[place])]


@lru_cache(maxsize=4)
def _order(turn: int, n: int) -> NDArray[np.int64]:
    return np.random.default_rng([turn, n]).permutation(n)


class Chunks(Dataset[list[Batch]]):
    """Chunk k of a process holds the batches of its k-th share of the samples, in a random order that depends on which
    those are.
    """

    def __init__(
        self,
        samples: Sequence[Any],
        recognizer: Network,
        batch_size: int,
        shuffles: bool,
        rank: int = 0,
        n_ranks: int = 1,
    ) -> None:
        self.samples, self.recognizer, self.batch_size, self.shuffles = samples, recognizer, batch_size, shuffles
        self.size = batch_size * _BATCHES_PER_CHUNK
        while isinstance(samples, Repeated | Refined):
            samples = samples.samples
        self.is_rendered = isinstance(samples, LineSynth)
        self.shares = shares(len(samples), self.size, rank, n_ranks)

    def __len__(self) -> int:
        return len(self.shares)

    @property
    def n_batches(self) -> int:
        """How many batches all chunks of this process hold."""
        return sum(-(-len(share) // self.batch_size) for share in self.shares)

    def __getitem__(self, k: int) -> list[Batch]:
        share = self.shares[k]
        picked, seed = [self.samples[i] for i in share], -(-share.start // self.size)
        if not isinstance(self.recognizer, Recognizer):
            shapes = [page.image.shape[1] / page.image.shape[0] for page in picked]
            return [collate_pages([picked[i] for i in row]) for row in self._rows(seed, shapes)]
        if self.is_rendered:
            picked = [stretched(sample, self.recognizer) for sample in picked]
        pairs = [fitted(sample, self.recognizer) for sample in picked]
        rows = self._rows(seed, [tensor.shape[-1] for _, tensor in pairs])
        return [
            stack([pairs[i][0] for i in row], [pairs[i][1] for i in row], self.recognizer, self.shuffles)
            for row in rows
        ]

    def _rows(self, k: int, widths: Sequence[float]) -> list[list[int]]:
        """Return which samples of chunk k make each batch: those of about one width."""
        order = sorted(range(len(widths)), key=widths.__getitem__)
        rows = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        return [rows[i] for i in np.random.default_rng(k).permutation(len(rows))] if self.shuffles else rows


def start_method() -> str | None:
    """Return how to start processes where the usual way is none of Python's: joblib, whose processes run the jobs of a
    sweep, has one of its own there, which these processes cannot be started with.
    """
    known = [method for method in ("fork", "spawn") if method in multiprocessing.get_all_start_methods()]
    usual = multiprocessing.get_start_method(allow_none=True)
    return None if usual in (None, "fork", "spawn", "forkserver") else known[0]


class Batches:
    """Iterates over the batches of the chunks of this process, from batch `skip_batches` on."""

    def __init__(self, chunks: Chunks, n_workers: int, skip_batches: int = 0) -> None:
        self.chunks, self.skip = chunks, skip_batches
        rest = torch.utils.data.Subset(chunks, range(len(chunks))[skip_batches // _BATCHES_PER_CHUNK :])
        self.loader = DataLoader(
            rest,
            batch_size=None,
            num_workers=n_workers,
            prefetch_factor=2 if n_workers else None,
            persistent_workers=False,
            multiprocessing_context=start_method() if n_workers else None,
        )

    def __len__(self) -> int:
        return self.chunks.n_batches

    def __iter__(self) -> Iterator[Batch]:
        skip = self.skip % _BATCHES_PER_CHUNK
        for batches in self.loader:
            yield from batches[skip:]
            skip = 0


class SampleData(pl.LightningDataModule):
    """Training and validation samples of one stage, as batches for one recognizer."""

    def __init__(
        self,
        train: Sequence[Any],
        val: Sequence[Any],
        recognizer: Network,
        batch_size: int,
        n_workers: int,
        skip_batches: int = 0,
        n_samples: int | None = None,
    ) -> None:
        """n_samples: how many different ones training sees; None: all."""
        super().__init__()
        self.train = train if n_samples is None else Repeated(train, n_samples)
        self.val, self.recognizer = val, recognizer
        self.batch_size, self.n_workers, self.skip_batches = batch_size, n_workers, skip_batches

    def train_dataloader(self) -> Batches:
        rank, n_ranks = (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
        chunks = Chunks(self.train, self.recognizer, self.batch_size, True, rank, n_ranks)
        return Batches(chunks, self.n_workers, self.skip_batches)

    def val_dataloader(self) -> Batches:
        return Batches(Chunks(self.val, self.recognizer, self.batch_size, False), 0)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        targets = None if batch.targets is None else batch.targets.to(device)
        return Batch(batch.images.to(device), batch.widths, batch.texts, batch.origins, targets)
