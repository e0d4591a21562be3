"""What losses of recognizers have in common: where they are computed, and which classes of thousands are compared."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from glyphgen.script import BLANK_ID
from recognizers.networks.layers import ClassHead


def where_exact(scores: Tensor) -> Tensor:
    """Return scores where their loss can be computed: on the CPU when determinism is asked for, for CTC has no
    deterministic gradient on GPUs; else where they are.
    """
    return scores.cpu() if torch.are_deterministic_algorithms_enabled() else scores


def random_of(names: Sequence[str]) -> torch.Generator:
    """Return random numbers that are a function of what a batch holds: the same whatever was drawn before, by whom, and
    after a stop.
    """
    return torch.Generator().manual_seed(zlib.crc32("\n".join(names).encode()))


def ctc(log_probs: Tensor, ids: Sequence[Sequence[int]], steps: Tensor) -> Tensor:
    """Return the mean CTC loss of log probabilities (b, steps, n_classes), of which line k has steps[k]; the blank is
    class 0.
    """
    log_probs = where_exact(log_probs.float())
    targets = torch.tensor([i for row in ids for i in row], dtype=torch.long, device=log_probs.device)
    lengths = torch.tensor([len(row) for row in ids])
    return functional.ctc_loss(log_probs.transpose(0, 1), targets, steps.cpu(), lengths, zero_infinity=False)


def classes(scores: Tensor, targets: Tensor, weights: Tensor | None, label_smoothing: float) -> Tensor:
    """Return the mean cross entropy of scores (b, n_classes)."""
    scores = where_exact(scores.float())
    weights = None if weights is None else weights.to(scores.device)
    return functional.cross_entropy(scores, targets.to(scores.device), weights, label_smoothing=label_smoothing)


def compare_sampled(
    head: ClassHead,
    features: Tensor,
    ids: Sequence[Sequence[int]],
    n_classes: int,
    n_sampled: int,
    random: torch.Generator,
) -> tuple[Tensor, list[list[int]]]:
    """Return log probabilities (b, steps, n) of the classes that the lines have and of n_sampled others, drawn evenly,
    the blank first; and the lines as ids of those.
    """
    present = torch.tensor(sorted({BLANK_ID, *(i for row in ids for i in row)}))  # the blank stays first
    others = torch.arange(n_classes)[~torch.isin(torch.arange(n_classes), present)]
    drawn = others[torch.randperm(len(others), generator=random)[:n_sampled]]
    chosen = torch.cat([present, drawn])
    scores = head.scores(features, chosen.to(features.device)).float()
    # each one drawn stands for several that were not, so that the sum over all classes is right on average
    weight = torch.zeros(len(chosen), device=scores.device)
    weight[len(present) :] = math.log(max(len(others), 1) / max(len(drawn), 1))
    place = {i: k for k, i in enumerate(present.tolist())}
    return torch.log_softmax(scores + weight, dim=-1), [[place[i] for i in row] for row in ids]
