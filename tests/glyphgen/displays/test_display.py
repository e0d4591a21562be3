from pathlib import Path

import numpy as np
import pytest

from glyphgen.displays import display as displays
from glyphgen.displays import lettering
from glyphgen.displays.display import game_display
from glyphgen.displays.lettering import FALLBACK, display_fonts, is_usable, pick_font
from glyphgen.displays.lettering import lettering as set_text
from glyphgen.displays.screens import SCREENS
from tests.conftest import build_bar_font, build_toy_font


@pytest.fixture(autouse=True)
def shipped_fonts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without fonts but those of matplotlib."""
    shipped = tuple(sorted(FALLBACK.parent.glob("DejaVu*.ttf")))
    monkeypatch.setattr(lettering, "installed_fonts", lambda: shipped)
    display_fonts.cache_clear()


@pytest.mark.parametrize("size", [(720, 1280), (320, 320), (200, 900), (9, 7)])
def test_a_display_has_its_size_and_comes_from_its_generator_alone(size: tuple[int, int]) -> None:
    one, same, other = (game_display(np.random.default_rng(seed), *size) for seed in (1, 1, 2))
    assert one.shape == (*size, 3)
    assert one.dtype == np.uint8
    assert one.flags.c_contiguous
    assert (one == same).all()
    assert (one != other).any()


def test_no_display_is_blank_and_something_stands_on_its_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(displays, "_backdrop", lambda height, width, rng: np.full((height, width, 3), 90, np.uint8))
    monkeypatch.setattr(displays, "_worn", lambda image, rng: image)
    for seed in range(40):
        picture = game_display(np.random.default_rng(seed), 480, 640, [])
        assert (picture != 90).any(axis=2).mean() > 0.002, seed


def test_windows_of_displays_show_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(displays, "_backdrop", lambda height, width, rng: np.full((height, width, 3), 90, np.uint8))
    monkeypatch.setattr(displays, "_worn", lambda image, rng: image)
    for k in range(30):
        assert (game_display(np.random.default_rng(k), 320, 320, []) != 90).any(), k


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__.strip("_"))
def test_each_screen_can_be_drawn_small_and_large(screen: object) -> None:
    for k, size in enumerate([(480, 480), (480, 1000), (1080, 700)]):
        rng = np.random.default_rng(k)
        image = np.full((*size, 3), 90, np.uint8)
        screen(image, displays._theme(image, rng, []), rng)
        assert (image != 90).any()


def test_without_fonts_it_writes_with_the_one_that_matplotlib_ships() -> None:
    assert pick_font([], np.random.default_rng(0)) == FALLBACK
    assert pick_font([Path("/no/such/font.ttf")], np.random.default_rng(0)) == FALLBACK


def test_fonts_without_latin_letters_and_those_named_after_our_scripts_write_nothing(tmp_path: Path) -> None:
    assert is_usable(FALLBACK)
    assert not is_usable(build_toy_font(tmp_path / "toy.ttf"))  # has no small letters
    assert not is_usable(build_bar_font(tmp_path / "b.ttf", "H"))
    copy = tmp_path / "x.ttf"
    copy.write_bytes(b"no font")
    assert not is_usable(copy)
    hylian = build_toy_font(tmp_path / "plain.ttf", full_name="Toy Regular")
    assert not is_usable(hylian)
    assert not any("hylian" in path.name.lower() for path in display_fonts())


def test_lettering_has_ink_and_a_baseline_within_it() -> None:
    for tracking in (0.0, 0.3):
        ink, base = set_text("Hide", FALLBACK, 30, tracking)
        rows = np.flatnonzero(ink.max(axis=1) > 127)
        assert abs(int(rows[-1]) + 1 - base) <= 1
        assert 18 <= rows[-1] - rows[0] + 1 <= 26
    plain, spaced = (np.flatnonzero(set_text("Hide", FALLBACK, 30, t)[0].max(axis=0) > 127) for t in (0.0, 0.3))
    assert spaced[-1] - spaced[0] > plain[-1] - plain[0] + 20


def test_the_shipped_fonts_are_there_once() -> None:
    assert FALLBACK in display_fonts()
    assert len(set(display_fonts())) == len(display_fonts())


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        game_display(np.random.default_rng(0), 0, 10)
