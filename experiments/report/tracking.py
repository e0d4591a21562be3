"""One run of wandb for one command: its config and place among others, every stage under its own name, and, at the end,
the figures, the bundle, the recipe of the data and the report.

wandb is imported only where it is asked for. Everything works offline: `wandb sync` sends it later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities import rank_zero_only

from experiments.datasets import data_of
from experiments.job import Run, SettingError, commit, flat, write_json
from experiments.run_folders import SWEEP_MARK
from experiments.settings.stages import TRAINING
from glyphgen.files import DataError
from glyphgen.script import ScriptError
from recognizers.bundle_file import read_header
from recognizers.network import Network
from recognizers.released import WEIGHTS_DIR, releases

ID_FILE = "wandb.json"  # in the run folder: which run of wandb it is, for those that go on from its checkpoints
_MOST_TAG = 64  # characters of a tag of wandb
_RECIPE = ("data", "augment", "crops", "seed")  # of the settings: what the pictures are made from


class StageLogger(WandbLogger):
    """Lightning's logger of one stage: it writes into the run of the whole command, under the stage's name, with steps
    of its own.
    """

    def __init__(self, tracker: Any, stage: str) -> None:
        super().__init__(experiment=tracker, log_model=False)
        self._stage = stage
        tracker.define_metric(f"{stage}/step", hidden=True)
        tracker.define_metric(f"{stage}/*", step_metric=f"{stage}/step")
        for name in ("loss", "cer", "error"):  # of these the least of all counts, not the last
            for split in ("train", "val"):
                tracker.define_metric(f"{stage}/{split}/{name}", step_metric=f"{stage}/step", summary="min")

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        named = {f"{self._stage}/{name}": value for name, value in metrics.items()}
        self.experiment.log(named if step is None else {**named, f"{self._stage}/step": step})

    @rank_zero_only
    def log_hyperparams(self, params: Any) -> None:
        """Nothing: the config of the run has all settings."""

    @rank_zero_only
    def log_image(self, key: str, images: list[Any], step: int | None = None, **_: Any) -> None:
        import wandb

        self.experiment.log({f"{self._stage}/{key}": [wandb.Image(image) for image in images]})

    @rank_zero_only
    def log_rows(self, key: str, titles: Sequence[str], rows: list[list[Any]]) -> None:
        """Show a table; cells that are paths are pictures."""
        import wandb

        cells = [[wandb.Image(str(cell)) if isinstance(cell, Path) else cell for cell in row] for row in rows]
        self.experiment.log({f"{self._stage}/{key}": wandb.Table(columns=list(titles), data=cells)})


def open_tracker(run: Run) -> Any:
    """Return the wandb run of a command, started by the first stage that asks; offline where wandb knows no login for
    its server. A mode that the user set for wandb stays as it is.
    """
    if run.tracker is None:
        run.tracker = _start(run)
    return run.tracker


def _start(run: Run) -> Any:
    import wandb
    from wandb.sdk import wandb_setup

    try:
        settings = wandb_setup.singleton().settings  # of the environment and of wandb's own files; starts nothing
    except ValueError as error:  # of its models of settings
        raise SettingError(f"logger=wandb: wandb's own settings are wrong: {error}") from error
    is_offline = settings.mode == "online" and not has_login(settings.base_url)
    if is_offline:
        run.say(
            f"wandb: no login for {settings.base_url} found, logging offline (send it later: wandb login, then "
            f"wandb sync {run.folder}/wandb/offline-run-*)"
        )
    before = _earlier_id(run)
    try:
        tracker = wandb.init(
            project=run.settings["logger"]["wandb"]["project"],
            dir=str(run.folder),
            name=name_of(run),
            group=group_of(run),
            job_type=job_type_of(run),
            tags=tags_of(run),
            config=config_of(run),
            id=before,
            resume="allow" if before else None,
            mode="offline" if is_offline else None,
            settings=wandb.Settings(silent=True),
        )
    except (wandb.Error, ValueError) as error:
        raise SettingError(f"logger=wandb: {error}; WANDB_MODE=offline keeps the run here, to send it later") from error
    write_json(run.folder / ID_FILE, {"id": tracker.id, "project": run.settings["logger"]["wandb"]["project"]})
    return tracker


def has_login(server: str) -> bool:
    """Return whether wandb has a key for a server: of its environment variables, a netrc file, or its settings. Asks
    nobody.
    """
    from wandb.errors import AuthenticationError
    from wandb.sdk.lib import wbauth

    try:
        return (
            wbauth.authenticate_session(host=server, source="logger=wandb", prompt=False, update_session=False)
            is not None
        )
    except AuthenticationError as error:
        raise SettingError(f"logger=wandb: {error}") from error


def is_of_sweep(run: Run) -> bool:
    return (run.folder.parent / SWEEP_MARK).is_file()


def name_of(run: Run) -> str:
    """Return the name of a run: that of its folder, of a run of a sweep after the sweep's."""
    return f"{run.folder.parent.name}-{run.folder.name}" if is_of_sweep(run) else run.folder.name


def group_of(run: Run) -> str:
    """Return what a run is compared with: its sweep, its recipe, or runs of the same model and data."""
    if is_of_sweep(run):
        return run.folder.parent.name
    return str(run.settings.get("name") or f"{run.settings['model']['architecture']}-{run.settings['data']['name']}")


def job_type_of(run: Run) -> str:
    """Return what a run is for: sweep, train or evaluate."""
    return "sweep" if is_of_sweep(run) else "train" if TRAINING & set(run.settings["stages"]) else "evaluate"


def tags_of(run: Run) -> list[str]:
    """Return model, data and script, each once."""
    tags = [run.settings["model"]["architecture"], run.settings["data"]["name"]]
    with suppress(DataError, ScriptError, SettingError):  # the stage that needs it says what is wrong
        tags.append(data_of(run).script_of(run.settings["paths"]["data"]).name)
    return list(dict.fromkeys(tag[:_MOST_TAG] for tag in tags))


def config_of(run: Run) -> dict[str, Any]:
    """Return the settings that have a say in a run, those of its stages only, by their dotted names as they are given
    on the command line; and the commit.
    """
    own = dict(run.settings)
    own["stage"] = {name: own["stage"][name] for name in own["stages"] if name in own["stage"]}
    left_out = {"baseline", "logger", "callbacks", "resume", "resume_with"}
    return {**dict(flat({k: v for k, v in own.items() if k not in left_out})), "commit": commit()}


def finish_tracker(run: Run, recognizer: Network | None = None) -> None:
    """End the wandb run of a command, if there is one: with its figures and artifacts, or, without a recognizer, as one
    that failed.
    """
    tracker, run.tracker = run.tracker, None
    if tracker is None:
        return
    import wandb

    try:
        if recognizer is not None:
            figures = {k: v for k, v in flat(run.results, "/") if isinstance(v, int | float) or v is None}
            tracker.summary.update(figures)
            if run.settings["logger"]["wandb"]["artifacts"] and not tracker.disabled:
                try:
                    _log_artifacts(tracker, run, recognizer, figures)
                except (wandb.Error, OSError, ValueError) as error:  # the run is done, and all of it is in its folder
                    run.say(f"wandb: the artifacts of {run.folder} were not sent: {error}")
            if tracker.url:
                run.say(f"wandb: {tracker.url}")
    finally:
        tracker.finish(exit_code=0 if recognizer is not None else 1)


def _log_artifacts(tracker: Any, run: Run, recognizer: Network, figures: Mapping[str, Any]) -> None:
    import wandb

    if (start := _weights_before(run)) is not None:
        name, path = start
        _use(tracker, _with_file(wandb.Artifact(name, type="model"), path))
    recipe = {key: run.settings[key] for key in _RECIPE}
    looks = {name: run.settings["stage"][name].get("augment") for name in run.settings["stages"]}
    recipe |= {"stage_augment": looks, "pretrain_data": run.settings["stage"].get("pretrain", {}).get("data")}
    text = json.dumps(recipe, indent=2, sort_keys=True, ensure_ascii=False, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    data = wandb.Artifact(_artifact_name(run.settings["data"]["name"]), type="dataset", metadata={"sha256": digest})
    with data.new_file("recipe.json", encoding="utf-8") as file:
        file.write(text)
    _use(tracker, data)
    if (run.folder / "bundle.safetensors").is_file():
        script = recognizer.script.name
        made = {"commit": commit(), "seed": run.seed, "recipe": digest, **figures}
        model = wandb.Artifact(_artifact_name(f"{recognizer.architecture}-{script}"), type="model", metadata=made)
        tracker.log_artifact(_with_file(model, run.folder / "bundle.safetensors"))
    report = wandb.Artifact(_artifact_name(f"report-{name_of(run)}"), type="report")
    for path in sorted(run.folder.rglob("*")):
        is_shown = path.suffix in (".md", ".png", ".tsv") or path.name in ("results.json", "config.yaml")
        if is_shown and "wandb" not in path.relative_to(run.folder).parts:
            report.add_file(str(path), name=path.relative_to(run.folder).as_posix())
    tracker.log_artifact(report)


def _with_file(artifact: Any, path: Path) -> Any:
    artifact.add_file(str(path), name=path.name)
    return artifact


def _use(tracker: Any, artifact: Any) -> None:
    """Say that a run was made from an artifact. wandb's own use_artifact asks its server, and so refuses offline;
    logging it as one that is used is what that does for an artifact of this machine.
    """
    if tracker.settings.mode == "online":
        tracker.use_artifact(artifact)
    else:
        tracker._log_artifact(artifact, is_user_created=True, use_after_commit=True)


def _weights_before(run: Run) -> tuple[str, Path] | None:
    """Return the name and the file of the weights that a run started from, None where there are none. Bundles of runs
    have the name that they were logged by.
    """
    given = run.weights or run.results.get("pretrain", {}).get("weights")
    if given is None:
        return None
    if given in releases():
        return _artifact_name(given), WEIGHTS_DIR / f"{given}.safetensors"
    header = read_header(given)
    return _artifact_name(f"{header['architecture']}-{header['script']['name']}"), Path(given)


def _artifact_name(text: str) -> str:
    """Return a text as a name that wandb takes."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in text)[:120]


def _earlier_id(run: Run) -> str | None:
    """Return the id of the wandb run that this run, or the checkpoint of a stage, goes on from."""
    own = run.folder / ID_FILE
    if run.settings.get("resume") and own.is_file():
        return str(json.loads(own.read_text(encoding="utf-8"))["id"])
    for stage in run.settings["stages"]:
        checkpoint = run.settings["stage"].get(stage, {}).get("resume")
        if not checkpoint:
            continue
        path = Path(checkpoint).absolute().parent.parent / ID_FILE
        if is_of_sweep(run) or not path.is_file():
            reason = "runs of a sweep are several" if is_of_sweep(run) else f"there is no {path}"
            run.say(f"wandb: a new run, not that of {checkpoint}: {reason}")
            return None
        return str(json.loads(path.read_text(encoding="utf-8"))["id"])
    return None
