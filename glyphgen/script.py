"""What can be written: graphemes and scripts.

A picture shows *which shape* was written, never *which letter*. A `Grapheme` is one shape together with all
letters that are drawn with it; the first, the most frequent in English, is its canonical letter. A `Script`
numbers its graphemes from 1, because 0 is the CTC blank. Everything that is trained or scored is canonical text.
"""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from glyphgen.files import DataError
from glyphgen.near_names import did_you_mean, no_such

_FIRST = 0xF0000  # of plane 15; 16 follows it
_MOST = 2 * 65_534

SCRIPTS_DIR = Path(__file__).parent / "scripts"
BLANK_ID = 0
SAFE_TRANSFORMS = ("rotation",)  # what a script may declare: that turned by any angle its shapes stay themselves


class ScriptError(ValueError):
    """A script that cannot be read, or a text that it cannot write."""


@dataclass(frozen=True)
class Grapheme:
    """One shape: its canonical letter and the other letters drawn alike."""

    canonical: str
    others: tuple[str, ...] = ()

    @property
    def letters(self) -> tuple[str, ...]:
        return (self.canonical, *self.others)


@dataclass(frozen=True)
class Script:
    """A named, ordered set of graphemes; ids start at 1 and follow that order.

    safe_transforms: transforms that turn no shape into another one, of `SAFE_TRANSFORMS`; augmentation that needs
    one is refused for scripts that do not declare it. direction: ltr, as nothing else can be drawn or read yet. title:
    what people call it, where the name does not say that; two scripts that differ in it alone are equal.
    """

    name: str
    graphemes: tuple[Grapheme, ...]
    direction: str = "ltr"
    safe_transforms: tuple[str, ...] = ()
    ignores_case: bool = field(default=True)
    title: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ScriptError(f"the name of a script must be a text, not {str(self.name)[:60]}")
        if not self.graphemes:
            raise ScriptError(f"script {self.name!r} has no graphemes")
        letters = [letter for grapheme in self.graphemes for letter in grapheme.letters]
        twice = sorted(letter for letter, n in Counter(letters).items() if n > 1)
        if twice:
            raise ScriptError(f"script {self.name!r} lists {', '.join(map(repr, twice))} more than once")
        if bad := [letter for letter in letters if len(letter) != 1]:
            raise ScriptError(f"script {self.name!r}: {bad[0]!r} is not a single character")
        if bad := [letter for letter in letters if unicodedata.category(letter) in ("Cc", "Cs")]:
            raise ScriptError(
                f"script {self.name!r}: {bad[0]!r} is a control character or half of one, which nothing draws"
            )
        if self.direction != "ltr":
            raise ScriptError(f"script {self.name!r}: direction {self.direction!r} cannot be drawn yet; only ltr")
        if unknown := [name for name in self.safe_transforms if name not in SAFE_TRANSFORMS]:
            raise ScriptError(
                f"script {self.name!r}: there is no transform {unknown[0]!r} that could be declared safe; there is "
                f"{', '.join(SAFE_TRANSFORMS)}"
            )

    @property
    def shown_name(self) -> str:
        """What people call the script."""
        return self.title or self.name.title()

    @cached_property
    def _id_of(self) -> dict[str, int]:
        return {letter: i for i, g in enumerate(self.graphemes, start=1) for letter in g.letters}

    @cached_property
    def alphabet(self) -> str:
        """The canonical letters, in id order (id 1 first)."""
        return "".join(grapheme.canonical for grapheme in self.graphemes)

    @cached_property
    def visible(self) -> str:
        """The canonical letters that leave ink."""
        return self.alphabet.replace(" ", "")

    @property
    def n_classes(self) -> int:
        """How many ids there are, the blank included."""
        return len(self.graphemes) + 1

    def _fold(self, char: str) -> str:
        if char not in self._id_of and self.ignores_case and char.upper() in self._id_of:
            return char.upper()
        return char

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text. Raises ScriptError naming each character the script does not have."""
        folded = [self._fold(char) for char in text]
        if unknown := sorted({char for char in folded if char not in self._id_of}):
            names = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in unknown)
            raise ScriptError(
                f"script {self.name!r} cannot write {names} in {text[:60]!r}; it has "
                f"{''.join(sorted(self._id_of)).strip()!r}"
            )
        return [self._id_of[char] for char in folded]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the canonical text of ids. Raises ScriptError for an id that is the blank or out of range."""
        chars = []
        for i in ids:
            if not 1 <= i <= len(self.graphemes):
                raise ScriptError(f"script {self.name!r} has no grapheme with id {i} (1 to {len(self.graphemes)})")
            chars.append(self.graphemes[i - 1].canonical)
        return "".join(chars)

    def canonical(self, text: str) -> str:
        """Rewrite a text with canonical letters only: what a picture of it can tell."""
        return self.decode(self.encode(text))

    def readings(self, grapheme_id: int) -> tuple[str, ...]:
        """Return every letter that the grapheme may stand for, the canonical one first."""
        self.decode([grapheme_id])
        return self.graphemes[grapheme_id - 1].letters

    def can_write(self, text: str) -> bool:
        """Return whether the script has every character of a text."""
        return all(self._fold(char) in self._id_of for char in text)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that `from_dict` turns back into an equal script."""
        return {
            "name": self.name,
            "graphemes": ["".join(grapheme.letters) for grapheme in self.graphemes],
            "direction": self.direction,
            "safe_transforms": list(self.safe_transforms),
            "ignores_case": self.ignores_case,
            **({"title": self.title} if self.title else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Script:
        """Return the script that `to_dict` described. Raises KeyError, TypeError or ScriptError for other data."""
        if bad := [letters for letters in data["graphemes"] if not isinstance(letters, str) or not letters]:
            raise ScriptError(
                f"script {str(data['name'])[:60]!r}: a grapheme must be a text of one letter or more, not {bad[0]!r}"
            )
        return cls(
            name=data["name"],
            graphemes=tuple(Grapheme(letters[0], tuple(letters[1:])) for letters in data["graphemes"]),
            direction=data.get("direction", "ltr"),
            safe_transforms=tuple(data.get("safe_transforms", ())),
            ignores_case=bool(data.get("ignores_case", True)),
            title=str(data.get("title", "")),
        )


def has_one_case(letters: Iterable[str]) -> bool:
    """Return whether no letter is there both as a capital and as a small one, so that a script of them
    can ignore case.
    """
    there = set(letters)
    return not any(char.lower() != char and char.lower() in there for char in there)


def script_toml(name: str, groups: list[str], has_space: bool = True) -> str:
    """Return the text of a script file for groups of letters drawn alike (upper and lower case folded by the caller),
    each with the letter first that stands for it.
    """
    shared = [group for group in groups if len(group) > 1]
    return (
        "# Letters that are drawn alike share a shape; the first of them stands for it.\n"
        f'name = {json.dumps(name, ensure_ascii=False)}\ndirection = "ltr"\nsafe_transforms = []\n'
        f"letters = {json.dumps(''.join(group[0] for group in groups), ensure_ascii=False)}\n"
        f"shared = {json.dumps(shared, ensure_ascii=False)}\nspace = {'true' if has_space else 'false'}\n"
        f"ignores_case = {'true' if has_one_case(''.join(groups)) else 'false'}\n"
    )


def read_alphabet(path: Path) -> Script:
    """Read a script from a text file with one character a line, in id order; a line that is one blank is the space. Of
    a character that is there twice, as in lists that people gathered, the first counts.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise ScriptError(
            f"{path} is missing; put the script's characters there, one a line in the order of their ids"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError(f"{path} is not a text file in UTF-8: {error}") from error
    chars = [line.rstrip("\r") for line in lines if line.rstrip("\r")]
    if long := [char for char in chars if len(char) != 1]:
        raise ScriptError(f"{path}: expected one character a line, found {long[0][:40]!r}")
    return Script(path.stem, tuple(Grapheme(char) for char in dict.fromkeys(chars)), ignores_case=False)


def read_toml(name_or_path: str | Path) -> dict[str, Any]:
    """Read a script file: a released name (`hylian`) or a path. Raises ScriptError with the names there are."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = SCRIPTS_DIR / f"{name_or_path}.toml"
    elif not path.is_file():
        raise ScriptError(no_such(path, "script file"))
    if not path.is_file():
        known = sorted(p.stem for p in SCRIPTS_DIR.glob("*.toml"))
        raise ScriptError(
            f"no script {str(name_or_path)!r}; released scripts: {', '.join(known)}; or give the path of a .toml file"
            f"{did_you_mean(str(name_or_path), known)}"
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScriptError(f"{path} is not a TOML file: {error}") from error


def load_script(name_or_path: str | Path) -> Script:
    """Load a script by its released name, from a TOML file of the same form as `scripts/hylian.toml`, or from a .txt
    file with one character a line.
    """
    if str(name_or_path).endswith(".txt"):
        return read_alphabet(Path(name_or_path))
    data, where = read_toml(name_or_path), f"script {str(name_or_path)!r}"
    if missing := [key for key in ("name", "letters") if key not in data]:
        raise ScriptError(f"{where} lacks the key {missing[0]!r}")
    for key in ("name", "letters"):
        if not isinstance(data[key], str) or not data[key]:
            raise ScriptError(f"{where}: {key} must be a text that is not empty, not {data[key]!r}")
    for key in ("shared", "safe_transforms"):
        if not isinstance(data.get(key, []), list) or not all(isinstance(v, str) and v for v in data.get(key, [])):
            raise ScriptError(f"{where}: {key} must be a list of texts that are not empty, not {data[key]!r}")
    shared = {letters[0]: tuple(letters[1:]) for letters in data.get("shared", [])}
    if stray := sorted(set(shared) - set(data["letters"])):
        raise ScriptError(f"{where}: shared shape {stray[0]!r} is not among its letters")
    graphemes = [Grapheme(letter, shared.get(letter, ())) for letter in data["letters"]]
    if data.get("space", False):
        graphemes.append(Grapheme(" "))
    return Script(
        data["name"],
        tuple(graphemes),
        data.get("direction", "ltr"),
        tuple(data.get("safe_transforms", ())),
        bool(data.get("ignores_case", True)),
        str(data.get("title", "")),
    )


def many_script(n: int) -> Script:
    """Return a script of n nameless letters. Raises DataError for more than there are."""
    if not 0 < n <= _MOST:
        raise DataError(f"a script of nameless letters has 1 to {_MOST}, not {n}")
    return Script("many", tuple(Grapheme(chr(_FIRST + k + 2 * (k // 65_534))) for k in range(n)), ignores_case=False)
