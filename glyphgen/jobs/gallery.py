"""Contact sheets of all that the renderer can do, each thing with its name: what `python -m glyphgen gallery` writes.

A sheet is a function of the script and the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from glyphgen.contact_sheet import contact_sheet, fitted, stacked, titled, write_title
from glyphgen.datasets.scenes import PageSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.files import DataError, written
from glyphgen.jobs.gallery_writer import Writer, encoded
from glyphgen.render.augmentation import PRESETS, Augmentation
from glyphgen.render.color import Color
from glyphgen.render.degrade import make_degrader
from glyphgen.render.direction import DIRECTIONS
from glyphgen.render.effects import carve
from glyphgen.render.layout import Spacing, lay_out
from glyphgen.render.low_resolution import enlarge
from glyphgen.render.materials import MATERIALS
from glyphgen.render.paint import paint
from glyphgen.render.paint_style import PaintStyle
from glyphgen.render.surfaces.bank import SURFACES
from glyphgen.sample import Image, PageSample
from glyphgen.shapes.hands import HANDS
from glyphgen.shapes.pen import drawn_scripts

_WIDTH_PX = 920
EFFECTS = ("carved", "raised", "extruded", "shadow", "glow", "outline", "light", "clutter", "worn", "faded")
DEGRADATIONS = ("blur", "motion_blur", "downscale", "exposure", "noise", "jpeg", "sharpen", "upscale")
# pages with more than those of looks have
_PAGES: dict[str, dict[str, Any]] = {
    "columns": {"column_share": 1.0},
    "arcs": {"arc_share": 1.0},
    "depth": {"depth_share": 1.0, "boards_per_megapixel": 25.0},
}
_INKS: tuple[tuple[Color, Color], ...] = (  # ink and paper of the effects, on flat paper, a material and a surface
    ((240, 226, 190), (70, 84, 104)),
    ((52, 40, 34), (196, 178, 146)),
    ((250, 240, 214), (90, 70, 50)),
)
_GROUNDS: tuple[tuple[tuple[str, ...], tuple[float, float]], ...] = (
    ((), (0.0, 0.0)),
    (("stone",), (0.5, 0.5)),
    (("planks",), (1.0, 1.0)),
)
_BANKS = (9, 3, 5)  # added to the seed: banks of surfaces, for some variety
# effects as strong as they come, so that one sees them
_STRONG: dict[str, Any] = {
    "fade": 60.0,
    "shadow_range": (0.13, 0.16),
    "glow_range": (0.2, 0.25),
    "outline_range": (0.06, 0.07),
    "depth_range": (0.14, 0.18),
    "wear_range": (1.3, 1.5),
}


def write_gallery(
    out: str | Path, script: str = "hylian", seed: int = 0, only: Sequence[str] = (), kind: str = "png"
) -> Iterator[Path]:
    """Write the sheets of these names (none: all), and yield the file of each. kind: png, or jpg of 250 kB at most.
    Raises DataError for a seed below 0, a name that no sheet has, and a file in place of the folder, ScriptError for a
    script without strokes.
    """
    if seed < 0:
        raise DataError(f"--seed must be 0 or more, not {seed}")
    if unknown := sorted(set(only) - set(SHEETS)):
        raise DataError(f"no sheet {unknown[0]!r}; there are {', '.join(SHEETS)}")
    if Path(out).is_file():
        raise DataError(f"{out} is a file; give the name of a folder")
    writer = Writer.of(script, seed)
    for name in only or SHEETS:
        path = Path(out) / f"{name}.{kind}"
        data = encoded(SHEETS[name](writer), kind)
        with written(path) as part:
            part.write_bytes(data)
        yield path


def _materials(writer: Writer) -> Image:
    """Three signs of each material: painted, carved, and as the look `world` comes by it."""
    rows = []
    for name in (*SURFACES, *MATERIALS):
        shows = (0.45, 0.8) if name in MATERIALS else (0.95, 1.0)
        own: dict[str, Any] = {
            "material": 1.0,
            "materials": (name,),
            "material_range": shows,
            "opacity_range": (0.9, 1.0),
        }
        styles = (
            PaintStyle(**own, shadow=1.0, faded=0.0),
            PaintStyle(**own, carved=1.0),
            PaintStyle(**own, glow=0.4, outline=0.4, worn=0.4),
        )
        signs = []
        for k, style in enumerate(styles):
            rng = np.random.default_rng([writer.seed, 13, (*SURFACES, *MATERIALS).index(name), k])
            sign = writer.sign((118, 298), 24, 2, rng)
            signs.append(paint(sign, 24, style, writer.seed + _BANKS[k], rng))
        rows.append(titled(name, signs, _WIDTH_PX))
    return stacked(rows, 2)


def _effects(writer: Writer) -> Image:
    """Each effect of `PaintStyle` alone, on flat paper, on stone and on planks; then each degradation, three times."""
    rows = [_row("none", [with_effect(writer, "", k) for k in range(3)])]
    rows += [_row(name, [with_effect(writer, name, k) for k in range(3)]) for name in EFFECTS]
    plain, look = [with_effect(writer, "", k) for k in range(3)], PRESETS["screenshot"]
    for name in DEGRADATIONS:
        alone: dict[str, Any] = {name: replace(getattr(look, name), share=1.0)}
        degrade = make_degrader(replace(PRESETS["none"], **alone))
        seeds = [[writer.seed, 6, DEGRADATIONS.index(name), k] for k in range(3)]
        if name == "upscale":
            pictures = [_small_and_large(p, np.random.default_rng(s)) for p, s in zip(plain, seeds, strict=True)]
        else:
            pictures = [degrade(p, 30, np.random.default_rng(s)) for p, s in zip(plain, seeds, strict=True)]
        rows.append(_row(name, pictures))
    return stacked(rows, 3)


def _small_and_large(picture: Image, rng: np.random.Generator) -> Image:
    small: Any = cv2.resize(picture, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    return enlarge(small, (picture.shape[1], picture.shape[0]), PRESETS["low_resolution"].upscale, rng)[0]


def _row(name: str, pictures: Sequence[Image]) -> Image:
    """Return pictures side by side, their name on the left."""
    head = np.full((pictures[0].shape[0], 104, 3), 232, np.uint8)
    gap = head[:, :6]
    parts = [write_title(head, name, 6, head.shape[0] // 2 - 9)]
    for picture in pictures:
        parts += [picture, gap]
    return np.concatenate(parts, axis=1)


def with_effect(writer: Writer, name: str, ground: int) -> Image:
    """Return one word with one effect, or none, on one of three grounds."""
    rng = np.random.default_rng([writer.seed, 7, ground])
    cap_px, (materials, shows) = 30, _GROUNDS[ground]
    coverage = writer.sign((70, 264), cap_px, 1, rng)
    style = PaintStyle(
        material=1.0, material_range=shows, materials=materials or ("stone",), opacity_range=(1.0, 1.0), faded=0.0
    )
    if name in ("carved", "raised"):
        bare = paint(np.zeros_like(coverage), cap_px, style, writer.seed + _BANKS[ground], rng, _INKS[ground])
        planes = bare.transpose(2, 0, 1).astype(np.int16)
        toward = 45.0 if name == "carved" else 225.0
        carve(planes, coverage, cap_px, (0.06, 0.06), rng, is_bold=name == "carved", toward_deg=toward)
        return np.ascontiguousarray(np.clip(planes, 0, 255).astype(np.uint8).transpose(1, 2, 0))
    if name:
        share: dict[str, Any] = {name: 1.0}
        style = replace(style, **share, **_STRONG)
    return paint(coverage, cap_px, style, writer.seed + _BANKS[ground], rng, _INKS[ground])


def _clear(name: str) -> Augmentation:
    """Return a look with large text, and without what makes it hard to read."""
    look = PRESETS[name]
    geometry = replace(look.geometry, cap_range_px=(27.0, 30.0), margin_range=(0.4, 0.5), rotation_deg=0.0)
    setting = replace(look.typesetting, neighbor_line_share=0.0, neighbor_glyph_share=0.0)
    paint_style = replace(look.paint, clutter=0.0, carved=0.0, light=0.0)
    return replace(PRESETS["none"], geometry=geometry, typesetting=setting, paint=paint_style)


def _directions(writer: Writer) -> Image:
    """Each direction of writing: four lines with what they say."""
    columns = []
    for name in DIRECTIONS:
        stands, cells = name in ("ttb", "turned"), []
        most = (206, 42) if stands else (38, 172)
        for sample in writer.lines(_clear("world"), 4, name):
            picture = fitted(sample.image, min(most[0] / sample.image.shape[0], most[1] / sample.image.shape[1]))
            cell = np.full((most[0] + (2 if stands else 19), most[1] + 2, 3), 232, np.uint8)
            cell[: picture.shape[0], : picture.shape[1]] = picture
            cells.append(cell if stands else write_title(cell, sample.text, 0, most[0] + 1))
        body = np.concatenate(cells, axis=1) if stands else stacked(cells)
        columns.append(titled(name, [body], 184))
    tall = max(column.shape[0] for column in columns)
    filled = [np.pad(c, ((0, tall - c.shape[0]), (0, 0), (0, 0)), constant_values=232) for c in columns]
    return np.concatenate(filled, axis=1)


def _scripts(writer: Writer) -> Image:
    """Each script that is drawn: its graphemes, and lines of the look `world` with what they say."""
    rows = []
    for name in drawn_scripts():
        own = Writer.of(name, writer.seed)
        face, script = own.source.faces(1, np.random.default_rng(0))[0], own.source.script
        line = lay_out(script.visible, face, 1, Spacing(tracking=0.25), np.random.default_rng(0))
        chart = np.repeat(255 - line.coverage[..., None], 3, axis=2)
        samples = own.lines(_clear("world"), 4)
        said = ", ".join(sample.text for sample in samples)
        chart = fitted(chart, (_WIDTH_PX - 12) / chart.shape[1])
        signs = [fitted(sample.image, 44 / sample.image.shape[0]) for sample in samples]
        rows += [titled(f"{name}: {script.visible}", [chart], _WIDTH_PX), titled(said, signs, _WIDTH_PX)]
    return stacked(rows, 0)


def _hands(writer: Writer) -> Image:
    """Each hand that writes the strokes: some lines of several writers."""
    rows = []
    for name in HANDS:
        own = replace(writer, source=DrawnSource(writer.source.drawing, hand=name))
        signs = [fitted(line.image, 60 / line.image.shape[0]) for line in own.lines("drawing", 8, split="val")]
        rows += [titled(name, signs[:4], _WIDTH_PX), titled("", signs[4:], _WIDTH_PX)]
    return stacked(rows, 0)


def _looks(writer: Writer) -> Image:
    """Each look: some lines, with their texts."""
    sheets = [contact_sheet(writer.lines(name, 18), _WIDTH_PX - 12, 44) for name in PRESETS]
    return stacked([titled(name, [sheet], _WIDTH_PX) for name, sheet in zip(PRESETS, sheets, strict=True)])


def _pages(writer: Writer) -> Image:
    """Three pages of each look and of `_PAGES`, those of the first with the most lines that one can read."""
    rows, world = [], PRESETS["world"]
    bare = replace(world.page, plain_share=0.0, display_share=0.0)
    more = {name: replace(world, page=replace(bare, **own)) for name, own in _PAGES.items()}
    for name, look in (PRESETS | more).items():
        pages = PageSynth(writer.source, writer.corpus, look, writer.seed, length=14, n_faces=6, size_px=(400, 280))
        some = sorted((pages[i] for i in range(len(pages))), key=_legible_px)[-3:]
        rows.append(titled(name, [page.image for page in some], _WIDTH_PX))
    return stacked(rows)


def _legible_px(page: PageSample) -> float:
    """Return how much of a page's text one can read: lengths of lines times heights, of 30 px at most."""
    width, total = page.image.shape[1], 0.0
    for line in page.lines:
        if line.is_script and line.is_legible:
            high = float(np.abs(line.bottom[:, 1].mean() - line.top[:, 1].mean()))
            total += float(np.ptp(np.clip(line.top[:, 0], 0, width))) * min(high, 30.0)
    return total


SHEETS: dict[str, Callable[[Writer], Image]] = {
    "materials": _materials,
    "effects": _effects,
    "directions": _directions,
    "scripts": _scripts,
    "hands": _hands,
    "looks": _looks,
    "pages": _pages,
}
