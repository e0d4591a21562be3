"""What all data sets have in common: a name, a kind, a script, and splits of samples."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from experiments.job import SettingError
from experiments.validation import Group
from glyphgen.datasets.augmented import Deformation
from glyphgen.datasets.synthetic import SPLITS
from glyphgen.files import written
from glyphgen.render.augmentation import PRESETS, Augmentation
from glyphgen.script import Script, load_script

if TYPE_CHECKING:
    Look = str
else:
    Look = Literal[tuple(PRESETS)]  # the names that glyphgen.render has


@dataclass(frozen=True)
class Request:
    """Which samples of a data set are asked for; see `DataSet.open`."""

    split: str
    unit: str
    seed: int
    length: int
    augment: str | Augmentation
    root: str
    limit: Mapping[str, int]

    @property
    def is_training(self) -> bool:
        return self.split == "train"

    @property
    def stored_length(self) -> int | None:
        """How many samples of stored pictures: training draws `length`; else all there are, or `limit`'s count."""
        return self.length if self.is_training else self.limit.get("count")

    def rendered(self, n_faces: int) -> tuple[str | Augmentation, int, str, int, int]:
        """Return what rendered sets take, in their order: the augmentation, the seed, the split, the length, and how
        many faces to draw with, given how many training draws with.
        """
        return self.augment, self.seed, self.split, self.length, self.n_faces(n_faces)

    def n_faces(self, n: int) -> int:
        """Return how many faces to draw with: of n, half as many, four at least, where nothing is trained."""
        n = self.limit.get("n_faces") or n
        return n if self.is_training else max(4, n // 2)


class DataSet(Group):
    """A data set and its settings. `units` are what it has samples of: glyph, line, page; `holds` and `model` say so in
    errors.
    """

    units: ClassVar[tuple[str, ...]]
    holds: ClassVar[str]
    model: ClassVar[str]
    is_real_crops: ClassVar[bool] = False  # a folder of labelled pictures below `root`, to evaluate with or adapt to
    is_synthetic: ClassVar[bool] = False  # rendered without end from one source of glyphs (`source`)
    is_digits: ClassVar[bool] = False  # MNIST, alone or as lines: what the stage pretrain trains on by default
    is_of_tasks: ClassVar[bool] = False  # nothing but tasks for the stage episodes
    splits: ClassVar[tuple[str, ...]] = SPLITS  # those that can be opened
    without_split: ClassVar[str] = ""  # what to do instead of opening another one
    is_fetched: ClassVar[bool] = False  # missing files are downloaded, so that they cannot be asked for beforehand

    name: str = Field(description="Name of the data set in results and file names.")
    kind: str = Field(description="Kind of the data set: which class of experiments/datasets opens it.")

    @property
    def result_name(self) -> str:
        """The name of its figures in results.json."""
        return "synthetic" if self.is_synthetic else self.name

    def script_of(self, root: str) -> Script:
        """Return the script that the set is written in; `root` is the folder of real data. Raises ScriptError or
        DataError.
        """
        return load_script(getattr(self, "script"))  # noqa: B009  # every set but those that override this has one

    def open(
        self,
        split: str,
        unit: str,
        seed: int,
        length: int,
        augment: str | Augmentation,
        root: str,
        limit: Mapping[str, int] | None = None,
    ) -> Sequence[Any]:
        """Return a split, train, val or test, as Samples (unit glyph or line) or PageSamples (unit page). Rendered sets
        have `length` samples that look as `augment` says; stored ones are validated and tested as a whole. limit:
        `trainer.limit`, whose n_faces and count make a set smaller. Raises SettingError for a split or a unit that
        there is not, DataError, ScriptError or FontError for what cannot be read.
        """
        self.check_unit(unit)
        if split not in self.splits:
            raise SettingError(f"data={self.name} has no split {split}; {self.without_split}")
        return self._open(Request(split, unit, seed, length, augment, root, limit or {}))

    @abstractmethod
    def _open(self, asked: Request) -> Sequence[Any]:
        """Return the samples of `open`; split and unit are right."""

    def check_unit(self, unit: str) -> None:
        """Raise SettingError for a unit that the set has no samples of."""
        if unit == "page" and "page" not in self.units:
            raise SettingError(
                f"model=lines needs data of the kind synth, such as data=hylian_synth, not data={self.name}"
            )
        if unit not in self.units:
            raise SettingError(f"data={self.name} holds {self.holds}; {self.model}")

    def check(self, unit: str, seed: int, root: str, is_measured: bool, is_trained: bool) -> None:
        """Open what the set is made of; is_measured: its test is asked for too. Raises SettingError, FontError,
        ScriptError or DataError for what is missing or cannot be.
        """
        for split in SPLITS if is_measured else self.splits:
            self.open(split, unit, seed, 1, "none", root)

    def font_rows(self) -> Sequence[tuple[str, str, int]]:
        """Return script, file and number of glyphs of the installed fonts that the set is drawn from."""
        return ()

    def write_fonts(self, folder: Path) -> None:
        """Write fonts.tsv: which installed fonts a set was drawn from; they differ from machine to machine. Nothing for
        data that needs none.
        """
        if rows := self.font_rows():
            with written(folder / "fonts.tsv") as part:
                lines = "".join(f"{code}\t{font}\t{n}\n" for code, font, n in rows)
                part.write_text(f"script\tfont\tglyphs\n{lines}", encoding="utf-8")


class DeformationSettings(Group):
    """How stored pictures are deformed in training: standard deviations."""

    turn_deg: float = Field(7.0, ge=0, description="Rotation, in degrees.")
    shear: float = Field(0.1, ge=0, description="Shear, as a share of the height.")
    scale: float = Field(0.09, ge=0, description="Change of size along each axis, as a share.")
    shift: float = Field(1.0, ge=0, description="Shift along each axis, in px of a picture 28 px high.")
    bend: float = Field(0.9, ge=0, description="Smooth bending, in px of a picture 28 px high.")
    stretch: float = Field(0.0, ge=0, description="Change of the width of a whole line, as a share.")
    keeps_colors: bool = Field(
        False, description="Whether no pixel gets a color that is not in the picture, at the price of jagged edges."
    )

    def make(self) -> Deformation:
        return Deformation(**self.model_dump())


class HeldOut(Group):
    """Settings of stored sets without a test of their own: what is held out."""

    held_out: float = Field(
        0.1, gt=0, le=0.3, description="Share of the set that is held out for each of test and validation."
    )
    split_seed: int = Field(0, ge=0, description="Seed that decides which pictures, writers or fonts are held out.")
