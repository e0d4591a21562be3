"""The table of recipes: `python -m experiments.table runs --write README.md`.

Every run of a recipe that says what it is held against (`name` and `ancestor` in its config) becomes part of a row; runs of one
recipe with several seeds share one. With --write the table takes the place of what stands between the two marks in a file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

BEGIN, END = "<!-- recipes: begin, written by python -m experiments.table -->", "<!-- recipes: end -->"


@dataclass(frozen=True)
class Result:
    """One finished run of a recipe: its figure is a share that was right."""

    name: str
    ancestor: dict[str, Any]
    seed: int
    right: float
    n: int


def read_run(folder: Path) -> Result | None:
    """Return what a run folder says, or None when it is no finished run of a recipe with an ancestor."""
    try:
        config = OmegaConf.load(folder / "config.yaml")
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, OmegaConfBaseException):
        return None
    name, ancestor = config.get("name"), config.get("ancestor")
    if not name or not ancestor or config.trainer.get("limit"):
        return None
    *path, key = str(ancestor.figure).split(".")
    for part in path:
        results = results.get(part, {})
    if key not in results:
        return None
    value = float(results[key])
    return Result(str(name), dict(OmegaConf.to_container(ancestor)), int(config.seed),  # type: ignore[call-overload]
                  1 - value if key.endswith("_cer") else value, int(results["n"]))  # fmt: skip


def table(results: Sequence[Result]) -> str:
    """Return the rows as Markdown: the mean over seeds, and the least and the most when there are several."""
    lines = ["| system | task | theirs | here | asked | command |", "|---|---|---|---|---|---|"]
    for name in dict.fromkeys(result.name for result in results):
        runs = {result.seed: result for result in results if result.name == name}
        values = [runs[seed].right for seed in sorted(runs)]
        mean, ancestor = sum(values) / len(values), runs[min(runs)].ancestor
        shown = f"{mean:.2%}".replace("%", " %")
        if len(values) > 1:
            shown += f" ({min(values):.2%} to {max(values):.2%}, seeds {', '.join(map(str, sorted(runs)))})".replace("%", " %")
        else:
            shown += f" (seed {min(runs)})"
        mark = "" if mean >= ancestor["goal"] else ", short"
        lines.append(
            f"| {ancestor['system']} | {ancestor['task']}; {runs[min(runs)].n:,} pictures | {ancestor['theirs']} | {shown}{mark} | "
            f"{100 * ancestor['goal']:g} % | `python experiments/run.py experiment={name}` |"
        )
    return "\n".join(lines)


def write_between(path: Path, text: str) -> None:
    """Put a text between the two marks of a file. Raises ValueError when it does not have them."""
    whole = path.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} does not have the marks {BEGIN!r} and {END!r}")
    part = path.with_name(f".{path.name}.part")
    part.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    part.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of the runs below some folders, and write it where asked. Return 0, or 2 after one message."""
    parser = argparse.ArgumentParser(prog="python -m experiments.table", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="run folders, or folders of such")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also put the table between the marks of FILE")
    given = parser.parse_args(arguments)
    folders = sorted({path.parent for root in given.runs for path in root.rglob("results.json")})
    order = [path.stem for path in sorted((Path(__file__).parent.parent / "conf" / "experiment").glob("*.yaml"))]
    found = [result for result in map(read_run, folders) if result is not None]
    found.sort(key=lambda result: (order.index(result.name) if result.name in order else len(order), result.seed))
    if not found:
        print(f"error: no finished run of a recipe below {', '.join(map(str, given.runs))}", file=sys.stderr)
        return 2
    text = table(found)
    print(text)
    if given.write:
        try:
            write_between(given.write, text)
        except (OSError, ValueError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
