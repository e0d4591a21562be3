"""From pictures to readings, whatever runs the network: preprocess, pad, run, decode, and put the spans back into the
pictures. A picture's reading never depends on the others that are read with it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureLike
from recognizers.image.preprocess import Preprocess, pad_batch
from recognizers.reading import Reading
from recognizers.windows import Forward, is_long, log_probs_of

# log probabilities as `Forward` returns them, and widths (b,) px, to readings whose spans are in tensor px
Decode = Callable[[NDArray[np.float32], NDArray[np.int64]], list[Reading]]


_WIDEST, _MOST = 1.25, 32  # width of the widest picture of a batch over that of the narrowest; and how many it holds


def read_pictures(
    pictures: Sequence[PictureLike], preprocess: Preprocess, forward: Forward, decode: Decode
) -> list[Reading]:
    """Read pictures together. Raises PictureError for one that cannot be read."""
    prepared = [preprocess.unsqueezed(picture) for picture in pictures]
    long = [k for k, p in enumerate(prepared) if is_long(p.tensor, preprocess)]
    readings: dict[int, Reading] = {}
    for row in _of_one_width([p.tensor.shape[-1] for p in prepared], set(long)):
        images, widths = pad_batch([prepared[k].tensor for k in row])
        readings.update(zip(row, decode(forward(images, widths), widths), strict=True))
    for k in long:
        log_probs = log_probs_of(forward, prepared[k].tensor, preprocess)
        (readings[k],) = decode(log_probs[None], np.array([prepared[k].tensor.shape[-1]], np.int64))
    return [
        replace(readings[k], glyphs=tuple(replace(g, span_px=p.to_picture(*g.span_px)) for g in readings[k].glyphs))
        for k, p in enumerate(prepared)
    ]


def _of_one_width(widths: Sequence[int], left_out: Container[int]) -> Iterator[list[int]]:
    """Return rows of pictures whose widths are nearly the same: what a batch is padded with costs as much as ink."""
    row: list[int] = []
    for k in sorted((k for k in range(len(widths)) if k not in left_out), key=lambda k: widths[k]):
        if row and (widths[k] > _WIDEST * widths[row[0]] or len(row) == _MOST):
            yield row
            row = []
        row.append(k)
    if row:
        yield row
