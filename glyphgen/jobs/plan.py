"""What a data set is made of: the settings from which every one of its pictures follows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from glyphgen.datasets.scenes import PageSynth
from glyphgen.datasets.synthetic import SPLITS, GlyphSynth, LineSynth
from glyphgen.faces.face import GlyphSource
from glyphgen.faces.font_collection import FontCollectionSource
from glyphgen.faces.shaped import ShapedSource
from glyphgen.faces.sources import DrawnSource, FontSource
from glyphgen.files import DataError
from glyphgen.formats.catalog import check_format
from glyphgen.formats.format import SetFacts
from glyphgen.render.augmentation import Augmentation, find_augmentation
from glyphgen.render.backgrounds import checksum_of_all
from glyphgen.render.changing import changed
from glyphgen.render.direction import check_direction
from glyphgen.render.lacking import without
from glyphgen.sample import PageSample, Sample
from glyphgen.script import SCRIPTS_DIR, load_script
from glyphgen.shapes.font_file import OpenFont
from glyphgen.shapes.hands import check_hand
from glyphgen.shapes.pen import drawn_scripts, has_strokes, load_drawing
from glyphgen.shapes.shaping import joined_in, needs_shaping
from glyphgen.texts.english import Corpus
from glyphgen.texts.own import OwnTexts, WholeTexts, read_texts

_LEAST_PAGE_PX, _MOST_PAGE_PX = 64, 4096


@dataclass(frozen=True)
class Plan:
    """The settings of a data set. counts are pictures by split; where only training has some they lie in the folder
    itself, else in one for each split. Each process opens samples by itself. Raises DataError for what cannot be.
    """

    counts: dict[str, int]
    script: str = "hylian"
    also: tuple[str, ...] = ()  # further scripts on pages, drawn
    fonts: tuple[str, ...] = ()
    hand: str = ""  # that writes the strokes of the script: one of shapes.hands, or "mixed"
    unit: str = "line"
    augment: str = "screenshot"
    lacking: tuple[str, ...] = ()  # parts of the augmentation that are left out
    changes: tuple[str, ...] = ()  # numbers of the augmentation that are others: NAME=VALUE
    backgrounds: str = ""  # a folder or .zip of pictures to write on
    seed: int = 0
    n_faces: int = 64
    texts: str = ""  # a file of texts, one a line, in place of words, names and random strings
    max_graphemes: int = 32
    direction: str = "ltr"
    shape: bool = False  # texts are set as the fonts say: joined, stacked, kerned, in the direction of their script
    size_px: tuple[int, int] = (640, 480)  # width and height of pages
    format: str = "folder"
    masks: bool = False
    per_file: int = 1000  # pictures of a chunk, which is done as a whole, and of a file that holds many
    inputs: dict[str, str] = field(default_factory=dict)  # sha256 of the files that are read, by setting

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise DataError(f"--seed must be 0 or more, not {self.seed}")
        if bad := [name for name in ("n_faces", "max_graphemes", "per_file") if getattr(self, name) < 1]:
            raise DataError(f"--{bad[0].replace('_', '-')} must be at least 1, not {getattr(self, bad[0])}")
        if set(self.counts) != set(SPLITS) or min(self.counts.values()) < 0 or not any(self.counts.values()):
            raise DataError("--count, --val and --test must be 0 or more, and not all of them 0")
        if self.unit == "page" and not all(_LEAST_PAGE_PX <= side <= _MOST_PAGE_PX for side in self.size_px):
            width, height = self.size_px
            raise DataError(f"--size {width}x{height}: pages have sides of {_LEAST_PAGE_PX} to {_MOST_PAGE_PX} px")
        if self.unit == "page" and self.masks:
            raise DataError("--masks: pages have none; lines and glyphs do")
        if self.also and self.unit != "page":
            raise DataError(f"--also {' '.join(self.also)}: of pages only; a {self.unit} has one script")
        if twice := [name for k, name in enumerate(self.also) if name in (self.script, *self.also[:k])]:
            raise DataError(f"--also {twice[0]}: it is there already")
        if check_direction(self.direction) != "ltr" and self.unit != "line":
            raise DataError(f"--direction {self.direction}: of lines only")
        if self.shape and not (self.fonts and self.texts and self.unit == "line"):
            raise DataError("--shape sets lines of texts in fonts: give --texts and --font, and no other --unit")
        if self.shape and self.script:
            raise DataError("--shape takes its characters from --texts; leave out --script")
        if self.shape and self.direction in ("rtl", "boustrophedon"):
            raise DataError(f"--direction {self.direction}: with --shape texts have the direction of their script")
        if check_hand(self.hand) and self.fonts:
            raise DataError(f"--hand {self.hand}: a hand writes the strokes of a script; leave out --font")
        check_format(self.format, self.unit, self.masks, self.direction, self.shape)
        _ = self.augmentation  # it raises what is wrong with it
        for change in self.changes:
            if (group := change.partition(".")[0]) in ("page", "glyph") and group != self.unit:
                raise DataError(f"--set {change}: of {group}s only; this is a set of {self.unit}s")

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Plan:
        """Return the plan of settings as `to_settings` gives them. Raises DataError for others."""
        known = {one.name for one in fields(cls)}
        if unknown := sorted(set(settings) - known):
            raise DataError(f"the setting {unknown[0]!r} is unknown here; the set is of another version of glyphgen")
        try:
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
            for one in fields(cls):
                default = {} if one.default is MISSING else one.default
                if one.name in values and type(values[one.name]) is not type(default):
                    raise TypeError(f"{one.name} is {values[one.name]!r}")
            return cls(**values)
        except TypeError as error:
            raise DataError(f"a setting is missing or of another kind: {error}") from error

    def to_settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def with_inputs(self) -> Plan:
        """Return the plan with the checksums of the files that it reads now."""
        paths: dict[str, Path] = {}
        if not self.shape:
            load_script(self.script)  # it tells which scripts there are
            paths = {"script": _script_path(self.script)}
        if self.hand and not has_strokes(self.script):
            known = ", ".join(drawn_scripts())
            raise DataError(f"--hand {self.hand}: the script {self.script!r} has no strokes; these have: {known}")
        paths |= {f"fonts.{k}": Path(font) for k, font in enumerate(self.fonts)}
        named = [f"{name}_{kind}.txt" for name in (self.script, *self.also) for kind in ("words", "names")]
        names = [SCRIPTS_DIR / name for name in named]
        paths |= {path.stem: path for path in names if path.is_file()}
        for name in self.also:
            load_script(name)
            paths[f"also.{name}"] = _script_path(name)
        paths |= {"texts": Path(self.texts)} if self.texts else {}
        sums = {}
        for name, path in paths.items():
            try:
                sums[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError as error:
                raise DataError(f"{path} cannot be read: {error.strerror}") from error
        if self.backgrounds:
            sums["backgrounds"] = checksum_of_all(self.backgrounds)
        return replace(self, inputs=sums)

    def __getstate__(self) -> dict[str, Any]:  # without what was opened
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def folders(self) -> dict[str, str]:
        """The folder of each split that has pictures, below that of the set."""
        has = [split for split in SPLITS if self.counts[split]]
        return {"train": ""} if has == ["train"] else {split: split for split in has}

    @property
    def augmentation(self) -> Augmentation:
        """The numbers that say how pictures look."""
        look = changed(without(find_augmentation(self.augment), self.lacking), self.changes)
        return replace(look, paint=replace(look.paint, backgrounds=self.backgrounds)) if self.backgrounds else look

    @cached_property
    def source(self) -> GlyphSource:
        """What draws the glyphs: the strokes of the script, or fonts. Opened once."""
        if self.shape:
            places, texts = zip(*read_texts(self.texts), strict=True)
            if self.direction == "ttb" and (char := joined_in("".join(texts))):
                raise DataError(
                    f"--direction ttb: {self.texts} has {char!r} (U+{ord(char):04X}), of a script whose letters join "
                    "across; --direction turned turns the line"
                )
            return ShapedSource(self.fonts, texts, Path(self.texts).stem, [f"{self.texts}:{n}" for n in places])
        if not self.fonts:
            return DrawnSource(load_drawing(self.script), hand=self.hand)
        script = load_script(self.script)
        if self.unit != "glyph" and (char := needs_shaping(script.alphabet, self.direction == "rtl")):
            raise DataError(
                f"script {script.name!r} has {char!r} (U+{ord(char):04X}), which is drawn otherwise beside others, or "
                "goes from right to left; give --shape and --texts"
            )
        if len(self.fonts) == 1:
            return FontSource(OpenFont(self.fonts[0]), script)
        return FontCollectionSource([Path(path) for path in self.fonts], script)

    @cached_property
    def corpus(self) -> Corpus | OwnTexts:
        """What the texts are drawn from. Opened once, which takes a while."""
        if self.texts:
            kind, is_dealt = WholeTexts if self.shape else OwnTexts, list(self.folders) != ["train"]
            return kind(self.texts, self.source.script, self.max_graphemes, is_dealt)
        return Corpus(self.source.script, self.max_graphemes)

    def samples(self, split: str) -> Sequence[Sample] | Sequence[PageSample]:
        """Open the samples of a split."""
        source, look, n = self.source, self.augmentation, self.counts[split]
        if self.unit == "glyph":
            return GlyphSynth(source, look, self.seed, split, n, self.n_faces, with_masks=self.masks)
        if self.unit == "line":
            return LineSynth(source, self.corpus, look, self.seed, split, n, self.n_faces, self.masks, self.direction)
        also = [DrawnSource(load_drawing(name), hand=self.hand) for name in self.also]
        return PageSynth(source, self.corpus, look, self.seed, split, n, self.n_faces, self.size_px, also=also)

    def facts(self, split: str) -> SetFacts:
        """Return what formats need to know of a split."""
        script = self.source.script
        scripts = (script.name, *(load_script(name).name for name in self.also)) if self.also else ()
        alphabet = tuple(grapheme.canonical for grapheme in script.graphemes)
        clusters = self.source.units if isinstance(self.source, ShapedSource) else ()
        return SetFacts(split, self.unit, script.name, alphabet, scripts, clusters)


def _script_path(name_or_path: str) -> Path:
    path = Path(name_or_path)
    return path if path.suffix in (".toml", ".txt") else SCRIPTS_DIR / f"{name_or_path}.toml"
