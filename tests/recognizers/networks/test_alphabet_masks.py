import pytest
import torch
from torch import nn

from glyphgen.script import Grapheme, Script
from recognizers.networks.alphabet_masks import AlphabetMasks

SCRIPT = Script("many", tuple(map(Grapheme, ["A", "B", "C", "D", "E", " "])), ignores_case=False)


def test_a_line_is_compared_with_its_own_alphabet_only() -> None:
    torch.manual_seed(0)
    masks, head = AlphabetMasks(["AB", "CDE"], SCRIPT), nn.Linear(4, SCRIPT.n_classes)
    features, texts = torch.randn(2, 7, 4), ["AB A", "CED"]
    log_probs, ids = masks.compare(head, features, texts)
    log_probs = log_probs.detach()
    assert log_probs.exp().sum(dim=-1).flatten().tolist() == pytest.approx([1.0] * 14, abs=1e-4)
    whole = masks.restrict(torch.log_softmax(head(features), dim=-1), texts).detach()
    for row, text in enumerate(texts):
        assert log_probs[row][:, ids[row]] == pytest.approx(whole[row][:, SCRIPT.encode(text)], abs=1e-4)
        assert log_probs[row, :, 0] == pytest.approx(whole[row, :, 0], abs=1e-4), "the blank"
    others = [[i for char in other for i in SCRIPT.encode(char)] for other in ("CDE", "AB")]
    assert whole[0][:, others[0]].exp().max() < 1e-6
    assert whole[1][:, others[1]].exp().max() < 1e-6


def test_a_letter_belongs_to_one_alphabet() -> None:
    with pytest.raises(ValueError, match="'B' belongs to two"):
        AlphabetMasks(["AB", "BC"], SCRIPT)
