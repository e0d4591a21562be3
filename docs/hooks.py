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
    """Return all settings as Markdown: from their models, or from the YAML files while there are no models."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    try:
        from experiments.settings import describe  # type: ignore[import-not-found, unused-ignore]
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("experiments.settings"):
            raise
        return of_files(ROOT / "conf")
    return str(describe(markdown=True))


def of_files(conf: Path) -> str:
    """Return every YAML file below conf/ with its comments, by group."""
    parts = []
    for group in sorted({path.parent for path in conf.rglob("*.yaml")}):
        name = group.relative_to(conf).as_posix()
        parts.append(f"## {name}\n" if name != "." else "## Top level\n")
        parts += [
            f"`{path.relative_to(conf.parent).as_posix()}`\n\n```yaml\n{path.read_text(encoding='utf-8').strip()}\n```\n"
            for path in sorted(group.glob("*.yaml"))
        ]
    return "\n".join(parts)
