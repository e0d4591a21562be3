"""The table of a comparison in a document, between marks: `<!-- compare: NAME -->` and `<!-- compare: end -->`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

from experiments.compare.comparison import Group, differing, short_setting
from experiments.compare.power_law import PowerLaw
from experiments.compare.table import as_markdown_table, cell_of, title_of
from glyphgen.files import written

_END = "<!-- compare: end -->"
_WIDTH, _MOST_APART = 120, 4


def write_into(
    path: Path, name: str, groups: Sequence[Group], figures: Sequence[str], laws: Sequence[PowerLaw] = ()
) -> None:
    """Put the figures of groups of runs between the marks of a name in a document, with the seeds, the commit and the
    laws; the rest of it stays. Raises ValueError for a document without these marks, and OSError.
    """
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"(<!-- compare: {re.escape(name)} -->\n).*?({_END})", text, re.DOTALL)
    if found is None:
        raise ValueError(f"{path} has no lines <!-- compare: {name} --> and, after it, {_END}")
    laws_said = "\n".join(_item(law.verdict) for law in laws)
    made = "\n\n".join(filter(None, [short_table(groups, figures), _where_from(groups), laws_said]))
    with written(path) as part:
        part.write_text(f"{text[: found.end(1)]}\n{made}\n\n{text[found.start(2) :]}", encoding="utf-8")


def short_table(groups: Sequence[Group], figures: Sequence[str]) -> str:
    """Return a table of figures alone, a row a group; where all are one figure of several data sets, with its name over
    the names of the runs.
    """
    titles = [title_of(figure) for figure in figures]
    kinds = {title.partition(": ")[2] for title in titles}
    if len(kinds) == 1 and "" not in kinds:
        first, titles = kinds.pop(), [title.partition(": ")[0] for title in titles]
    else:
        first = "run"
    names = _names_by_settings(groups)
    rows = [[name, *(cell_of(group, figure) for figure in figures)] for name, group in zip(names, groups, strict=True)]
    return as_markdown_table([first, *titles], rows)


def _names_by_settings(groups: Sequence[Group]) -> list[str]:
    """Return what groups are called in a document, where there is room: what they differ in, if that is little."""
    apart = {name: values for name, values in differing(groups).items() if name != "commit"}
    if not 0 < len(apart) <= _MOST_APART:
        return [group.name for group in groups]
    return [
        ", ".join(f"{short_setting(name)}={values[k].replace(',', ', ')}" for name, values in apart.items())
        for k in range(len(groups))
    ]


def _item(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="* ", subsequent_indent="  ")


def _where_from(groups: Sequence[Group]) -> str:
    seeds = {tuple(run.seed for run in group.runs) for group in groups}
    each = "; ".join(", ".join(map(str, some)) for some in sorted(seeds))
    commits = ", ".join(dict.fromkeys(group.runs[0].commit or "unknown" for group in groups))
    return f"Seeds {each}; at {commits}."
