"""Texts of the user's own: a file with one a line.

Whole texts are dealt out to the splits, by their spelling; texts may well share words. Each is as likely as the others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glyphgen.files import DataError, composed
from glyphgen.script import Script
from glyphgen.shapes.bidi import is_control
from glyphgen.texts.english import SplitTexts, split_of


def read_texts(path: str | Path) -> list[tuple[int, str]]:
    """Return the texts of a file, one a line, with the numbers of the lines, from 1; blanks at the ends and several in
    a row are left out. Raises DataError for a file that cannot be read, or has none, and for characters that control
    something.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8: {error}") from error
    found = [(n, " ".join(composed(line).split())) for n, line in enumerate(lines, start=1)]
    for n, letters in found:
        if bad := next((char for char in letters if is_control(char)), None):
            raise DataError(f"{path}:{n} has U+{ord(bad):04X}, which controls what stands beside it; leave it out")
    if not any(letters for _, letters in found):
        raise DataError(f"{path} has no texts")
    return [(n, letters) for n, letters in found if letters]


class OwnTexts(SplitTexts):
    """Draws texts of a file that the script can write. Raises DataError, naming the line, for one that it cannot, or
    that is longer than `max_graphemes`; and where a split has none. Where not is_dealt, every split has all of them.
    """

    def __init__(self, path: str | Path, script: Script, max_graphemes: int = 32, is_dealt: bool = True) -> None:
        self.is_dealt = is_dealt
        self.path, self.script, self.max_graphemes = Path(path), script, max_graphemes
        texts: dict[str, str] = {}
        for n, letters in read_texts(path):
            if missing := [char for char in letters if not script.can_write(char)]:
                raise DataError(f"{path}:{n}: script {script.name!r} has no {missing[0]!r}; it is in {letters!r}")
            if len(letters) > max_graphemes:
                raise DataError(
                    f"{path}:{n}: {len(letters)} graphemes, and at most {max_graphemes} are asked for (--max-graphemes)"
                )
            texts[script.canonical(letters)] = letters
        self.texts = list(texts.items())

    def _keep_own(self, whole: OwnTexts) -> None:
        if not self.is_dealt:
            return
        self.texts = [(text, letters) for text, letters in whole.texts if split_of(text) == self.split]
        if not self.texts:
            much = "eighteen of twenty" if self.split == "train" else "one of twenty"
            raise DataError(
                f"{self.path}: of {len(whole.texts)} texts none is for {self.split}, which gets {much}, by their "
                "spelling; give more texts"
            )

    def draw(self, rng: np.random.Generator) -> tuple[str, str]:
        """Draw a canonical text, and the text as it is written in the file."""
        return self.texts[int(rng.integers(len(self.texts)))]

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw n visible graphemes for a line that is cut off and no label."""
        return "".join(self.script.visible[i] for i in rng.integers(0, len(self.script.visible), n).tolist())


class WholeTexts(OwnTexts):
    """The same where characters mean nothing alone, as where letters join: neighbors are words of the texts."""

    def neighbor(self, rng: np.random.Generator, n: int) -> str:
        """Draw words of at most n characters together, or one, for a line that is cut off and no label."""
        words = self.texts[int(rng.integers(len(self.texts)))][0].split()
        first = int(rng.integers(len(words)))
        text = words[first]
        for word in words[first + 1 :]:
            if len(text) + 1 + len(word) > n:
                break
            text += f" {word}"
        return text
