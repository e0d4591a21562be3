"""Stored pictures of lines with a test of their own, for training perhaps mixed with rendered captchas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from experiments.datasets.captcha_synth import Captchas
from experiments.datasets.dataset import DataSet, DeformationSettings, HeldOut, Look, Request
from experiments.job import SettingError
from experiments.validation import Share
from glyphgen.datasets.catalog import locate
from glyphgen.datasets.line_images import StoredLines
from glyphgen.datasets.mixed import Mixed


class LineImages(DataSet, HeldOut):
    """Folders or zips of lines with labels.tsv: file name, tab, text; only training deforms and degrades them."""

    units: ClassVar = ("line",)
    holds: ClassVar = "lines"
    model: ClassVar = "take model=crnn"

    kind: Literal["lines"] = Field("lines", description="Stored pictures of lines.")
    script: str = Field("alnum", description="A released script or a .toml file.")
    path: str = Field(description="Folder or zip to train and validate on, below paths.data.")
    test_path: str = Field(description="Folder or zip to test on, below paths.data.")
    deformation: DeformationSettings = Field(
        DeformationSettings(), description="How pictures are deformed in training."
    )
    degradation: Look = Field(
        "none", description="How pictures are degraded in training: a preset, whatever `augment` says."
    )
    rendered: Captchas | None = Field(
        None, description="Rendered captchas to train on too (data@data.rendered=captcha_synth); null: none."
    )
    rendered_share: Share = Field(0.5, description="Share of the training samples that are rendered.")

    @field_validator("rendered", mode="before")
    @classmethod
    def _is_group(cls, rendered: Any) -> Any:
        if isinstance(rendered, str | int | list):
            raise ValueError(
                f"must be a group of settings of the kind captcha_synth, not {rendered!r}; say "
                "data@data.rendered=captcha_synth with data=captcha (recipes that mix have it already)"
            )
        return rendered

    def _open(self, asked: Request) -> Sequence[Any]:
        stored = self._stored(asked)
        if not asked.is_training or self.rendered is None:
            return stored
        self._check_scripts()
        drawn = self.rendered.open(
            asked.split, asked.unit, asked.seed, asked.length, asked.augment, asked.root, asked.limit
        )
        return Mixed(stored, drawn, self.rendered_share, asked.seed)

    def _stored(self, asked: Request) -> StoredLines:
        script = self.script_of(asked.root)
        test = StoredLines(locate(asked.root, self.test_path), script, length=asked.stored_length)
        if asked.split == "test":
            return test
        return StoredLines(
            locate(asked.root, self.path),
            script,
            asked.seed,
            self.deformation.make() if asked.is_training else None,
            self.degradation if asked.is_training else "none",
            asked.stored_length,
            self.held_out,
            asked.split,
            self.split_seed,
            apart_from=test,
        )

    def _check_scripts(self) -> None:
        if self.rendered is not None and self.rendered.script != self.script:
            raise SettingError(
                f"data.rendered.script={self.rendered.script} is not the stored lines' own, data.script={self.script}"
            )

    def check(self, unit: str, seed: int, root: str, is_measured: bool, is_trained: bool) -> None:
        self._check_scripts()
        if self.rendered is not None and is_trained:
            self.rendered.source()
        alone = self.model_copy(update={"rendered": None})  # the faces of rendered ones take half a minute
        super(LineImages, alone).check(unit, seed, root, is_measured, is_trained)

    def font_rows(self) -> Sequence[tuple[str, str, int]]:
        return self.rendered.font_rows() if self.rendered is not None else ()
