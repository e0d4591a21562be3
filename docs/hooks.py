"""Hooks of MkDocs: the page of all settings is made when the site is built, so that it cannot fall behind the code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
MARK = "<!-- settings:"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the settings where the page `settings.md` has its mark."""
    if page.file.src_uri != "settings.md":
        return markdown
    before, found, rest = markdown.partition(MARK)
    if not found:
        raise ValueError(f"docs/settings.md has no line that begins with {MARK!r}")
    return before + settings() + rest.partition("-->")[2]


def settings() -> str:
    """Return all settings as Markdown, from their models."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from experiments.settings.describe import describe

    return describe(markdown=True).partition("\n\n")[2]  # the page has a heading of its own
