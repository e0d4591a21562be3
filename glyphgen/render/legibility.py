"""Could a person read it? How far a picture follows the text that was painted on it."""

from __future__ import annotations

import numpy as np

from glyphgen.sample import Image
from glyphgen.shapes.outline import Coverage

MIN_LEVELS = 4.0  # how many of 255 gray levels the text must move its picture by


def legibility(image: Image, coverage: Coverage) -> float:
    """Return how well the text stands out, 0 to 1: the strongest correlation of a color channel with the coverage or
    with the coverage's slopes (carved text shows only in its edges). Large pictures are
    sampled; text that moves no channel by MIN_LEVELS gray levels counts as 0.
    """
    step = max(1, -(-coverage.shape[0] // 12))
    cover = coverage[::step, ::step]
    rows, columns = cover.shape
    # 0 to 2 the colors, 3 the coverage, 4 and 5 its slopes, 6 ones: one product holds all sums and all correlations
    forms = np.zeros((7, rows, columns), np.float32)
    forms[:3], forms[3], forms[6] = image[::step, ::step].transpose(2, 0, 1), cover, 1
    np.subtract(forms[3, :, 2:], forms[3, :, :-2], out=forms[4, :, 1:-1])
    np.subtract(forms[3, 2:], forms[3, :-2], out=forms[5, 1:-1])
    vectors = forms.reshape(7, -1)
    n = rows * columns
    products = (vectors[:6] @ vectors.T / n).tolist()  # (6, 7)
    means = [row[6] for row in products]
    norms = [max(products[k][k] - means[k] ** 2, 1e-3 / n) ** 0.5 for k in range(6)]
    best = 0.0
    for k in range(3):
        flat, across, down = ((products[k][j] - means[k] * means[j]) / norms[j] for j in (3, 4, 5))
        found = max(abs(flat), (across**2 + down**2) ** 0.5)
        if found >= MIN_LEVELS:
            best = max(best, found / norms[k])
    return best
