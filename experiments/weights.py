"""Weights that a run starts from, and whether its settings agree with them: what they were trained with cannot be set
anew.
"""

from __future__ import annotations

from typing import Any

from omegaconf import OmegaConf

from experiments.conf_folder import CONF
from experiments.datasets import KINDS
from experiments.job import Run, SettingError
from experiments.settings.stages import STAGES, learns_crops
from glyphgen.script import Script
from recognizers import bundle, released
from recognizers.network import Network

_MODELS, _SHOWN = CONF / "model", 40  # letters of an alphabet


def choose(run: Run, script: Script) -> str | None:
    """Return the weights to start from: those of the settings, or released ones when nothing is to be trained from the
    start. None for a fresh network. Raises SettingError when released ones are needed, and there are none.
    """
    settings, architecture = run.settings, run.settings["model"]["architecture"]
    stages = [STAGES[name] for name in settings["stages"]]
    is_trained, has_crops = any(stage.is_training for stage in stages), KINDS[settings["data"]["kind"]].is_real_crops
    if settings["weights"] is not None:
        return str(settings["weights"])
    needs_weights = not is_trained and any(stage.needs_training for stage in stages)
    if needs_weights or (has_crops and learns_crops(settings["stages"])):
        weights = _released_for(run, architecture, script)
        run.say(f"weights: the released {weights!r}")
        return weights
    if "fewshot" in settings["stages"] and "pretrain" not in settings["stages"]:
        return released.find(architecture, "many")  # has learned many scripts, and none of these glyphs
    return None


def _released_for(run: Run, architecture: str, script: Script) -> str:
    """Return the released weights that fit the model and the data. Raises SettingError where there are none, with what
    can be given instead.
    """
    data = run.settings["data"]["name"]
    chosen = released.choose(architecture, script, data, run.settings["name"])
    if chosen is None:
        others = [f"{r.name} ({r.reads})" for r in released.candidates(architecture, script)]
        known = f"; for other data than {data} there are {', '.join(others)}" if others else ""
        raise SettingError(
            f"weights: there are no released ones for model={architecture} and script {script.name!r}{known}; "
            f"give weights={'NAME or ' if others else ''}FILE.safetensors, or a training stage"
        )
    untaught = [name for name in run.settings["stages"] if STAGES[name].needs_script]
    if chosen.script == released.ANY_SCRIPT and untaught:
        raise SettingError(
            f"weights: the released {chosen.name!r} has been taught no glyph of {script.name!r}, as "
            f"stages={untaught} needs; give weights=FILE.safetensors, or a stage that trains"
        )
    return chosen.name


def check_script(weights: str, own: Script, script: Script, data: str) -> None:
    """Raise SettingError for weights that read another script than the data is written in."""
    if own.alphabet != script.alphabet:
        read, written = (
            letters if len(letters) <= _SHOWN else f"{letters[:_SHOWN]}…" for letters in (own.alphabet, script.alphabet)
        )
        raise SettingError(
            f"{weights} read the script {own.name!r} ({read!r}), data={data} is written in {script.name!r} "
            f"({written!r}); choose other weights or another data.script"
        )


def load(weights: str, model: dict[str, Any]) -> Network:
    """Load weights. Raises SettingError for settings of the model that ask for something else than they were trained
    with.
    """
    network = bundle.load_network(weights)
    if network.architecture != model["architecture"]:
        raise SettingError(f"weights={weights} hold a {network.architecture}, but model={model['architecture']}")
    check_agreement(network, model, weights)
    return network


def check_agreement(network: Network, model: dict[str, Any], weights: str) -> None:
    """Raise SettingError for model.preprocess or model.arguments that differ both from those of the weights and from
    the default in conf/model: the user asked for them, and trained weights cannot change. Defaults give way to what the
    weights were trained with.
    """
    usual = _usual(network.architecture)
    try:
        asked, kept = (_preprocess(network.architecture, settings["preprocess"]) for settings in (model, usual))
    except (TypeError, ValueError) as error:
        raise SettingError(f"model: {error}") from error
    own = network.preprocess.to_dict()
    groups = {
        "preprocess": (asked, kept, own),
        "arguments": (model["arguments"], usual["arguments"], network.arguments),
    }
    for group, (wanted, default, fixed) in groups.items():
        for key, value in wanted.items():
            if key not in fixed and key not in default:
                raise SettingError(f"model.{group}.{key}: model={network.architecture} has no such setting")
            if value not in (fixed.get(key), default.get(key)):
                raise SettingError(
                    f"model.{group}.{key}={value} cannot be had with the weights {weights}, which were trained with "
                    f"{fixed.get(key)}; "
                    "leave it out, or train a network from the start (a stage pretrain or adapt, and no weights)"
                )


def _preprocess(architecture: str, settings: dict[str, Any]) -> dict[str, Any]:
    return bundle.make_preprocess(architecture, settings).to_dict()


def _usual(architecture: str) -> dict[str, Any]:
    """Return conf/model of an architecture."""
    # a group of settings is a dict
    return OmegaConf.to_container(OmegaConf.load(_MODELS / f"{architecture}.yaml"))  # type: ignore[return-value]
