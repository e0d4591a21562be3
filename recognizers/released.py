"""Released weights: which bundles lie in `weights/` and what each is for, as `weights/index.toml` says.

Whoever needs released weights asks here, by architecture and script: no table of names stands anywhere else. The
bundles themselves are not opened.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from glyphgen.script import Script

WEIGHTS_DIR = Path(__file__).parent / "weights"
ANY_SCRIPT = "any"  # of weights that have been taught no glyph, and can be taught those of any script


@dataclass(frozen=True)
class Release:
    """One released bundle; the fields are explained at the head of index.toml."""

    name: str
    unit: str
    architecture: str
    script: str
    data: tuple[str, ...]
    reads: str
    recipe: str | None = None
    letters: str | None = None
    only_data: bool = False
    app: str | None = None
    pages: bool = False

    def is_for(self, script: Script) -> bool:
        """Return whether it reads, or can be taught, this script."""
        if self.letters is not None:  # a name says little: a person's own drawings may have it, and other letters
            return self.letters == digest(script)
        return self.script in (script.name, ANY_SCRIPT)


class Offer(NamedTuple):
    """The weights behind one name of the app: of a line recognizer, and of a glyph recognizer."""

    line: str | None
    glyph: str | None


def digest(script: Script) -> str:
    """Return what the index says of a script's letters: the first 16 hexadecimal digits of their sha256."""
    return hashlib.sha256(script.alphabet.encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def releases() -> dict[str, Release]:
    """Return all released bundles by name, in the order of the index. Raises TypeError, ValueError or OSError for an
    index that is missing or wrong.
    """
    with (WEIGHTS_DIR / "index.toml").open("rb") as file:
        rows = tomllib.load(file)
    return {name: Release(name, **{**row, "data": tuple(row["data"])}) for name, row in rows.items()}


def find(architecture: str, script: str) -> str | None:
    """Return the name of the first released bundle of an architecture for a script's name, or None."""
    return next((r.name for r in releases().values() if (r.architecture, r.script) == (architecture, script)), None)


def finder_name(script: Script) -> str | None:
    """Return the name of the released finder of lines for a script, or None."""
    return next((r.name for r in releases().values() if r.unit == "page" and r.is_for(script)), None)


def any_finder_name() -> str | None:
    """Return the name of the released finder that serves scripts which have none of their own, or None."""
    return next((r.name for r in releases().values() if r.unit == "page"), None)


def candidates(architecture: str, script: Script) -> list[Release]:
    """Return all released bundles of an architecture that read a script, or can be taught it."""
    return [r for r in releases().values() if r.architecture == architecture and r.is_for(script)]


def choose(architecture: str, script: Script, data: str, recipe: str | None = None) -> Release | None:
    """Return the released bundle to read `data` with (its name in conf/data): the one that the recipe made, else the
    one that learned from this data, else one that is good for any data of the script. None where there is none: see
    `candidates` for what reads the script and was made for other data.
    """
    own = candidates(architecture, script)
    ranked = [
        *(r for r in own if recipe and r.recipe == recipe),
        *(r for r in own if data in r.data),
        *(r for r in own if not r.only_data),
    ]
    return ranked[0] if ranked else None


def scripts_of_pages() -> list[str]:
    """Return the names, as in `offers`, of the scripts that are told from other writing in whole pictures."""
    return [r.app for r in releases().values() if r.app is not None and r.pages]


def offers() -> dict[str, Offer]:
    """Return what the app offers: for each of its names the weights behind it, in the order of the index."""
    names: dict[str, Offer] = {}
    for release in releases().values():
        if release.app is not None:
            before = names.get(release.app, Offer(None, None))
            names[release.app] = before._replace(**{release.unit: release.name})
    return names
