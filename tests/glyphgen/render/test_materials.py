import numpy as np
import pytest

from glyphgen.files import DataError
from glyphgen.render.materials import MATERIALS, _all_materials, material_bank, window


def test_materials_differ_and_are_made_from_the_seed() -> None:
    bank = material_bank(11)
    assert len(bank) == 28
    assert all(20 < tile.mean() < 235 and tile.std() > 2 for tile in bank)
    _all_materials.cache_clear()
    assert all(np.array_equal(a, b) for a, b in zip(bank, material_bank(11), strict=True))


def test_a_window_has_the_size_asked_for_and_depends_on_the_generator() -> None:
    bank = material_bank(11)
    for height, width in ((1, 1), (33, 250), (400, 3000)):  # larger than a tile too
        cuts = [window(bank, height, width, np.random.default_rng(k)) for k in (1, 1, 2)]
        assert all(cut.shape == (height, width) and cut.dtype == np.uint8 for cut in cuts)
        assert np.array_equal(cuts[0], cuts[1])
    assert len(bank) % len(MATERIALS) == 0


def test_some_materials_are_the_same_tiles_as_among_all() -> None:
    bank, some = material_bank(11), material_bank(11, ("metal", "wood"))
    assert len(some) == 8
    for tile, expected in zip(some, [*bank[4:8], *bank[16:20]], strict=True):
        assert np.array_equal(tile, expected)
    for wrong in ((), ("wood", "glass")):
        with pytest.raises(DataError, match="materials must be some of stone, wood"):
            material_bank(11, wrong)
