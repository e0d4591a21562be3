"""One way to read a line: what `Language` looks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parse:
    """The text; words: (text, first place, last place + 1, is in the lexicon), signs left out; letter_of: the letter or
    sign of each place that has one; added: which characters of the text were put in.
    """

    text: str
    words: tuple[tuple[str, int, int, bool], ...]
    letter_of: dict[int, str]
    added: tuple[int, ...]

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
        )
