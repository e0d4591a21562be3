"""Runs beside each other as one HTML file that needs nothing else: plots by Plotly, pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from experiments.compare.comparison import Group, Paired, best_of, differing, errors_of, interval, paired
from experiments.compare.power_law import PowerLaw
from experiments.compare.table import cell_of, rows_of, title_of
from experiments.report.figures import is_more_better, is_share
from glyphgen.files import written

_COLORS = ("#3366cc", "#dc3912", "#ff9900", "#109618", "#990099", "#0099c6", "#dd4477", "#66aa00", "#b82e2e", "#316395")
_MOST_PICTURES, _MOST_WHOLE = 24, 8  # on which two runs disagree; of whole pictures, which are large
_MOST_PAIRS = 20
_LARGEST_PX = 720
_CURVES = ("val/", "train/loss")


def write_page(
    path: Path, groups: Sequence[Group], figures: Sequence[str], title: str, laws: Sequence[PowerLaw] = ()
) -> None:
    """Write the page, with power laws over a setting where there are some; a file that is there is replaced when the
    new one is whole. Raises OSError or DataError.
    """
    runs = [run for group in groups for run in group.runs]
    colors = {id(group): _COLORS[k % len(_COLORS)] for k, group in enumerate(groups)}
    plots = [*_laws(laws), *_bars(groups, figures, colors), *_curves(groups, colors)]
    html = _template().render(
        title=title,
        groups=[
            {"name": group.name, "color": colors[id(group)], "runs": [r.name for r in group.runs]} for group in groups
        ],
        settings=differing(groups),
        figures=[_figure_row(groups, figure) for figure in figures],
        more=_more_rows(groups, figures),
        plots=[
            plot.to_html(full_html=False, include_plotlyjs=k == 0, config={"responsive": True})
            for k, plot in enumerate(plots)
        ],
        laws=[law.verdict for law in laws],
        pairs=[_shown(pair) for pair in paired(groups)[:_MOST_PAIRS]],
        n_runs=len(runs),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with written(path) as part:
        part.write_text(html, encoding="utf-8")


def _template() -> Any:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    ).get_template("page.html")


def _figure_row(groups: Sequence[Group], figure: str) -> dict[str, Any]:
    best = best_of(groups, figure)
    cells = [{"text": cell_of(group, figure), "is_best": k == best} for k, group in enumerate(groups)]
    arrow = {True: "↑", False: "↓", None: ""}[is_more_better(figure)]
    return {"name": title_of(figure), "arrow": arrow, "cells": cells}


def _more_rows(groups: Sequence[Group], figures: Sequence[str]) -> dict[str, list[str]]:
    titles, rows = rows_of(groups, figures)
    return {title: [row[titles.index(title)] for row in rows] for title in ("seeds", "training", "bundle")}


def _layout(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "template": "plotly_white",
        "height": 360,
        "margin": {"t": 60, "b": 50, "l": 60, "r": 20},
    }


def _bars(groups: Sequence[Group], figures: Sequence[str], colors: dict[int, str]) -> list[go.Figure]:
    found = []
    for figure in figures:
        bars = [(group, interval(group.values(figure))) for group in groups]
        there = [(group, one) for group, one in bars if one is not None]
        if not there:
            continue
        plot = go.Figure(
            go.Bar(
                x=[group.name for group, _ in there],
                y=[one.mean for _, one in there],
                error_y={"type": "data", "array": [one.half or 0 for _, one in there]},
                marker_color=[colors[id(group)] for group, _ in there],
            )
        )
        plot.update_layout(**_layout(title_of(figure)), showlegend=False)
        if is_share(figure):
            plot.update_yaxes(tickformat=".2~%", rangemode="nonnegative")
        found.append(plot)
    return found


def _laws(laws: Sequence[PowerLaw]) -> list[go.Figure]:
    """Return a plot of each figure, both axes logarithmic: the runs as points, each law as the line through them."""
    found = []
    for figure in dict.fromkeys(law.figure for law in laws):
        plot = go.Figure()
        same = [law for law in laws if law.figure == figure]
        for law, color in zip(same, cycle(_COLORS), strict=False):
            xs, ys = zip(*law.points, strict=True)
            ends = [min(xs), max(xs)]
            name = f"{law.name or 'law'}: power of {law.exponent:.2f} ± {law.half:.2f}"
            plot.add_scatter(x=xs, y=ys, mode="markers", marker={"color": color, "size": 8}, showlegend=False)
            plot.add_scatter(x=ends, y=[law.at(x) for x in ends], mode="lines", line={"color": color}, name=name)
        plot.update_layout(**_layout(title_of(figure)), xaxis_title=same[0].setting, showlegend=True)
        plot.update_layout(legend={"orientation": "h", "y": -0.3})
        values = sorted({x for law in same for x, _ in law.means})
        plot.update_xaxes(type="log", tickvals=values, ticktext=[f"{x:,.6g}" for x in values])
        plot.update_yaxes(type="log", tickformat=".2~%" if is_share(figure) else None)
        found.append(plot)
    return found


def _curves(groups: Sequence[Group], colors: dict[int, str]) -> list[go.Figure]:
    names = dict.fromkeys(name for group in groups for run in group.runs for name in run.curves)
    found = []
    for name in names:
        if not name.partition("/")[2].startswith(_CURVES):
            continue
        plot = go.Figure()
        for group in groups:
            for k, run in enumerate(run for run in group.runs if name in run.curves):
                steps, values = run.curves[name]
                line = {"color": colors[id(group)], "width": 2 if k == 0 else 1}
                label = {"name": group.name, "legendgroup": group.name, "showlegend": k == 0}
                plot.add_scatter(x=steps, y=values, mode="lines+markers", line=line, marker={"size": 4}, **label)
        plot.update_layout(**_layout(name), xaxis_title="step", yaxis_type="log" if name.endswith("loss") else "linear")
        plot.update_layout(legend={"orientation": "h", "y": -0.3})
        found.append(plot)
    return found


def _shown(pair: Paired) -> dict[str, Any]:
    both = [run.readings[pair.data] for run in (pair.a, pair.b)]
    errors = [errors_of(readings) for readings in both]
    rows = []
    of_pages = both[0].of_pages
    for i in pair.pictures:
        paths = [path for one in both if (path := one.picture(i)) is not None]
        if not paths or (of_pages and len(paths) < 2):
            continue
        # of whole pictures each run shows what it found; of lines one picture is enough
        pictures = [_inside(path) for path in (paths if of_pages else paths[:1])]
        read = zip(both, errors, strict=True)
        texts = [{"text": one.texts[i], "is_right": wrong[i] == 0} for one, wrong in read]
        rows.append({"i": i, "pictures": pictures, "truth": both[0].truths[i], "texts": texts})
        if len(rows) == (_MOST_WHOLE if of_pages else _MOST_PICTURES):
            break
    return {
        "data": pair.data,
        "names": pair.names,
        "verdict": pair.verdict,
        "n_apart": len(pair.pictures),
        "of_pages": of_pages,
        "rows": rows,
    }


def _inside(path: Path) -> str:
    """Return a picture as text for a page; large ones smaller."""
    content, kind = path.read_bytes(), "png"
    with Image.open(path) as picture:
        if max(picture.size) > _LARGEST_PX:
            buffer, kind = BytesIO(), "jpeg"
            picture.thumbnail((_LARGEST_PX, _LARGEST_PX))
            picture.convert("RGB").save(buffer, "JPEG", quality=85)
            content = buffer.getvalue()
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
