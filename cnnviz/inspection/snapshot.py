"""What a panel can show: frozen numpy views with scales and labels, all of one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cnnviz.network.graph import Network

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sample:
    """One image to look at: ``image`` is uint8 (C, H, W), as in the dataset; ``index`` its place in the split."""

    image: NDArray[np.uint8]
    label: int | None = None
    index: int | None = None
    split: str = "validation"


@dataclass(frozen=True)
class Wanted:
    """What a place of the window needs: for each node how many of its strongest maps (None: all of them, 0: only what
    is said of them together), and nodes whose kernels are shown."""

    maps: Mapping[str, int | None] = field(default_factory=dict)
    kernels: frozenset[str] = frozenset()

    def __or__(self, other: Wanted) -> Wanted:
        if not other.maps and not other.kernels:
            return self
        maps = dict(self.maps)
        for node, count in other.maps.items():
            mine = maps.get(node, 0)
            maps[node] = None if mine is None or count is None else max(mine, count)
        return Wanted(maps, self.kernels | other.kernels)


@dataclass(frozen=True, eq=False)
class Maps:
    """The output of one node for the sample, in evaluation mode.

    ``values``: float32 (n, H, W) for maps or (n,) for a flat vector, the rows being those of ``channels``; ``total`` is
    how many channels the node has. ``limit`` > 0 is the layer's scale: signed values are drawn from -limit to limit,
    others from 0 to limit; it holds still while training, and what lies beyond is drawn full. ``strongest`` are all
    channels of maps, those whose values differed most when the sample was chosen first; empty for a vector. ``zeros``
    is the share in [0, 1] of all values of the node that are 0.
    """

    values: Array
    channels: tuple[int, ...]
    total: int
    signed: bool
    limit: float
    strongest: tuple[int, ...] = ()
    zeros: float = 0.0


@dataclass(frozen=True, eq=False)
class Kernels:
    """The weights of one convolution or dense layer: float32 (O, I, kH, kW) or (O, I); ``bias`` (O,) or None.

    ``limit`` > 0 is the scale: weights are drawn from -limit to limit. ``sources`` names the node that is read.
    """

    weight: Array
    bias: Array | None
    limit: float
    source: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything that the window shows of one moment: one sample, one state of the weights, one step."""

    run: int
    step: int
    network: Network
    sample: Sample
    maps: Mapping[str, Maps]
    kernels: Mapping[str, Kernels]
    logits: Array
    """(classes,)"""
    probabilities: Array
    """Softmax of ``logits``."""
    settled: bool
    """Training stands still: nothing newer will follow by itself."""
    seconds: float
    """What making this snapshot took, on the observer's thread."""
