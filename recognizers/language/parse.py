"""One way to read a line: what `Language` looks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Parse:
    """The text; words: (text, first place, last place + 1, is in the lexicon), signs left out; letter_of: the letter or
    sign of each place that has one; added: which characters of the text were put in; log_p: log probability of the
    words and, given them, of what was seen.
    """

    text: str
    words: tuple[tuple[str, int, int, bool], ...]
    letter_of: dict[int, str]
    added: tuple[int, ...]
    log_p: float = 0.0

    def followed(self, other: Parse, gap: str, start: int) -> Parse:
        """Return this with another parse behind it, whose places begin at `start` of the line; gap: between the
        texts.
        """
        at = len(self.text) + len(gap)
        words = [(text, first + start, last + start, is_known) for text, first, last, is_known in other.words]
        letter_of = {place + start: letter for place, letter in other.letter_of.items()}
        added = [place + at for place in other.added]
        return Parse(
            self.text + gap + other.text,
            (*self.words, *words),
            {**self.letter_of, **letter_of},
            (*self.added, *added),
            self.log_p + other.log_p,
        )


def log_p_of_any(log_p: NDArray[np.float64], is_sign: NDArray[np.bool_]) -> float:
    """Return the log probability of what was seen, log_p (places, shapes), if every letter were as likely as any other
    at every place: what words have to be measured against. Places that show signs are left aside, as words are parted
    there.
    """
    is_letter = ~is_sign[log_p.argmax(axis=1)]
    return float(log_p.max(axis=1)[is_letter].sum() - is_letter.sum() * np.log((~is_sign).sum()))
