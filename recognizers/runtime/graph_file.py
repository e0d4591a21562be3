"""How a bundle keeps the graph of its network: in its header, compressed, with the names of the weights that belong to
it. The weights themselves are the bundle's tensors.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

WEIGHTS_PREFIX = "network."  # what the graph puts before a tensor's name
KEY = "onnx"  # in the metadata of the file
_NOT_A_GRAPH = (ValueError, TypeError, LookupError, AttributeError, RecursionError, zlib.error)
_MOST_BYTES = 8_000_000  # of a graph without weights; those of ours have less than a hundredth


@dataclass(frozen=True)
class Graph:
    """model: an ONNX file whose weights are elsewhere; weights: the names of those among a bundle's tensors."""

    model: bytes
    weights: tuple[str, ...]

    def to_metadata(self) -> str:
        packed = base64.b85encode(zlib.compress(self.model, 9)).decode("ascii")
        return json.dumps({"model": packed, "weights": self.weights})

    @classmethod
    def from_metadata(cls, text: str) -> Graph:
        """Read what `to_metadata` wrote. Raises ValueError for anything else."""
        try:
            kept = json.loads(text)
            unpacker = zlib.decompressobj()
            model = unpacker.decompress(base64.b85decode(kept["model"]), _MOST_BYTES)
            names = kept["weights"]
        except _NOT_A_GRAPH as error:
            raise ValueError(f"its graph is damaged: {error}") from error
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError("its graph is damaged, or larger than any graph is")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError("its graph is damaged: it names no weights")
        return cls(model, tuple(names))
