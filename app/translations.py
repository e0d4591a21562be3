"""What the page says, in the languages it speaks: translations.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")


class Texts:
    """The texts of one language."""

    def __init__(self, language: str, table: dict[str, Any]) -> None:
        self.language, self.table = language, table

    def __call__(self, key: str, **values: Any) -> str:
        """Return a text, filled in. Raises KeyError for one that is not there."""
        text: str = self.table[key]
        return text.format(**values) if values else text

    def list(self, key: str) -> list[str]:
        return list(self.table[key])

    def name(self, script: str) -> str:
        """Return what a script is called; bundles of users are called what they are."""
        names: dict[str, str] = self.table["names"]
        return names.get(script, script)

    def look(self, look: str) -> str:
        looks: dict[str, str] = self.table["looks"]
        return looks[look]

    def error(self, code: str, message: str) -> str:
        """Return the sentence for an error, the message itself where the language has none for its code."""
        errors: dict[str, str] = self.table.get("errors", {})
        text = errors.get(code, message)
        if code in _PARTICULAR and text != message:  # the sentence of the language says it in general
            text = f"{text}（{message}）"
        return text[:1].upper() + text[1:]


_PARTICULAR = ("bad_text", "bad_picture", "too_many_pixels")


@cache
def texts(language: str) -> Texts:
    return Texts(
        language, tomllib.loads((Path(__file__).parent / "translations.toml").read_text(encoding="utf-8"))[language]
    )
