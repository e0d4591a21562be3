"""The contact sheets have everything, with its name, and are the same for the same seed."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphgen import __main__ as command_line
from glyphgen import contact_sheet
from glyphgen.files import DataError
from glyphgen.jobs import gallery
from glyphgen.render.augmentation import PRESETS
from glyphgen.render.direction import DIRECTIONS
from glyphgen.render.materials import MATERIALS
from glyphgen.render.surfaces import bank
from glyphgen.render.surfaces.bank import SURFACES
from glyphgen.render.surfaces.relief import Surface
from glyphgen.shapes.hands import HANDS
from glyphgen.shapes.pen import drawn_scripts

_TWO = ("none", "world")
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def plain_surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Surfaces of one color each in place of those that take a third of a second to draw."""

    def plain(seed: int, name: str, number: int) -> Surface:
        rng = np.random.default_rng([seed, SURFACES.index(name), number])
        return Surface(np.broadcast_to(rng.integers(40, 215, 3, np.uint8), (512, 1024, 3)))

    monkeypatch.setattr(bank, "surface", plain)


@pytest.fixture
def titles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    write = contact_sheet.write_title

    def noted(sheet: contact_sheet.Image, title: str, x: int, y: int) -> contact_sheet.Image:
        found.append(title)
        return write(sheet, title, x, y)

    for module in (contact_sheet, gallery):
        monkeypatch.setattr(module, "write_title", noted)
    return found


def test_the_command_knows_the_sheets() -> None:
    assert tuple(gallery.SHEETS) == command_line.SHEETS


@pytest.mark.parametrize(
    ("sheet", "names"),
    [
        ("materials", (*SURFACES, *MATERIALS)),
        ("effects", ("none", *gallery.EFFECTS, *gallery.DEGRADATIONS)),
        ("directions", DIRECTIONS),
        ("scripts", drawn_scripts()),
        ("looks", PRESETS),
        ("hands", HANDS),
        ("pages", (*_TWO, "columns", "arcs", "depth")),
    ],
)
def test_a_sheet_has_everything_with_its_name(
    plain_surfaces: None,
    titles: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sheet: str,
    names: tuple[str, ...],
) -> None:
    if sheet == "pages":  # pages of all looks take a while, for each opens fonts of its own
        monkeypatch.setattr(gallery, "PRESETS", {name: PRESETS[name] for name in _TWO})
    (tmp_path / "mine.txt").write_text("stays")
    assert command_line.main(["gallery", "--out", str(tmp_path), "--only", sheet]) == 0
    assert {title.split(":")[0] for title in titles} >= set(names)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", f"{sheet}.png"}
    assert str(tmp_path / f"{sheet}.png") in capsys.readouterr().out
    with Image.open(tmp_path / f"{sheet}.png") as picture:
        assert picture.width <= 960
        colors = np.asarray(picture.convert("RGB"))
    assert colors.std() > 20
    assert len(np.unique(colors.reshape(-1, 3), axis=0)) > 500


def test_all_effects_and_degradations_of_the_settings_are_there() -> None:
    groups = [name for name, group in vars(PRESETS["screenshot"]).items() if hasattr(group, "share")]
    assert set(gallery.DEGRADATIONS) == set(groups)
    shares = {"carved", "extruded", "shadow", "glow", "outline", "light", "clutter", "worn", "faded"}
    assert set(gallery.EFFECTS) == shares | {"raised"}


def test_every_effect_alone_changes_the_picture(plain_surfaces: None) -> None:
    writer = gallery.Writer.of("hylian", 0)
    for ground in (0, 1):
        pictures = [gallery.with_effect(writer, name, ground) for name in ("", *gallery.EFFECTS)]
        assert len({picture.tobytes() for picture in pictures}) == len(pictures)
        assert len({picture.shape for picture in pictures}) == 1


def test_carved_is_dark_where_raised_is_light() -> None:
    """On the sides of strokes that look to the light, which comes from the upper left."""
    writer = gallery.Writer.of("hylian", 0)
    plain, carved, raised = (gallery.with_effect(writer, name, 0).mean(axis=2) for name in ("", "carved", "raised"))
    ink = plain > plain.min() + 30
    before = ~ink & np.roll(ink, (-1, -1), (0, 1))  # one px to the upper left of ink
    assert carved[before].mean() + 10 < raised[before].mean()


def test_the_same_seed_gives_the_same_sheet_and_another_seed_another(
    plain_surfaces: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "DIRECTIONS", ("ltr", "ttb"))

    def sheet(seed: int) -> bytes:
        (path,) = gallery.write_gallery(tmp_path, "sheikah", seed, ["directions"], "jpg")
        return path.read_bytes()

    first = sheet(3)
    assert sheet(4) != first == sheet(3)
    assert first[:2] == b"\xff\xd8"


def test_a_jpg_is_as_good_as_its_size_allows() -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (500, 900, 3), np.uint8)
    qualities = []
    for picture in (noisy, np.full_like(noisy, 90)):
        data = gallery.encoded(picture, "jpg")
        assert len(data) <= 250_000
        qualities.append(max(max(table) for table in Image.open(io.BytesIO(data)).quantization.values()))
    assert qualities[0] > qualities[1]


def test_what_is_wrong_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["gallery", "--out", str(tmp_path), "--seed", "-1"]) == 2
    assert "--seed must be 0 or more" in capsys.readouterr().err
    assert command_line.main(["gallery", "--out", str(tmp_path), "--script", "alnum"]) == 2
    assert "alnum" in capsys.readouterr().err
    with pytest.raises(DataError, match="no sheet 'colors'; there are materials, effects"):
        list(gallery.write_gallery(tmp_path, only=["colors"]))
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="file is a file; give the name of a folder"):
        list(gallery.write_gallery(tmp_path / "file", only=["directions"]))


def test_the_sheets_of_the_documentation_are_small_and_shown() -> None:
    page = (DOCS / "generator.md").read_text(encoding="utf-8")
    for name in ("materials", "effects", "directions", "scripts"):
        assert (DOCS / f"pictures/{name}.jpg").stat().st_size <= 250_000
        assert f"(pictures/{name}.jpg)" in page
