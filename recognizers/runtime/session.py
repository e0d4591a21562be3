"""One network in ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from recognizers.runtime.graph_file import WEIGHTS_PREFIX, Graph

# what ONNX Runtime raises for a graph or weights that do not fit; its classes have no common base but Exception
_FAILURES = tuple(
    getattr(onnxruntime.capi.onnxruntime_pybind11_state, name)
    for name in ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented",
                 "RuntimeException")
)  # fmt: skip


_asked: list[int] = []


def set_threads(n: int) -> None:
    """Give each network that is opened from now on n threads."""
    _asked[:] = [n]


def n_cores() -> int:
    """Return how many processors this process may use: fewer than there are, in a job of SLURM or a container."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def usual_threads() -> int:
    """Return how many threads a network gets: as many as `set_threads` said, or OMP_NUM_THREADS, or else one for each
    processor that may be used.
    """
    if _asked:
        return _asked[0]
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return n_cores()


class Session:
    """A graph and its weights, ready to run; may be run from several threads."""

    def __init__(self, graph: Graph, weights: Mapping[str, NDArray[Any]], n_threads: int | None = None) -> None:
        """n_threads: `usual_threads` where None. Raises ValueError for weights that are not there, or do not fit the
        graph.
        """
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = n_threads or usual_threads()
        # threads that wait spin, and take the time of whatever else runs
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if missing := [name for name in graph.weights if name not in weights]:
            raise ValueError(f"{missing[0]} is not among its weights")
        self._kept = [  # the session does not copy what it is given
            onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(weights[name], np.float32))
            for name in graph.weights
        ]
        try:
            options.add_external_initializers([WEIGHTS_PREFIX + name for name in graph.weights], self._kept)
            self._session = onnxruntime.InferenceSession(graph.model, options, providers=["CPUExecutionProvider"])
        except _FAILURES as error:
            raise ValueError(f"its graph cannot be run: {error}") from error
        if [one.name for one in self._session.get_inputs()] != ["images", "widths"]:
            raise ValueError("its graph does not take images and widths")

    @property
    def n_out(self) -> int | str | None:
        """How many values the last axis of the output has; a name where that depends on the input."""
        shape = self._session.get_outputs()[0].shape
        found: int | str | None = shape[-1] if shape else None
        return found

    def run(self, images: NDArray[np.float32], widths: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the output for images (b, c, h, w) and their widths (b,) px."""
        output: NDArray[np.float32] = self._session.run(None, {"images": images, "widths": widths})[0]
        return output
