"""Networks as ONNX graphs: with their weights inside for other programs (`export`), and without them for bundles, where
they lie beside the graph. What a graph computes does not depend on the weights, so one serves all networks of one form.
"""

from __future__ import annotations

import copy
import io
import json
import warnings
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recognizers.network import Network
from recognizers.networks.lines import LineFinder
from recognizers.recognizer import Recognizer
from recognizers.runtime.graph_file import WEIGHTS_PREFIX, Graph
from recognizers.runtime.session import Session

OPSET = 17
# of the inputs and the output, the axes that have no fixed size
_AXES: dict[str, dict[str, dict[int, str]]] = {
    "glyph": {"images": {0: "batch"}, "widths": {0: "batch"}, "output": {0: "batch"}},
    "line": {"images": {0: "batch", 3: "width"}, "widths": {0: "batch"}, "output": {0: "batch", 1: "steps"}},
    "page": {
        "images": {0: "batch", 2: "height", 3: "width"},
        "widths": {0: "batch"},
        "output": {0: "batch", 2: "rows", 3: "columns"},
    },
}
_PAGE_PX = 64  # side of the page that is traced
_FAILURES = (RuntimeError, ValueError, TypeError, NotImplementedError)  # of torch's exporter


class _Plain(nn.Module):
    """forward without a script; what is traced."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        output: Tensor = self.network(images, widths)
        # a recognizer of glyphs has no use for widths, but an input must be used to stay one
        return output + 0.0 * widths.sum().to(output.dtype)


def to_model(network: Network, output: str, has_weights: bool) -> bytes:
    """Return a network as an ONNX file: inputs `images` (b, c, h, w) and `widths` (b,), one output of the given name.
    With its weights they are folded as far as they can be; without, they stay as they are, named, for somebody to take
    out. Raises what torch's exporter raises, of many kinds, for what ONNX cannot hold.
    """
    was_training = network.training
    network.eval()
    axes = {output if name == "output" else name: axis for name, axis in _AXES[network.unit].items()}
    device = next(network.parameters()).device
    file = io.BytesIO()
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # of the tracer, about shapes that are constant on purpose; what comes out is compared, see `export` and
            # tests/recognizers/runtime
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Plain(network).eval(),
                _example(network, device),
                file,  # type: ignore[arg-type]  # its stubs know paths only
                input_names=["images", "widths"],
                output_names=[output],
                dynamic_axes=axes,
                opset_version=OPSET,
                dynamo=False,
                do_constant_folding=has_weights,
                # "eval" would join convolutions and norms, whose weights then are nobody's
                training=torch.onnx.TrainingMode.EVAL if has_weights else torch.onnx.TrainingMode.PRESERVE,
            )
    finally:
        network.train(was_training)
    return file.getvalue()


def _example(network: Network, device: torch.device) -> tuple[Tensor, Tensor]:
    if not isinstance(network, Recognizer):
        images = torch.zeros(2, 3, _PAGE_PX, _PAGE_PX, device=device)
    else:
        height = network.preprocess.height_px
        width = 8 * network.stride_px if network.unit == "line" else height
        images = torch.zeros(2, 1, height, width, device=device)
    return images, torch.full((2,), images.shape[-1])


_graphs: dict[str, Graph | None] = {}


def graph_of(network: Network) -> Graph | None:
    """Return the graph of a network, without weights; None where ONNX cannot hold it, or the packages to make it are
    not installed.
    """
    sizes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    form = [network.architecture, network.arguments, network.preprocess.to_dict(), sizes]
    key = json.dumps(form, sort_keys=True, default=str)
    if key not in _graphs:
        _graphs[key] = _made(network)
    return _graphs[key]


def _made(network: Network) -> Graph | None:
    if not network.fits_onnx:
        return None
    try:
        import onnx
    except ModuleNotFoundError:
        return None
    network = _with_distinct_weights(network)
    try:
        with redirect_stdout(io.StringIO()):  # the exporter prints what it cannot hold
            model = onnx.load_model_from_string(to_model(network, "output", has_weights=False))
    except _FAILURES:
        return None
    state, names = network.state_dict(), []
    for weights in model.graph.initializer:
        name = weights.name.removeprefix(WEIGHTS_PREFIX)
        if weights.name.startswith(WEIGHTS_PREFIX) and name in state:
            weights.ClearField("raw_data")
            weights.data_location = onnx.TensorProto.EXTERNAL
            where: Any = weights.external_data.add()
            where.key, where.value = "location", "bundle"
            names.append(name)
    graph = Graph(model.SerializeToString(), tuple(names))
    return graph if _agrees(graph, network) else None


def _with_distinct_weights(network: Network) -> Network:
    """Return a copy of which no two weights are alike. Of weights that hold the same, as those of norms do before any
    training, the exporter keeps one for all, and what is trained later would be lost.
    """
    copied, generator = copy.deepcopy(network), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in copied.state_dict().values():
            if tensor.is_floating_point():  # more than it was: variances stay above 0
                tensor += 0.05 * torch.rand(tensor.shape, generator=generator).to(tensor)
    return copied


def _agrees(graph: Graph, network: Network) -> bool:
    """Whether a graph gives the network's answers for another batch and another size than it was made with: of a
    network that decides by its input what to compute, the graph knows only what it decided then.
    """
    is_line = network.unit == "line"
    if isinstance(network, Recognizer):
        height, run = network.preprocess.height_px, network.log_probs
        widths = np.array([n * network.stride_px for n in (12, 20, 7)] if is_line else [height] * 3)
        images = np.random.default_rng(0).standard_normal((3, 1, height, int(widths.max())), np.float32)
    else:
        assert isinstance(network, LineFinder)
        widths, run = np.array([2 * _PAGE_PX]), network.output
        images = np.random.default_rng(0).standard_normal((1, 3, 3 * _PAGE_PX, 2 * _PAGE_PX), np.float32)
    for image, width in zip(images, widths, strict=True):
        image[..., width:] = 0
    state = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
    was_training = network.training
    network.eval()
    try:
        ours, theirs = run(images, widths), Session(graph, state, n_threads=1).run(images, widths)
    except ValueError:
        return False
    finally:
        network.train(was_training)
    if ours.shape != theirs.shape:
        return False
    rows = zip(ours, theirs, strict=True)
    if is_line and isinstance(network, Recognizer):  # what comes after a line means nothing
        n_steps = (widths // network.stride_px).tolist()
        return all(_alike(a[:n], b[:n]) for (a, b), n in zip(rows, n_steps, strict=True))
    return all(_alike(a, b) for a, b in rows)


def _alike(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    return np.allclose(a, b, rtol=1e-3, atol=1e-3)
