"""Samples that a refiner has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from experiments.job import Run, SettingError
from experiments.refiner.network import Refiner, load_refiner, refine_image
from glyphgen.sample import Sample


class Refined(Sequence[Sample]):
    """Rendered samples, refined; the text and its boxes as they were."""

    def __init__(self, samples: Sequence[Sample], refiner: Refiner) -> None:
        self.samples, self.refiner = samples, refiner.eval()

    @classmethod
    def by(cls, path: str | Path, samples: Sequence[Sample]) -> Refined:
        """Refine with the refiner of a file. Raises DataError for what is none."""
        return cls(samples, load_refiner(path))

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]  # no slices
        sample = self.samples[index]
        image = refine_image(self.refiner, sample.image)
        wider, higher = (image.shape[k] / sample.image.shape[k] for k in (1, 0))
        return replace(sample, image=image, boxes=sample.boxes * [wider, higher, wider, higher])


def refiner_of(run: Run) -> Path | None:
    """Return the refiner that this run has made, None where it makes none. Raises SettingError for one that is not
    there, as where processes that train together were started together.
    """
    if "refine" not in run.settings["stages"]:
        return None
    path = run.folder / "refine" / "refiner.safetensors"
    if not path.is_file():
        raise SettingError(f"{path} is missing; run stages=[refine] alone, and then train with data.refiner=FILE")
    return path
