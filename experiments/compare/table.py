"""Runs beside each other at the terminal, and as Markdown for documents."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from experiments.compare.comparison import Group, best_of, differing, interval
from experiments.report.figures import is_share

_MOST_COLUMNS = 5  # of groups beside each other at the terminal


def title_of(figure: str) -> str:
    """Return the name of a figure as people read it."""
    return figure.removeprefix("evaluate/").replace("_", " ").replace("/", ": ", 1).replace("/", " ")


def cell_of(group: Group, figure: str) -> str:
    """Return a figure of a group as text: the mean, and its 95 % interval where there are several seeds."""
    values = group.values(figure)
    one = interval(values)
    if one is None:
        return "–"
    if is_share(figure):
        return f"{100 * one.mean:.2f} %" + ("" if one.half is None else f" ± {100 * one.half:.2f}")
    return f"{one.mean:.4g}" + ("" if one.half is None else f" ± {one.half:.2g}")


def rows_of(groups: Sequence[Group], figures: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return titles and rows, one a group: name, seeds, the settings that differ, figures, time, speed and size. The
    best of each figure is in `**`.
    """
    apart = differing(groups)
    best = {figure: best_of(groups, figure) for figure in figures}
    titles = ["run", "seeds", *apart, *map(title_of, figures), "training", "speed", "bundle"]
    rows = []
    for k, group in enumerate(groups):
        cells = [f"**{text}**" if best[f] == k else text for f in figures for text in [cell_of(group, f)]]
        seeds = ", ".join(str(run.seed) for run in group.runs)
        name = group.name + ("" if all(run.is_finished for run in group.runs) else " (unfinished)")
        rows.append(
            [name, seeds, *(values[k] for values in apart.values()), *cells, _time(group), _speed(group), _size(group)]
        )
    return titles, rows


def _time(group: Group) -> str:
    known = [s for run in group.runs if (s := run.train_seconds) is not None]
    if not known:
        return "–"
    mean = sum(known) / len(known)
    return f"{mean:.0f} s" if mean < 120 else f"{mean / 60:.0f} min"


def _speed(group: Group) -> str:
    known = [speed for run in group.runs if (speed := run.samples_per_second) is not None]
    return f"{sum(known) / len(known):.0f}/s" if known else "–"


def _size(group: Group) -> str:
    size = group.runs[0].size_mb
    return "–" if size is None else f"{size:.1f} MB"


def as_rich(groups: Sequence[Group], figures: Sequence[str]) -> Table:
    """Return the table for the terminal: a column a group while there are few, for settings have long names; else a
    row.
    """
    titles, rows = rows_of(groups, figures)
    table = Table(title="Runs that differ only in their seed stand together: mean ± 95 % interval")
    if len(groups) <= _MOST_COLUMNS:
        for k, title in enumerate(["", *(row[0] for row in rows)]):
            table.add_column(escape(title), overflow="fold", justify="right" if k else "left")
        for k, title in enumerate(titles[1:], start=1):
            table.add_row(escape(title), *(_marked(row[k]) for row in rows))
        return table
    n_apart = len(titles) - len(figures) - 5  # besides run, seeds, training, speed and bundle
    for title in ["run", "seeds", *titles[2 + n_apart :], "settings that differ"]:
        table.add_column(escape(title), overflow="fold")
    for row in rows:
        apart = [f"{title}={value}" for title, value in zip(titles[2:], row[2 : 2 + n_apart], strict=False)]
        table.add_row(*map(_marked, [*row[:2], *row[2 + n_apart :], "\n".join(apart)]))
    return table


def _marked(text: str) -> str:
    return f"[bold green]{escape(text.strip('*'))}[/]" if text.startswith("**") else escape(text)


def as_markdown(groups: Sequence[Group], figures: Sequence[str]) -> str:
    """Return the table for a document."""
    return as_markdown_table(*rows_of(groups, figures))


def as_markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)
