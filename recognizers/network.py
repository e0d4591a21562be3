"""What every network here is: it has a script and a preprocessing, and learns from batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from torch import Tensor, nn

from glyphgen.script import Script


class Preprocessing(Protocol):
    """What a bundle keeps of how pictures become tensors."""

    def to_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Batch:
    """images (b, 1, h, w) float32, or (b, 3, h, w) for pages; widths (b,) px; canonical texts; origins name the
    samples; targets, for pages, as `lines.make_targets` has them.
    """

    images: Tensor
    widths: Tensor
    texts: list[str]
    origins: list[str]
    targets: Tensor | None = None


class Network(nn.Module, ABC):
    """What is trained and saved as a bundle: script, preprocess, and the arguments the network was built with."""

    unit: ClassVar[str]  # what a sample shows: a glyph, a line or a page
    architecture: ClassVar[str]  # its name in settings and headers, as in `bundle.ARCHITECTURES`
    preprocessing: ClassVar[Callable[..., Preprocessing]]  # what makes the preprocessing from its settings
    fits_onnx: ClassVar[bool] = True  # whether its bundles hold a graph for ONNX Runtime, see `graph`
    metric: ClassVar[str] = "cer"  # the name of errors / total, see `errors`

    def __init__(self, script: Script, preprocess: Preprocessing, arguments: dict[str, Any]) -> None:
        super().__init__()
        self.script, self.preprocess, self.arguments = script, preprocess, arguments
        self.provenance: dict[str, Any] = {}  # of the weights: filled by bundle.load
        # tensors that bundles of an earlier version lack; what they hold in a fresh network changes nothing
        self.added_since: tuple[str, ...] = ()

    @abstractmethod
    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        """Return what `loss` and `errors` take."""

    @abstractmethod
    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """Return the mean training loss, a scalar."""

    @abstractmethod
    def training_loss(self, batch: Batch) -> Tensor:
        """Return the mean loss of a training step, a scalar."""

    @abstractmethod
    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        """Return how many errors a batch has, out of how many; validation adds them up."""
