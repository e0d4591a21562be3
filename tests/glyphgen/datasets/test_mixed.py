import numpy as np
import pytest

from glyphgen.datasets.mixed import Mixed
from glyphgen.files import DataError
from glyphgen.sample import Sample


class Named(list[Sample]):
    def __init__(self, name: str, n: int) -> None:
        super().__init__(Sample(np.zeros((4, 4, 3), np.uint8), f"{name}{i}") for i in range(n))


def test_each_sample_is_one_of_the_two_of_its_number() -> None:
    mixed = Mixed(Named("a", 400), Named("b", 500), 0.25, seed=3)
    texts = [sample.text for sample in mixed]
    assert len(texts) == 400
    assert all(text[1:] == str(i) for i, text in enumerate(texts))
    assert 0.18 < sum(text[0] == "b" for text in texts) / 400 < 0.32
    assert [mixed[i].text for i in reversed(range(400))] == texts[::-1], "whatever the order"
    assert [sample.text for sample in Mixed(Named("a", 400), Named("b", 400), 0.25, seed=4)] != texts


def test_the_whole_of_one() -> None:
    first, other = Named("a", 20), Named("b", 20)
    assert list(Mixed(first, other, 0)) == first
    assert list(Mixed(first, other, 1)) == other


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(DataError, match="share of rendered samples"):
        Mixed(Named("a", 2), Named("b", 2), share)
