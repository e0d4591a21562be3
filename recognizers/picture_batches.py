"""From pictures to readings, whatever runs the network: preprocess, pad, run, decode, and put the spans back into the
pictures. A picture's reading never depends on the others that are read with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glyphgen.images import PictureLike
from recognizers.image.preprocess import Preprocess, pad_batch
from recognizers.reading import Reading
from recognizers.windows import Forward, is_long, log_probs_of

# log probabilities as `Forward` returns them, and widths (b,) px, to readings whose spans are in tensor px
Decode = Callable[[NDArray[np.float32], NDArray[np.int64]], list[Reading]]


def read_pictures(
    pictures: Sequence[PictureLike], preprocess: Preprocess, forward: Forward, decode: Decode
) -> list[Reading]:
    """Read pictures together. Raises PictureError for one that cannot be read."""
    prepared = [preprocess.unsqueezed(picture) for picture in pictures]
    long = {k: p.tensor for k, p in enumerate(prepared) if is_long(p.tensor, preprocess)}
    usual = [p.tensor for k, p in enumerate(prepared) if k not in long]
    readings: list[Reading] = []
    if usual:
        images, widths = pad_batch(usual)
        readings = decode(forward(images, widths), widths)
    for k, tensor in long.items():
        log_probs = log_probs_of(forward, tensor, preprocess)
        readings[k:k] = decode(log_probs[None], np.array([tensor.shape[-1]], np.int64))
    return [
        replace(reading, glyphs=tuple(replace(g, span_px=p.to_picture(*g.span_px)) for g in reading.glyphs))
        for reading, p in zip(readings, prepared, strict=True)
    ]
