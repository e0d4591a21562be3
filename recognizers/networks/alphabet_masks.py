"""Training on many alphabets at once, where a line is only ever compared with the letters of its own: thousands of
classes, but a few dozen to choose from, so that a network learns to tell the letters of an alphabet apart, and not
which alphabet it sees.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from glyphgen.script import BLANK_ID, Script

_NEVER = -1e4


class AlphabetMasks:
    """alphabets hold the letters of each; blank and space belong to all. Raises ValueError for a letter
    in two of them.
    """

    def __init__(self, alphabets: Sequence[str], script: Script) -> None:
        shared = [BLANK_ID, *(script.encode(" ") if " " in script.alphabet else [])]
        self.family: dict[str, int] = {}
        rows = []
        for k, letters in enumerate(alphabets):
            if twice := [letter for letter in letters if self.family.setdefault(letter, k) != k]:
                raise ValueError(f"{twice[0]!r} belongs to two alphabets")
            rows.append([*shared, *script.encode(letters)])
        widest = max(map(len, rows))
        self.ids = torch.tensor([row + [BLANK_ID] * (widest - len(row)) for row in rows])  # (n, m): classes of each
        self.is_there = torch.tensor([[k < len(row) for k in range(widest)] for row in rows])
        self.places = [{i: k for k, i in enumerate(row)} for row in rows]
        self.script = script

    def of(self, text: str) -> int:
        """Return which alphabet a text is of."""
        return next(self.family[char] for char in text if char in self.family)

    def compare(self, head: nn.Linear, features: Tensor, texts: Sequence[str]) -> tuple[Tensor, list[list[int]]]:
        """Return log probabilities (b, steps, m) of the classes of each line's alphabet, the blank first, and the lines
        as ids of those.
        """
        own = [self.of(text) for text in texts]
        chosen = self.ids[own].to(features.device)
        scores = features @ head.weight[chosen].transpose(1, 2) + head.bias[chosen][:, None]
        scores = scores.float().masked_fill(~self.is_there[own].to(features.device)[:, None], _NEVER)
        ids = [[self.places[k][i] for i in self.script.encode(text)] for k, text in zip(own, texts, strict=True)]
        return torch.log_softmax(scores, dim=-1), ids

    def restrict(self, log_probs: Tensor, texts: Sequence[str]) -> Tensor:
        """Return log probabilities (b, steps, n_classes) of which nothing is left but the alphabet of each line."""
        is_other = torch.ones(len(texts), 1, log_probs.shape[-1], dtype=torch.bool)
        for row, text in zip(is_other, texts, strict=True):
            row[0, self.ids[self.of(text)]] = False
        return torch.log_softmax(log_probs.masked_fill(is_other.to(log_probs.device), _NEVER), dim=-1)
