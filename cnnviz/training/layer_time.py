"""The measured times of the layers of a network for a batch. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class LayerTime:
    """The seconds that one layer takes for a batch: the medians of several runs."""

    forward: float
    backward: float

    @property
    def seconds(self) -> float:
        """Forward and backward together."""
        return self.forward + self.backward


@dataclass(frozen=True)
class Timing:
    """The times of all layers of a network, by node id, for a batch of ``batch_size`` images.

    ``whole`` are the seconds of the whole network, forward and backward; they can be less than the sum of the layers.
    """

    layers: Mapping[str, LayerTime]
    whole: float
    batch_size: int
    device: str
    precision: str
    threads: int

    @property
    def seconds(self) -> float:
        """The sum over the layers."""
        return sum(layer.seconds for layer in self.layers.values())
