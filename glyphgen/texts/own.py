"""Texts of the user's own: a file with one a line.

Whole texts are dealt out to the splits, by their spelling; texts may well share words. Each is as likely as the others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glyphgen.files import DataError, composed
from glyphgen.script import Script
from glyphgen.texts.english import SplitTexts, split_of


class OwnTexts(SplitTexts):
    """Draws texts of a file that the script can write. Raises DataError, naming the line, for one that it cannot, or
    that is longer than `max_graphemes`; and where a split has none.
    """

    def __init__(self, path: str | Path, script: Script, max_graphemes: int = 32) -> None:
        self.path, self.script, self.max_graphemes = Path(path), script, max_graphemes
        try:
            lines = self.path.read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is no text in UTF-8: {error}") from error
        texts: dict[str, str] = {}
        for n, line in enumerate(lines, start=1):
            letters = " ".join(composed(line).split())
            if letters and (missing := [char for char in letters if not script.can_write(char)]):
                raise DataError(f"{path}:{n}: script {script.name!r} has no {missing[0]!r}; it is in {letters!r}")
            if len(letters) > max_graphemes:
                raise DataError(f"{path}:{n}: {len(letters)} graphemes, and at most {max_graphemes} are asked for")
            if letters:
                texts[script.canonical(letters)] = letters
        self.texts = list(texts.items())
        if not self.texts:
            raise DataError(f"{path} has no texts")

    def _keep_own(self, whole: OwnTexts) -> None:
        self.texts = [(text, letters) for text, letters in whole.texts if split_of(text) == self.split]
        if not self.texts:
            raise DataError(
                f"{self.path}: of {len(whole.texts)} texts none is for {self.split}, which gets one of twenty, by "
                "their spelling; give more texts"
            )

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a canonical text, and the text as it is written in the file."""
        return self.texts[int(rng.integers(len(self.texts)))]

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw n visible graphemes for a line that is cut off and no label."""
        return "".join(self.script.visible[i] for i in rng.integers(0, len(self.script.visible), n).tolist())
