import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.measure.hausdorff import ink_points, modified_hausdorff, nearest

POINTS = arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(-50, 50))


@given(POINTS, POINTS)
def test_it_is_the_larger_mean_of_nearest_distances(a: np.ndarray, b: np.ndarray) -> None:
    apart = np.linalg.norm(a[:, None] - b[None], axis=2)
    expected = max(apart.min(axis=1).mean(), apart.min(axis=0).mean())
    assert modified_hausdorff(a, b) == pytest.approx(expected, abs=1e-4)
    assert modified_hausdorff(b, a) == pytest.approx(expected, abs=1e-4)
    assert modified_hausdorff(a, a) == pytest.approx(0, abs=1e-4)


def test_where_a_drawing_lies_makes_no_difference() -> None:
    ring, bar = np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.uint8)
    ring[4:14, 4:14] = 255
    ring[6:12, 6:12] = 0
    bar[5:8, 3:30] = 255
    moved = [np.roll(picture, (15, 6), axis=(0, 1)) for picture in (bar, ring)]
    assert nearest([ring, bar], moved) == [1, 0]
    with pytest.raises(ValueError, match="without ink"):
        ink_points(np.zeros((5, 5), np.uint8))
