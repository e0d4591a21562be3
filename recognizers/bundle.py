"""A network as one file, to be trained, saved and loaded again: safetensors with a JSON header.

The header holds the architecture and its arguments, the script, the preprocessing and where the weights come from
(commit, config, seed, figures); beside it lies the graph that `opening` reads with. `load("crnn_hylian")` finds
released weights by name, any other string is a path.
"""

from __future__ import annotations

import inspect
import json
import math
import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from glyphgen.script import Script
from recognizers.acceptance import Acceptance
from recognizers.bundle_file import FORMAT, BundleError, find, read_header
from recognizers.calibration import Calibration
from recognizers.certainty import Certainty
from recognizers.graph import graph_of
from recognizers.network import Network, Preprocessing
from recognizers.networks.lines import LineFinder
from recognizers.recognizer import Recognizer
from recognizers.runtime.graph_file import KEY

_REPEATS = ("n_layers", "n_blocks")  # arguments that say how often something is built, not how wide it is
_MOST_REPEATS, _MOST_WIDTH = 1000, 10**6  # of a network that is built at all
_Described = TypeVar("_Described")  # a tensor, or its shape
WEIGHTS_DTYPES = {"float32": torch.float32, "float16": torch.float16}
# every network there is, by the name it has in settings and headers; imported when it is asked for. Settings are
# in conf/model/NAME.yaml
ARCHITECTURES = {
    "cnn": "recognizers.networks.cnn:CNN",
    "lenet5": "recognizers.networks.lenet5:LeNet5",
    "resnet": "recognizers.networks.resnet:ResNet",
    "protonet": "recognizers.networks.protonet:ProtoNet",
    "crnn": "recognizers.networks.crnn:CRNN",
    "crnn_attention": "recognizers.networks.crnn_attention:AttentionCRNN",
    "crnn_shi2015": "recognizers.networks.crnn_shi2015:ShiCRNN",
    "lines": "recognizers.networks.lines:LineFinder",
}


def network_class(architecture: str) -> type[Network]:
    """Return the class of an architecture, which says what unit it reads. Raises BundleError for an unknown one."""
    if architecture not in ARCHITECTURES:
        raise BundleError(f"no architecture {architecture!r}; there are {', '.join(ARCHITECTURES)}")
    module, name = ARCHITECTURES[architecture].split(":")
    found: type[Network] = getattr(import_module(module), name)
    return found


def make_preprocess(architecture: str, settings: dict[str, Any]) -> Preprocessing:
    """Return the preprocessing of an architecture. Raises BundleError for an unknown architecture, TypeError or
    ValueError for settings that its preprocessing does not have.
    """
    return network_class(architecture).preprocessing(**settings)


def build(architecture: str, script: Script, preprocess: Preprocessing, arguments: dict[str, Any]) -> Network:
    """Make a network with fresh weights. Raises BundleError for an unknown architecture or wrong arguments."""
    kind: Callable[..., Network] = network_class(architecture)
    arguments = {key: tuple(v) if isinstance(v, list) else v for key, v in arguments.items()}
    check_arguments(network_class(architecture), arguments)
    try:
        network = kind(script, preprocess, **arguments)
    except (TypeError, RuntimeError, MemoryError, OverflowError) as error:  # a name that is none, or sizes too large
        raise BundleError(f"{architecture}: {error}") from error
    return network


def check_arguments(
    network: type[Network],
    arguments: Mapping[str, Any],
    most_repeats: int = _MOST_REPEATS,
    most_width: int = _MOST_WIDTH,
) -> None:
    """Raise BundleError unless each argument of a network has the type of its default, and no number is out of reach: a
    stranger's bundle may say anything, and to build what it says would take all time and memory there is.
    """
    known = inspect.signature(network).parameters
    for name, value in arguments.items():
        default = known[name].default if name in known else inspect.Parameter.empty
        if default is inspect.Parameter.empty:
            there = ", ".join(
                key for key, parameter in known.items() if parameter.default is not inspect.Parameter.empty
            )
            raise BundleError(f"{network.architecture} has no argument {name!r}; there are {there}")
        is_list, one = isinstance(default, tuple), default[0] if isinstance(default, tuple) else default
        if is_list and (not isinstance(value, list | tuple) or len(value) > most_repeats):
            raise BundleError(
                f"{network.architecture}: {name} must be a list of up to {most_repeats} numbers, not {str(value)[:60]}"
            )
        for number in value if is_list else [value]:
            if isinstance(one, int) and not isinstance(one, bool):
                most, least = (
                    most_repeats if name in _REPEATS else most_width,
                    min(one, 1),
                )  # what is 0 as a rule may be
                if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
                    said = f"{network.architecture}: {name} must be whole numbers from {least} to {most}"
                    raise BundleError(f"{said}, not {str(number)[:60]}")
            elif isinstance(one, float):
                if not isinstance(number, int | float) or isinstance(number, bool) or not math.isfinite(number):
                    raise BundleError(f"{network.architecture}: {name} must be a number, not {str(number)[:60]}")
            elif not isinstance(number, type(one)):
                raise BundleError(
                    f"{network.architecture}: {name} must be {type(one).__name__}, not {str(number)[:60]}"
                )


def header_of(recognizer: Network, provenance: dict[str, Any]) -> dict[str, Any]:
    """Return what a bundle says of a network."""
    header: dict[str, Any] = {
        "format": FORMAT,
        "architecture": recognizer.architecture,
        "unit": recognizer.unit,
        "arguments": recognizer.arguments,
        "script": recognizer.script.to_dict(),
        "preprocess": recognizer.preprocess.to_dict(),
        "provenance": provenance,
    }
    if isinstance(recognizer, Recognizer):
        header["calibration"] = recognizer.calibration.to_dict()
    if isinstance(recognizer, LineFinder | Recognizer) and recognizer.acceptance is not None:
        header["acceptance"] = recognizer.acceptance.to_dict()
    if isinstance(recognizer, Recognizer) and recognizer.certainty is not None:
        header["certainty"] = recognizer.certainty.to_dict()
    return header


def save(recognizer: Network, path: str | Path, provenance: dict[str, Any], weights_dtype: str = "float32") -> None:
    """Write the bundle under a temporary name and rename it. With the network goes its graph for ONNX Runtime, where it
    has one. As float16 it takes half the room; loading gives float32.
    Raises ValueError for another weights_dtype.
    """
    if weights_dtype not in WEIGHTS_DTYPES:
        raise ValueError(f"weights_dtype must be one of {', '.join(WEIGHTS_DTYPES)}, not {weights_dtype!r}")
    header = header_of(recognizer, provenance)
    graph = graph_of(recognizer)
    kept_graph = {KEY: graph.to_metadata()} if graph is not None else {}
    kept = {name: tensor.detach().cpu() for name, tensor in recognizer.state_dict().items()}
    tensors = {
        name: (t.to(WEIGHTS_DTYPES[weights_dtype]) if t.is_floating_point() else t).contiguous()
        for name, t in kept.items()
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, part, metadata={"bundle": json.dumps(header, ensure_ascii=False, default=str), **kept_graph})
        part.chmod(0o644)  # safetensors makes files that only their owner can read
        with part.open("rb") as file:
            os.fsync(
                file.fileno()
            )  # before it takes the place of what was there: a machine that goes down must not leave neither
        part.replace(path)
    except SafetensorError as error:  # a full disk
        raise BundleError(f"cannot write {path}: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def load(name_or_path: str | Path) -> Recognizer:
    """Load a recognizer, ready to read. Raises BundleError for what is missing, damaged or of another format."""
    network = load_network(name_or_path)
    if not isinstance(network, Recognizer):
        raise BundleError(f"{find(name_or_path)} finds lines, it does not read; give a recognizer, such as crnn_hylian")
    return network


def load_finder(name_or_path: str | Path) -> LineFinder:
    """Load a finder of lines. Raises BundleError as `load` does."""
    network = load_network(name_or_path)
    if not isinstance(network, LineFinder):
        raise BundleError(f"{find(name_or_path)} reads, it does not find lines; give a finder, such as lines_hylian")
    return network


def load_network(name_or_path: str | Path) -> Network:
    """Load whatever a bundle holds, ready for use. Raises BundleError."""
    path, header = find(name_or_path), read_header(name_or_path)
    try:
        script = Script.from_dict(header["script"])
        preprocess = make_preprocess(header["architecture"], header["preprocess"])
        with safe_open(path, "pt") as file:
            _check_shapes(file, header["architecture"], script, preprocess, header["arguments"])
            recognizer = build(header["architecture"], script, preprocess, header["arguments"])
            kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if wrong := next(
                (name for name, t in kept.items() if t.is_floating_point() and not torch.isfinite(t).all()), None
            ):
                raise ValueError(f"its weights {wrong} hold values that are not finite; it is damaged")
            recognizer.load_state_dict({**_added_since(recognizer, recognizer.state_dict()), **kept})
        if isinstance(recognizer, Recognizer):
            recognizer.calibration = Calibration(**header.get("calibration", {}))
        if isinstance(recognizer, LineFinder | Recognizer) and "acceptance" in header:
            recognizer.acceptance = Acceptance(**header["acceptance"])
        if isinstance(recognizer, Recognizer) and "certainty" in header:
            recognizer.certainty = Certainty(**header["certainty"])
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        AttributeError,
        RuntimeError,
        MemoryError,
        SafetensorError,
    ) as error:
        raise BundleError(f"{path} does not fit this version: {error}") from error
    provenance = header.get("provenance")
    recognizer.provenance = provenance if isinstance(provenance, dict) else {}
    return recognizer.eval()


def _added_since(network: Network, described: Mapping[str, _Described]) -> dict[str, _Described]:
    """Return the part of `described`, by name of tensor, that bundles of an earlier version lack."""
    return {name: described[name] for name in network.added_since}


def _check_shapes(
    file: Any, architecture: str, script: Script, preprocess: Preprocessing, arguments: dict[str, Any]
) -> None:
    """Raise ValueError when the weights are not those of the network that the header describes. Nothing of the
    described sizes is allocated: a stranger's header may say anything.
    """
    names = list(file.keys())
    n_values = sum(math.prod(file.get_slice(name).get_shape()) for name in names)
    # whatever is built several times, or made so wide, has as many tensors or values
    check_arguments(network_class(architecture), arguments, len(names), max(n_values, 1))
    with torch.device("meta"):
        network = build(architecture, script, preprocess, arguments)
        described = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
        since = _added_since(network, described)
    found = since | {name: file.get_slice(name).get_shape() for name in names}
    if wrong := sorted(name for name in described.keys() | found.keys() if described.get(name) != found.get(name)):
        raise ValueError(
            f"{wrong[0]} has the shape {found.get(wrong[0])}, the header describes {described.get(wrong[0])}"
        )
