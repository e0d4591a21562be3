import numpy as np
import pytest

from glyphgen.render import scenery as module
from glyphgen.render.scenery import scenery


def test_a_scenery_has_its_size_and_comes_from_its_generator_alone() -> None:
    one, same, other = (scenery(90, 140, 5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == (90, 140, 3)
    assert one.dtype == np.uint8
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("thing", sorted({thing.__name__ for thing in module._THINGS}))
def test_each_thing_can_be_thrown_anywhere(thing: str) -> None:
    changed = 0
    for seed in range(30):
        ground = np.full((60, 100, 3), 128, np.uint8)
        getattr(module, thing)(ground, 5, np.random.default_rng(seed))
        changed += bool((ground != 128).any())
    assert changed > 10
