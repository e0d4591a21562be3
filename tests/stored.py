"""Samples of a test in a folder, as the format `folder` stores them."""

from collections.abc import Sequence
from pathlib import Path

from glyphgen.formats.catalog import write_set
from glyphgen.formats.format import SetFacts
from glyphgen.sample import PageSample, Sample


def write_folder(samples: Sequence[Sample | PageSample], root: Path) -> int:
    """Write lines, or pages, into a new folder; return how many."""
    unit = "page" if samples and isinstance(samples[0], PageSample) else "line"
    return write_set(samples, root, "folder", SetFacts("train", unit, "toy", ()))
