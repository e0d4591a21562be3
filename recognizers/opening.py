"""Open bundles to read with: in ONNX Runtime where they hold the graph of their network, else with torch.

`bundle.load` is for training; everything that reads opens.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast, overload

import numpy as np
from safetensors import SafetensorError, safe_open

from glyphgen.script import Script
from recognizers.bundle_file import BundleError, find, read_header
from recognizers.line_reader import BundleFinder, BundleReader
from recognizers.released import finder_name
from recognizers.runtime.graph_file import KEY, Graph
from recognizers.runtime.readers import in_onnx

if TYPE_CHECKING:
    from recognizers.networks.lines import LineFinder
    from recognizers.recognizer import Recognizer

_DOES_NOT_FIT = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, MemoryError, SafetensorError)


def open_recognizer(name_or_path: str | Path) -> BundleReader:
    """Open what reads lines or glyphs. Raises BundleError for what is missing, damaged or of another format."""
    opened = _opened(name_or_path)
    if opened.unit == "page":
        raise BundleError(f"{find(name_or_path)} finds lines, it does not read; give a recognizer, such as crnn_hylian")
    return cast(BundleReader, opened)


def open_finder(name_or_path: str | Path) -> BundleFinder:
    """Open what finds lines. Raises BundleError as `open_recognizer` does."""
    opened = _opened(name_or_path)
    if opened.unit != "page":
        raise BundleError(f"{find(name_or_path)} reads, it does not find lines; give a finder, such as lines_hylian")
    return cast(BundleFinder, opened)


def finder_of(script: Script, name_or_path: str | Path | None = None) -> BundleFinder | None:
    """Open what finds lines in a script: a bundle, or the released one when None; None where there is none. Raises
    BundleError.
    """
    name = name_or_path or finder_name(script)
    finder = open_finder(name) if name is not None else None
    if finder is not None and finder.script.alphabet != script.alphabet:
        if name_or_path is None:  # another script of the same name
            return None
        raise BundleError(
            f"{name} finds {finder.script.name!r}, but {script.name!r} is to be read; give one trained on it"
        )
    return finder


@overload
def reading_form(network: Recognizer, n_threads: int | None = None) -> BundleReader: ...
@overload
def reading_form(network: LineFinder, n_threads: int | None = None) -> BundleFinder: ...
def reading_form(network: Recognizer | LineFinder, n_threads: int | None = None) -> BundleReader | BundleFinder:
    """Return a network as whoever opens its bundle gets it: what is measured is what people use."""
    from recognizers.bundle import header_of
    from recognizers.graph import graph_of

    graph = graph_of(network)
    if graph is None:
        return cast("BundleReader | BundleFinder", network.eval())
    weights = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
    return in_onnx(header_of(network, network.provenance), graph, weights, n_threads)


def _opened(name_or_path: str | Path) -> BundleReader | BundleFinder:
    path, header = find(name_or_path), read_header(name_or_path)
    try:
        with safe_open(path, "np") as file:
            kept = (file.metadata() or {}).get(KEY)
            if kept is not None:
                graph, there = Graph.from_metadata(kept), set(file.keys())
                weights = {name: file.get_tensor(name) for name in graph.weights if name in there}
                if wrong := next((name for name, array in weights.items() if not np.isfinite(array).all()), None):
                    raise ValueError(f"its weights {wrong} hold values that are not finite; it is damaged")
                return in_onnx(header, graph, weights)
    except _DOES_NOT_FIT as error:
        raise BundleError(f"{path} does not fit this version: {error}") from error
    return _with_torch(path)


def _with_torch(path: Path) -> BundleReader | BundleFinder:
    """Load a bundle without a graph: an older one, or of a network that ONNX cannot hold."""
    try:
        from recognizers.bundle import load_network
    except ModuleNotFoundError as error:
        raise BundleError(
            f"{path} holds no graph for ONNX Runtime, and there is no {error.name} to read it with: "
            "pip install 'glyph-toolkit[train]'"
        ) from error
    return cast("BundleReader | BundleFinder", load_network(path))
