"""Parts of `protonet`: whitening, the head that compares with prototypes, the views of a picture, episodes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

MOST_VIEWS = 8  # of a picture, see `views`
_UNTAUGHT = -1e4  # the score of a class that has no vector


class Whitening(nn.Module):
    """Features (b, d) of length 1, times a matrix (d, d) that weighs their directions; the identity in a fresh
    network. What comes out has any length.
    """

    matrix: Tensor

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.register_buffer("matrix", torch.eye(n_features))

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(x.float(), dim=1) @ self.matrix


class Prototypes(nn.Module):
    """A vector (n_classes, n_features) for each class, of any length, and how many pictures it is the sum of; 0: not
    taught yet.
    """

    counts: Tensor

    def __init__(self, n_features: int, n_classes: int, scale: float = 16.0) -> None:
        super().__init__()
        self.vectors = nn.Parameter(functional.normalize(torch.randn(n_classes, n_features), dim=1))
        self.log_scale = nn.Parameter(torch.tensor(scale).log())
        self.register_buffer("counts", torch.ones(n_classes))

    def forward(self, x: Tensor) -> Tensor:
        scores = self.cosines(x, self.vectors)
        return scores.masked_fill(self.counts[None] == 0, _UNTAUGHT)

    def cosines(self, x: Tensor, vectors: Tensor) -> Tensor:
        """Return scaled cosines (b, n) between features (b, d) and vectors (n, d)."""
        return (
            self.log_scale.exp()
            * functional.normalize(x.float(), dim=1)
            @ functional.normalize(vectors.float(), dim=1).T
        )


def views(images: Tensor, n: int) -> Tensor:
    """Return n views (n·b, 1, h, w) of pictures (b, 1, h, w): as they are, then turned, sheared and scaled a little,
    the same always. What enters repeats the border.
    """
    deformation = torch.tensor(
        [
            [0, 0, 1, 1],
            [8, 0, 1, 1],
            [-8, 0, 1, 1],
            [0, 0.14, 1, 1],
            [0, -0.14, 1, 1],
            [0, 0, 1.12, 1],
            [0, 0, 1, 1.12],
            [0, 0, 0.9, 0.9],
        ]
    )[:n]  # degrees, shear, scales of x and y
    if n > len(deformation):
        raise ValueError(f"n_views={n}: there are 1 to {len(deformation)}")
    angle = torch.deg2rad(deformation[:, 0])
    cos, sin, shear = angle.cos(), angle.sin(), deformation[:, 1]
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos * deformation[:, 2], (cos * shear - sin) * deformation[:, 3]
    theta[:, 1, 0], theta[:, 1, 1] = sin * deformation[:, 2], (sin * shear + cos) * deformation[:, 3]
    b, c, h, w = images.shape
    places = functional.affine_grid(theta.to(images), [n, c, h, w], align_corners=False).repeat_interleave(b, dim=0)
    return functional.grid_sample(images.repeat(n, 1, 1, 1), places, padding_mode="border", align_corners=False)


def split_episode(texts: Sequence[str], k_shot: int) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Return the rows of the first k_shot pictures of each class, and the rows of the others. Raises ValueError for a
    class that has no other.
    """
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text, []).append(row)
    if short := [text for text, those in rows.items() if len(those) <= k_shot]:
        raise ValueError(f"{short[0]!r} is {len(rows[short[0]])} times in a batch; k_shot={k_shot} needs more")
    return {text: those[:k_shot] for text, those in rows.items()}, {
        text: those[k_shot:] for text, those in rows.items()
    }
