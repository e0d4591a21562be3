"""How a refiner is trained: against a critic, and kept near what was rendered.

The refiner is to make planes that the critic takes for crops, and to change little, so that labels stay true. The
critic sees refined planes of earlier steps as well, so that what was once found out stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset

from experiments.refiner.network import Critic, Refiner, to_plane
from glyphgen.sample import Image

WINDOW_PX, WINDOW_WIDTH_PX = 32, 128
_HISTORY = 256  # windows that were refined in earlier steps
_RECENT = 20  # steps that the figures at the end are means of


class WindowPairs(Dataset[Tensor]):
    """Batches (2, b, 1, WINDOW_PX, WINDOW_WIDTH_PX): random windows of rendered lines, and of crops. Batch k is a
    function of (seed, k).
    """

    def __init__(
        self, rendered: Sequence[Any], crops: Sequence[Image], batch_size: int, n_batches: int, seed: int
    ) -> None:
        self.rendered, self.batch_size, self.n_batches, self.seed = rendered, batch_size, n_batches, seed
        self.crops = crops

    def __len__(self) -> int:
        return self.n_batches

    def __getitem__(self, k: int) -> Tensor:
        if not 0 <= k < self.n_batches:
            raise IndexError(f"batch {k} of {self.n_batches}")
        rng = np.random.default_rng([self.seed, k])
        first = k * self.batch_size
        planes = [to_plane(self.rendered[first + i].image) for i in range(self.batch_size)]
        drawn = [to_plane(self.crops[int(i)]) for i in rng.integers(len(self.crops), size=self.batch_size)]
        pair = [np.stack([window(plane, rng) for plane in some]) for some in (planes, drawn)]
        return torch.from_numpy(np.stack(pair)[:, :, None])


def window(plane: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a random part (WINDOW_PX, WINDOW_WIDTH_PX) of a plane; a small one goes on as it ends."""
    sides = (WINDOW_PX, WINDOW_WIDTH_PX)
    missing = [max(0, side - has) for side, has in zip(sides, plane.shape, strict=True)]
    padded = np.pad(plane, [(0, n) for n in missing], mode="edge")
    top, left = (int(rng.integers(has - side + 1)) for side, has in zip(sides, padded.shape, strict=True))
    return padded[top : top + WINDOW_PX, left : left + WINDOW_WIDTH_PX]


class LitRefiner(pl.LightningModule):
    """Trains a refiner against a critic. similarity: what a mean change of the whole range counts in the loss."""

    def __init__(self, refiner: Refiner, learning_rate: float, similarity: float, refiner_steps: int) -> None:
        super().__init__()
        self.automatic_optimization = False  # two networks with two losses
        self.refiner, self.critic = refiner, Critic()
        self.learning_rate, self.similarity, self.refiner_steps = learning_rate, similarity, refiner_steps
        self.register_buffer("history", torch.zeros(_HISTORY, 1, WINDOW_PX, WINDOW_WIDTH_PX))
        self.n_kept = 0
        self.recent: list[tuple[float, float]] = []

    @property
    def figures(self) -> dict[str, float]:
        """mean_change, in levels of 255, and told_apart, the share of places that the critic judged rightly (0.5: it
        can tell nothing), over the last steps.
        """
        if not self.recent:
            return {"mean_change": 0.0, "told_apart": 0.5}
        change, told = np.mean(self.recent, axis=0)
        return {"mean_change": round(float(change) * 127.5, 2), "told_apart": round(float(told), 4)}

    def training_step(self, batch: Tensor, index: int) -> None:
        rendered, crops = batch[0], batch[1]
        refining, judging = self.optimizers()  # type: ignore[attr-defined]  # two, as configured
        for _ in range(self.refiner_steps):
            refined = self.refiner(rendered)
            scores, change = self.critic(refined), (refined - rendered).abs().mean()
            fooled = functional.binary_cross_entropy_with_logits(scores, torch.ones_like(scores))
            refining.zero_grad()
            self.manual_backward(fooled + self.similarity * change / 2)
            refining.step()
        with torch.no_grad():
            refined = self.refiner(rendered)
        on_crops, on_refined = self.critic(crops), self.critic(self._with_earlier(refined))
        loss = functional.binary_cross_entropy_with_logits(
            on_crops, torch.ones_like(on_crops)
        ) + functional.binary_cross_entropy_with_logits(on_refined, torch.zeros_like(on_refined))
        judging.zero_grad()
        self.manual_backward(loss / 2)
        judging.step()
        told = (float((on_crops > 0).float().mean()) + float((on_refined <= 0).float().mean())) / 2
        self.recent = [*self.recent[1 - _RECENT :], (float((refined - rendered).abs().mean()), told)]
        self.log_dict(
            {
                "train/fooled": fooled.detach(),
                "train/critic": loss.detach() / 2,
                "train/change": change.detach() * 127.5,
                "train/told_apart": told,
            },
            prog_bar=True,
            batch_size=len(rendered),
        )

    def _with_earlier(self, refined: Tensor) -> Tensor:
        """Return refined planes, half of them those of earlier steps, and keep some of these."""
        half, history = min(len(refined) // 2, _HISTORY), self.history
        assert isinstance(history, Tensor)
        if self.n_kept < _HISTORY:
            room = min(_HISTORY - self.n_kept, half)
            history[self.n_kept : self.n_kept + room] = refined[:room]
            self.n_kept += room
            return refined
        places = torch.randperm(_HISTORY, device=refined.device)[:half]
        mixed = torch.cat([history[places], refined[half:]])
        history[places] = refined[:half]
        return mixed

    def configure_optimizers(self) -> Any:
        both = (self.refiner, self.critic)
        return [torch.optim.Adam(one.parameters(), lr=self.learning_rate, betas=(0.5, 0.999)) for one in both]
