"""A line recognizer that writes one grapheme after the other: the trunk of `crnn`, and a decoder with attention.

The decoder is that of Baek et al. 2019, "What Is Wrong With Scene Text Recognition Model Comparisons?" (there "Attn"),
with attention that also sees where it has looked before (Chorowski et al. 2015, "Attention-Based Models for Speech
Recognition"): without that it loses its place in long lines of like shapes.

Class 0, the blank of CTC, is the end of the line here. What was written is laid along the width, each grapheme on the
step that it was read from, and blanks between: so windows of long lines, spans, evidence, calibration and all else that
reads `forward` of a line recognizer is the same.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from glyphgen.script import BLANK_ID, Script
from recognizers.image.preprocess import Preprocess
from recognizers.network import Batch
from recognizers.networks import losses
from recognizers.networks.crnn import CRNNTrunk
from recognizers.networks.layers import width_mask
from recognizers.networks.line import LineRecognizer

_BLANK = 0.999  # chance that a step between graphemes holds none
_MOST_SPACE = 0.49  # of a space that was not written: above, the step would be read as one
_NO_TARGET = -100  # what cross_entropy passes over


class AttentionDecoder(nn.Module):
    """From features (b, steps, n_in) to scores of classes, one grapheme at a time.

    kernel is how many steps around where it looked last it can go to by that alone: more than a wide glyph and a gap.
    """

    def __init__(self, n_in: int, n_hidden: int, n_classes: int, n_filters: int = 16, kernel: int = 31) -> None:
        super().__init__()
        self.keys, self.query = nn.Linear(n_in, n_hidden), nn.Linear(n_hidden, n_hidden, bias=False)
        self.location = nn.Conv1d(2, n_filters, kernel, padding=kernel // 2, bias=False)
        self.place = nn.Linear(n_filters, n_hidden, bias=False)
        self.energy = nn.Linear(n_hidden, 1, bias=False)
        self.embedding = nn.Embedding(n_classes, n_hidden)
        self.cell = nn.LSTMCell(n_hidden + n_in, n_hidden)
        self.classes = nn.Linear(n_hidden + n_in, n_classes)

    def start(self, features: Tensor, steps: Tensor) -> _State:
        """Return the state before the first grapheme; steps (b,) of each line."""
        n, n_steps, _ = features.shape
        outside = width_mask(steps, n_steps, features)[:, 0, 0] == 0  # (b, steps)
        first, nothing = features.new_zeros(n, n_steps), features.new_zeros(n, n_steps)
        first[:, 0] = 1.0  # as if it had read something at the left edge: so it knows where to begin
        hidden = features.new_zeros(n, self.query.in_features)
        return _State(features, self.keys(features), outside, hidden, hidden, first, nothing)

    def step(self, state: _State, previous: Tensor) -> tuple[Tensor, _State]:
        """Return scores (b, n_classes) of the grapheme after `previous` (b,), ids, and the state after it."""
        seen = self.location(torch.stack([state.attention, state.looked_at], dim=1))  # (b, n_filters, steps)
        mixed = state.keys + self.query(state.hidden)[:, None] + self.place(seen.transpose(1, 2))
        energies = self.energy(torch.tanh(mixed))[..., 0].masked_fill(state.outside, -torch.inf)
        attention = torch.softmax(energies, dim=1)
        context = torch.bmm(attention[:, None], state.features)[:, 0]  # (b, n_in)
        entry = torch.cat([self.embedding(previous), context], dim=1)
        hidden, memory = self.cell(entry, (state.hidden, state.memory))
        after = state.moved(hidden, memory, attention)
        return self.classes(torch.cat([hidden, context], dim=1)), after


class _State:
    """What a decoder knows before a grapheme: hidden and memory (b, n) of its cell, attention (b, steps) of the last
    grapheme and looked_at (b, steps), the sum of all.
    """

    def __init__(
        self,
        features: Tensor,
        keys: Tensor,
        outside: Tensor,
        hidden: Tensor,
        memory: Tensor,
        attention: Tensor,
        looked_at: Tensor,
    ) -> None:
        self.features, self.keys, self.outside = features, keys, outside
        self.hidden, self.memory, self.attention, self.looked_at = hidden, memory, attention, looked_at

    def moved(self, hidden: Tensor, memory: Tensor, attention: Tensor) -> _State:
        looked_at = self.looked_at + attention
        return _State(self.features, self.keys, self.outside, hidden, memory, attention, looked_at)


@final
class AttentionCRNN(LineRecognizer):
    """Convolutions and BiLSTMs of `CRNN`, and a decoder of n_decoder hidden values.

    With ctc_weight the trunk learns from CTC, too, with that share of the loss, and by it where along the width the
    graphemes are (Kim et al. 2017, "Joint CTC-Attention based End-to-End Speech Recognition"); reading has no use for
    it. ONNX holds no loop whose length depends on what it writes, so its bundles are read with torch.
    """

    architecture = "crnn_attention"
    fits_onnx = False
    head: AttentionDecoder

    def __init__(
        self,
        script: Script,
        preprocess: Preprocess,
        channels: tuple[int, ...] = (32, 64, 112, 144),
        n_hidden: int = 96,
        n_layers: int = 1,
        dropout: float = 0.1,
        n_decoder: int = 128,
        ctc_weight: float = 0.3,
    ) -> None:
        arguments = {
            "channels": list(channels),
            "n_hidden": n_hidden,
            "n_layers": n_layers,
            "dropout": dropout,
            "n_decoder": n_decoder,
            "ctc_weight": ctc_weight,
        }
        super().__init__(script, preprocess, arguments)
        if not 0 <= ctc_weight < 1:
            raise ValueError(f"model.ctc_weight must be from 0 to below 1, not {ctc_weight}")
        self.ctc_weight = ctc_weight
        self.trunk = CRNNTrunk(preprocess, tuple(channels), n_hidden, n_layers, dropout)
        self.head = AttentionDecoder(2 * n_hidden, n_decoder, script.n_classes)
        self.steps_head = nn.Linear(2 * n_hidden, script.n_classes) if ctc_weight else None

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        features, steps = self.trunk(images, widths)
        with torch.autocast(features.device.type, enabled=False):
            return self._written(features, steps)

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Return the loss of each grapheme after those that the label has, not after those that `outputs` have."""
        return self.training_loss(batch)

    def training_loss(self, batch: Batch) -> Tensor:
        """Return the mean cross entropy of the graphemes and of the end, each after those that the label has; a share
        of ctc_weight of it is CTC.
        """
        features, steps = self.trunk(batch.images, batch.widths)
        ids = [[*self.script.encode(text), BLANK_ID] for text in batch.texts]
        longest = max(map(len, ids))
        targets = torch.tensor([row + [_NO_TARGET] * (longest - len(row)) for row in ids], device=features.device)
        given = functional.pad(targets.clamp(min=BLANK_ID)[:, :-1], (1, 0), value=BLANK_ID)
        scores = []
        with torch.autocast(features.device.type, enabled=False):
            state = self.head.start(features, steps)
            for k in range(longest):
                row, state = self.head.step(state, given[:, k])
                scores.append(row)
        loss = losses.classes(torch.stack(scores, dim=1).flatten(0, 1), targets.flatten(), None, 0.0)
        if self.steps_head is None:
            return loss
        by_step = torch.log_softmax(self.steps_head(features).float(), dim=-1)
        ctc = losses.ctc(by_step, [row[:-1] for row in ids], steps)
        return (1 - self.ctc_weight) * loss + self.ctc_weight * ctc.to(loss.device)

    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        return self.edits(outputs, batch)

    def _written(self, features: Tensor, steps: Tensor) -> Tensor:
        """Write the likeliest grapheme after each other until every line has ended, and lay them along the width."""
        steps = steps.to(features.device)
        state = self.head.start(features, steps)
        previous = torch.zeros(len(features), dtype=torch.long, device=features.device)
        has_ended, rows, places = torch.zeros_like(previous, dtype=torch.bool), [], []
        for k in range((features.shape[1] + 1) // 2):  # with a blank between two, no more can be laid out
            scores, state = self.head.step(state, previous)
            previous = scores.argmax(dim=1)
            has_ended = has_ended | (previous == BLANK_ID) | (2 * k >= steps)
            if bool(has_ended.all()):
                break
            previous = torch.where(has_ended, BLANK_ID, previous)
            rows.append(torch.log_softmax(scores.float(), dim=1))
            places.append(torch.where(has_ended, -1, state.attention.argmax(dim=1)))
        return self._laid_out(features, steps, rows, places)

    def _laid_out(self, features: Tensor, steps: Tensor, rows: list[Tensor], places: list[Tensor]) -> Tensor:
        n, n_steps, _ = features.shape
        n_classes = self.script.n_classes
        blank = torch.full((n_classes,), (1 - _BLANK) / max(n_classes - 1, 1)).log()
        blank[BLANK_ID] = torch.tensor(_BLANK).log()
        laid = blank.to(features.device).expand(n, n_steps, n_classes).clone()
        if not rows:
            return laid
        written, at = torch.stack(rows, dim=1), torch.stack(places, dim=1).tolist()  # (b, graphemes, n_classes)
        space = self.script.alphabet.find(" ") + 1
        for line, own in enumerate(at):
            own = [place for place in own if place >= 0]
            spread = spread_out(own, int(steps[line]))
            for k, place in enumerate(spread):
                laid[line, place] = written[line, k]
                is_free = place - 1 > (spread[k - 1] if k else 0)
                if space and is_free and int(written[line, k].argmax()) != space:
                    laid[line, place - 1] = _blank_or_space(laid[line, place - 1], written[line, k, space], space)
        return laid


def _blank_or_space(blank: Tensor, log_p: Tensor, space: int) -> Tensor:
    """Return a step (n_classes,) on which a space has the chance that it had where a glyph was written, no more than
    leaves the blank likelier.
    """
    p = blank.exp()
    p[space] = log_p.exp().clamp(max=_MOST_SPACE)
    p[BLANK_ID] = (1 - (p.sum() - p[BLANK_ID])).clamp(min=_MOST_SPACE + 0.01)
    return (p / p.sum()).log()


def spread_out(places: list[int], n_steps: int) -> list[int]:
    """Return the steps of graphemes in order, with at least one step between two, all below n_steps, and as near to
    `places` as going forward and back once makes them. The places fit: 2 len(places) - 1 <= n_steps.
    """
    spread: list[int] = []
    for place in places:
        spread.append(max(place, spread[-1] + 2) if spread else place)
    most = n_steps - 1
    for k in range(len(spread) - 1, -1, -1):
        spread[k] = min(spread[k], most)
        most = spread[k] - 2
    return spread
