"""Bundles that run in ONNX Runtime: the same readings as of the networks that were trained, without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureLike
from glyphgen.script import Script
from recognizers.acceptance import Acceptance
from recognizers.bundle_file import unit_of
from recognizers.calibration import Calibration
from recognizers.certainty import Certainty
from recognizers.finder import PagePreprocess, find_lines
from recognizers.geometry import TextLine
from recognizers.image.preprocess import Preprocess
from recognizers.interpret import check_glyph_label, check_line_label, glyph_reading, line_reading
from recognizers.picture_batches import read_pictures
from recognizers.reading import Reading
from recognizers.runtime.graph_file import Graph
from recognizers.runtime.session import Session


class _Opened:
    """What a header says, and a session."""

    def __init__(self, header: dict[str, Any], session: Session) -> None:
        self.session = session
        self.unit = unit_of(header)
        self.architecture: str = header["architecture"]
        self.script = Script.from_dict(header["script"])
        self.acceptance = Acceptance(**header["acceptance"]) if "acceptance" in header else None
        provenance = header.get("provenance")
        self.provenance: dict[str, Any] = provenance if isinstance(provenance, dict) else {}


class OnnxRecognizer(_Opened):
    """A recognizer of lines or of glyphs."""

    def __init__(self, header: dict[str, Any], session: Session) -> None:
        super().__init__(header, session)
        self.preprocess = Preprocess(**header["preprocess"])
        self.calibration = Calibration(**header.get("calibration", {}))
        self.certainty = Certainty(**header["certainty"]) if "certainty" in header else None
        n_classes = self.script.n_classes if self.unit == "line" else len(self.script.visible)
        if session.n_out != n_classes:
            raise ValueError(f"its graph has {session.n_out} classes, the script {n_classes}")

    def read(self, picture: PictureLike) -> Reading:
        """Read one picture: a path, PIL image or array of any size, depth, alpha or polarity. Raises PictureError."""
        return self.read_batch([picture])[0]

    def read_batch(self, pictures: Sequence[PictureLike]) -> list[Reading]:
        """Read pictures together; the same as reading each alone. Raises PictureError for one that cannot be read."""
        return read_pictures(pictures, self.preprocess, self.session.run, self.decode)

    def decode(self, log_probs: NDArray[np.float32], widths: NDArray[np.int64]) -> list[Reading]:
        """Turn log probabilities into readings; widths (b,) and spans are in tensor px."""
        if self.unit == "glyph":
            rows = zip(log_probs, widths.tolist(), strict=True)
            return [glyph_reading(row, width, self.script, self.calibration) for row, width in rows]
        stride = self.preprocess.stride_px
        rows = zip(log_probs, (widths // stride).tolist(), strict=True)
        return [line_reading(row[:n], self.script, self.calibration, stride) for row, n in rows]

    def check_label(self, text: str, width_px: int, origin: str) -> None:
        """Raise LabelError when the network cannot write `text` for a tensor of this width."""
        if self.unit == "glyph":
            check_glyph_label(text, origin, self.script)
        else:
            check_line_label(text, width_px, origin, self.script, self.preprocess.stride_px)


class OnnxFinder(_Opened):
    """A finder of lines."""

    def __init__(self, header: dict[str, Any], session: Session) -> None:
        super().__init__(header, session)
        self.preprocess = PagePreprocess(**header["preprocess"])

    def find(self, picture: PictureLike, is_coarse: bool = False) -> list[TextLine]:
        """Return the lines of a picture, see `find_lines`. Raises PictureError, see load_picture."""
        return find_lines(picture, self.preprocess, self.session.run, is_coarse)


def in_onnx(
    header: dict[str, Any], graph: Graph, weights: Mapping[str, NDArray[Any]], n_threads: int | None = None
) -> OnnxRecognizer | OnnxFinder:
    """Return what reads, or finds lines, as a bundle's header says. Raises ValueError, TypeError or LookupError for a
    header, graph or weights that do not go together.
    """
    session = Session(graph, weights, n_threads)
    unit = unit_of(header)
    if unit not in ("glyph", "line", "page"):
        raise ValueError(f"its unit {unit!r} is none of glyph, line, page")
    return OnnxFinder(header, session) if unit == "page" else OnnxRecognizer(header, session)
