"""Read a set of samples, batch by batch, with what they say beside it."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.report.progress import Steps
from glyphgen.datasets.folder import FolderSet
from glyphgen.files import DataError
from glyphgen.images import PictureLike
from glyphgen.sample import Sample
from glyphgen.script import Script, ScriptError
from recognizers.line_reader import LineReader
from recognizers.reading import Reading


def read_all(
    recognizer: LineReader, samples: Sequence[Sample], script: Script, batch_size: int, name: str
) -> tuple[list[str], list[str], list[Reading]]:
    """Return the canonical truths, the English where it is known (else ""), and the readings of all samples."""
    truths: list[str] = []
    letters: list[str] = []
    readings: list[Reading] = []
    for start in Steps(range(0, len(samples), batch_size), desc=f"reading {name}", leave=False):
        pictures: list[PictureLike] = []
        picture: PictureLike
        for i in range(start, min(start + batch_size, len(samples))):
            if isinstance(samples, FolderSet):  # the file itself, as the app reads it
                picture, text, origin = samples.path(i), samples.rows[i][1], str(samples.path(i))
                letters.append(
                    (text.upper() if script.ignores_case else text) if text.replace(" ", "").isalpha() else ""
                )
            else:
                sample = samples[i]
                picture, text, origin = sample.image, sample.text, sample.origin
                letters.append(sample.letters)
            try:
                truths.append(script.canonical(text))
            except ScriptError as error:
                raise DataError(f"{origin}: {error}") from error
            pictures.append(picture)
        readings += recognizer.read_batch(pictures)
    return truths, letters, readings
