"""Compose the config, fold the stages: `python experiments/run.py model=crnn data=hylian_synth`.

Every run leaves `runs/<time>-<model>-<data>/` with config.yaml, results.json, report.md, the bundle and a folder per
stage. Exit code 2 and one message when a setting or the data is wrong.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # until the stages begin Ctrl-C ends the process at once: as an exception it would be a traceback of some import, or
    # get lost there
    signal.signal(signal.SIGINT, signal.SIG_DFL)

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors of composing come to `command`, which says what to do instead
# threads that wait give way to the ones that render soon; measured on two cores: up to three times the steps a second
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # torch's profiler tells its own debuggers when it starts

from glyphgen.extras import exit_for_missing, plugin_hint

try:
    import hydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import HydraException, MissingConfigException
    from hydra.types import RunMode
    from omegaconf import DictConfig, OmegaConf
    from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException
except ImportError as error:
    exit_for_missing(error)

from experiments.conf_folder import CONF
from experiments.parent import end_with_parent, end_with_starter, has_parent, report_to_parent
from experiments.run_folders import RUN_MARK, forget, how_to_go_on, is_first, take_job_folder, what_resume_names

_is_deaf = __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.SIG_DFL
_started: list[Path] = []  # the folder of the job that Hydra handed over; a crash after that is a bug, and exits 1


def run_stages(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Check the composed settings and run their `stages` in order in `folder`; return the results. Raises named errors,
    see main.
    """
    from importlib import import_module

    from experiments.build import first_network
    from experiments.checks import check
    from experiments.fit import seed_everything, set_threads
    from experiments.job import Run, commit, write_json
    from experiments.report.loggers import log_hyperparameters
    from experiments.report.run_report import finish, next_steps
    from experiments.report.tracking import finish_tracker, open_tracker
    from experiments.settings import validated
    from experiments.settings.stages import TRAINING
    from experiments.unfinished import Progress, hold, let_go, read_progress
    from recognizers import bundle

    settings = validated(settings)
    run = Run(settings, folder)
    commit()
    check(run)
    if is_first():
        hold(folder)
    progress = read_progress(folder) if settings["resume"] else Progress(folder)
    if is_first():
        progress.begin(run.say)
    run.results.update(progress.results)
    seed_everything(run.seed)
    recognizer = first_network(run, progress.weights if progress.done else None)
    set_threads(settings["trainer"], recognizer)
    _heed_interrupts()  # from here on it ends between two steps
    try:
        if settings["logger"]["wandb"] is not None and is_first():
            open_tracker(run)
        for k, name in enumerate(settings["stages"]):
            if k < len(progress.done):
                run.say(f"— {name}: done before")
                continue
            if not is_first() and name not in TRAINING:
                continue
            run.say(f"— {name}")
            seed_everything(run.seed + k)  # so that a stage is the same whether or not those before it ran just now
            recognizer = getattr(import_module(f"experiments.stages.{name}"), name)(recognizer, run)
            if is_first():
                write_json(folder / "results.json", run.results)
                progress.done, progress.results = settings["stages"][: k + 1], run.results
                bundle.save(recognizer, progress.weights, recognizer.provenance)
                progress.write()
                if k + 1 < len(settings["stages"]):  # the next one starts from what a run that goes on would
                    recognizer = bundle.load_network(progress.weights)
        if is_first():
            if TRAINING & set(settings["stages"]):
                recognizer.provenance = {**recognizer.provenance, "figures": dict(run.results)}
            if recognizer.provenance:  # else it was never trained
                path = folder / "bundle.safetensors"
                bundle.save(recognizer, path, recognizer.provenance, settings["weights_dtype"])
            finish(run)
            log_hyperparameters(run)
            finish_tracker(run, recognizer)
            progress.is_finished = True
            progress.write()
            print("\n".join(next_steps(run, recognizer)))
    except (SystemExit, KeyboardInterrupt):
        if is_first() and not has_parent():  # which says so itself, and takes the folder away
            run.say(f"\nstopped; go on with the same command and resume={what_resume_names(folder)}")
        raise
    finally:
        finish_tracker(run)  # where it failed or was stopped
        let_go(folder)
    return run.results


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(config: DictConfig) -> float | None:
    """Run the stages and return the `objective`, for Hydra's searches. Known errors end with one message and exit code
    2; anything else is a bug and keeps its traceback.
    """
    from experiments.job import SettingError
    from experiments.objective import objective_of
    from experiments.unfinished import BusyError, hold, let_go
    from glyphgen.files import DataError, written
    from glyphgen.images import PictureError
    from glyphgen.script import ScriptError
    from glyphgen.shapes.font_file import FontError
    from recognizers.bundle_file import BundleError
    from recognizers.interpret import LabelError
    from recognizers.language.lexicon import WordsError

    folder = Path(HydraConfig.get().runtime.output_dir)
    _started.append(folder)
    try:
        settings = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
        folder.mkdir(parents=True, exist_ok=True)
        if is_first():
            hold(folder)
        if HydraConfig.get().mode == RunMode.MULTIRUN:
            end_with_starter()
            before = take_job_folder(config, folder)
            if before is not None and before.is_finished:
                print(f"{folder}: done before", file=sys.stderr)
                return objective_of(before.results, config.objective)
            settings["resume"] = None if before is None else str(folder)  # type: ignore[index, call-overload]
        if is_first():
            kept = OmegaConf.masked_copy(config, [str(key) for key in config if not str(key).startswith("resume")])
            with written(folder / RUN_MARK) as part:
                OmegaConf.save(kept, part)
        results = run_stages(settings, folder)  # type: ignore[arg-type]  # a group of settings is a dict
        return objective_of(results, config.objective)
    except MissingMandatoryValue as error:
        _fail(f"{error.full_key} is missing; give it: {error.full_key}=VALUE")
    except InterpolationKeyError as error:
        _fail(_unresolved(config, error))
    except BusyError as error:  # its run.log is that of the other process
        _fail(str(error), is_logged=False)
    except (
        SettingError,
        FontError,
        DataError,
        ScriptError,
        BundleError,
        PictureError,
        LabelError,
        WordsError,
        OmegaConfBaseException,
    ) as error:
        _fail(str(error))
    except ImportError as error:
        exit_for_missing(error)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename or folder}")
    finally:
        let_go(folder)


def _fail(reason: str, is_logged: bool = True) -> NoReturn:
    """End the job with one message, which run.log has as well."""
    from experiments.job import LOG, JobError

    if is_logged:
        LOG.info("error: %s", reason)
        forget(Path(HydraConfig.get().runtime.output_dir))
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        folder = HydraConfig.get().runtime.output_dir
        raise JobError(reason if reason.startswith(folder) else f"{folder}: {reason}")
    print(f"error: {reason}", file=sys.stderr)
    sys.exit(2)


def _unresolved(config: DictConfig, error: InterpolationKeyError) -> str:
    """Return what is wrong where a setting is taken from another one that is not there: a file of conf/model that lacks
    something.
    """
    from experiments.job import SettingError
    from experiments.settings.model import ModelSettings
    from experiments.validation import checked

    try:
        checked(ModelSettings, OmegaConf.to_container(config.model), "model")
    except SettingError as wrong:
        return f"{wrong}; conf/model/{config.model.get('architecture', 'NAME')}.yaml is where it belongs"
    return f"{error.full_key}: {str(error).splitlines()[0]}"


def command() -> None:
    """Run main; what Hydra refuses before the job starts (a misspelt key, say) ends in exit code 2 as well. Ctrl-C and
    SIGTERM end a training between two steps, which keeps its checkpoints, and anything else at once; neither is a
    traceback. `--settings` prints what can be set, with `--markdown` as a page of the documentation.
    """
    if "--settings" in sys.argv[1:]:
        from experiments.settings.describe import describe

        print(describe(markdown="--markdown" in sys.argv[1:]))
        return
    before = signal.signal(signal.SIGTERM, _end)
    end_with_parent()
    report_to_parent()
    try:
        main()
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        if _started:
            raise
        print(f"error: {_plainly(error)}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        from experiments.job import JobError

        without_slurm = isinstance(error, RuntimeError) and "srun" in str(error)  # what submitit says then
        if not isinstance(error, JobError) and not without_slurm:
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"stopped{how_to_go_on()}", file=sys.stderr)
        sys.exit(130)
    except SystemExit as end:
        sys.exit(2 if end.code == 1 and not _started else end.code)
    finally:
        signal.signal(signal.SIGTERM, before)
        _heed_interrupts()


def _plainly(error: Exception) -> str:
    """Return what Hydra says of a setting that there is not, with its name now or the nearest names."""
    from experiments.validation import renamed, unknown

    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.rpartition("/")
        if group in ("hydra/launcher", "hydra/sweeper") and (hint := plugin_hint(name)):
            return hint
        if not error.options:
            return str(error)
        return f"{group} must be one of {', '.join(error.options)}, not {name!r}"
    found, cause = (
        re.search(r"Could not (?:override|append to config|delete from config)\D*?'([^']+)'", str(error)),
        error.__cause__,
    )
    if found is None:
        return str(error)
    dotted = found[1].lstrip("+~").partition("@")[0].replace("/", ".")
    if new := renamed(dotted):
        return f"{dotted} is called {new} now"
    if dotted.startswith("logger.") and dotted.split(".")[1] in ("wandb", "tensorboard"):
        return f"{dotted} is a setting of logger={dotted.split('.')[1]}; give that too"
    known = getattr(cause, "parent_node", None)
    if isinstance(cause, OmegaConfBaseException) and isinstance(known, DictConfig):
        group, _, key = str(cause.full_key or dotted).rpartition(".")
        return unknown(group, key, known) + (_has_it(key, str(known.get("kind"))) if "kind" in known else "")
    return str(error)


def _has_it(key: str, kind: str) -> str:
    """Return what to add of a setting that a data set has not: which kinds of data have it."""
    from experiments.datasets import KINDS

    owners = [name for name, one in KINDS.items() if key in one.model_fields]
    return f". This is data of the kind {kind}; {key} is a setting of {', '.join(owners)}" if owners else ""


def _heed_interrupts() -> None:
    if _is_deaf:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(signum: int, _: Any) -> None:
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    command()
