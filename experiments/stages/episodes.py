"""Episodes: how well a recognizer tells glyphs apart that it was shown once, with 95 % intervals."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.job import Run, SettingError
from experiments.measure.oneshot import Score, by_hausdorff, fewer_ways, score_tasks, taught
from glyphgen.datasets.catalog import locate
from glyphgen.datasets.omniglot import Episodes, Task, read_background, read_runs
from recognizers.network import Network
from recognizers.networks.protonet import ProtoNet


def episodes(recognizer: Network, run: Run) -> Network:
    """Score one-shot runs, at several numbers of classes, and random episodes. Returns the same network."""
    if not isinstance(recognizer, ProtoNet):
        raise SettingError(
            f"stages=[episodes] is for model=protonet, not {recognizer.architecture}, which is not taught by pictures"
        )
    own, root = run.stage("episodes"), run.settings["paths"]["data"]
    sets: dict[str, list[Task]] = {}
    if own["runs"]:
        tasks = read_runs(locate(root, own["runs"]))
        for n_way in own["n_ways"]:
            most = len(set(tasks[0].owners))
            sets[f"runs, {n_way}-way"] = (
                tasks if n_way == most else [part for task in tasks for part in fewer_ways(task, n_way)]
            )
    if own["background"]:
        stored = read_background(locate(root, own["background"]), own["alphabets"] or [])
        drawn = Episodes(stored, own["n_way"], own["k_shot"], own["n_query"], run.seed, own["count"])
        sets[f"{stored.name}, {own['n_way']}-way {own['k_shot']}-shot"] = [drawn[i] for i in range(len(drawn))]
    if not sets:
        raise SettingError("stage.episodes: give runs or background")
    scores: dict[str, dict[str, Score]] = {}
    for name, tasks in sets.items():
        scores[name] = {"taught": score_tasks(tasks, taught(recognizer), name)}
        if own["together"]:
            scores[name]["together"] = score_tasks(tasks, taught(recognizer, is_together=True), f"{name}, together")
        if own["hausdorff"]:
            scores[name]["hausdorff"] = score_tasks(tasks, by_hausdorff, f"{name}, Hausdorff")
    run.results["episodes"] = {
        name: {how: score.to_dict() for how, score in row.items()} for name, row in scores.items()
    }
    _show(scores)
    return recognizer


def _show(scores: dict[str, dict[str, Score]]) -> None:
    table: Any = Table("tasks", "how many", "error", "together", "Hausdorff", title="Episodes, 95 % intervals")
    for name, row in scores.items():
        table.add_row(
            name, str(row["taught"].n_tasks), *(str(row.get(how, "")) for how in ("taught", "together", "hausdorff"))
        )
    Console(width=110).print(table)
