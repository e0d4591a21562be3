"""Samples of a test in a folder, as the format `folder` stores them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from glyphgen.formats.catalog import write_set
from glyphgen.formats.format import SetFacts
from glyphgen.sample import PageSample, Sample


def write_folder(samples: Iterable[Sample | PageSample], root: Path) -> int:
    """Write lines, or pages, into a new folder; return how many."""
    is_of_pages = isinstance(samples, Sequence) and isinstance(samples[0], PageSample)
    unit = "page" if is_of_pages else "line"
    return write_set(samples, root, "folder", SetFacts("train", unit, "toy", ()))
