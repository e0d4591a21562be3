import torch

from recognizers.networks.layers import MaskedBiLSTM, MaskedConv, reverse_each, width_mask


def test_masks_are_one_inside_each_width() -> None:
    mask = width_mask(torch.tensor([3, 0, 5]), 5, torch.zeros(1))
    assert mask[:, 0, 0].tolist() == [[1, 1, 1, 0, 0], [0] * 5, [1] * 5]


def test_padding_stays_zero_and_never_reaches_the_picture() -> None:
    torch.manual_seed(0)
    layer = MaskedConv(1, 4, pool=(2, 2)).eval()
    narrow = torch.randn(1, 1, 8, 12)
    padded = torch.nn.functional.pad(narrow, (0, 20))
    alone, _ = layer(narrow, torch.tensor([12]))
    together, widths = layer(padded, torch.tensor([12]))
    assert widths.tolist() == [6]
    assert torch.allclose(together[..., :6], alone, atol=1e-4)
    assert together[..., 6:].abs().sum() == 0


def test_reversing_twice_gives_the_same_and_keeps_padding() -> None:
    x, lengths = torch.arange(12.0).reshape(2, 6, 1), torch.tensor([6, 4])
    once = reverse_each(x, lengths)
    assert once[1, :, 0].tolist() == [9, 8, 7, 6, 10, 11]
    assert torch.equal(reverse_each(once, lengths), x)


def test_a_bidirectional_pass_over_padding_is_the_pass_without_it() -> None:
    torch.manual_seed(0)
    layer, x = MaskedBiLSTM(3, 4), torch.randn(2, 9, 3)
    together = layer(x, torch.tensor([9, 5]))
    assert torch.allclose(together[1, :5], layer(x[1:, :5], torch.tensor([5]))[0], atol=1e-4)
