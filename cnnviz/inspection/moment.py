"""A network with its weights at one step of one run, and the sources that moments come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Shapes
    from cnnviz.training.channels import Weights, WeightsSlot


@dataclass(frozen=True, eq=False)
class Sample:
    """One image to look at: ``image`` is uint8 (C, H, W), as in the dataset; ``index`` its place in the split."""

    image: NDArray[np.uint8]
    label: int | None = None
    index: int | None = None
    split: str = "validation"


@dataclass(frozen=True, eq=False)
class Moment:
    """A network with its weights at ``step`` of ``run``.

    ``tensors`` holds parameters and buffers by the names of the torch module (``conv1.weight``): float32, contiguous,
    on the CPU, to be read only. ``shapes`` is what is known of each node. ``settled`` is True where training stands
    still, so that no newer moment will follow by itself.
    """

    network: Network
    shapes: Shapes
    tensors: Mapping[str, Tensor]
    run: int
    step: int
    settled: bool


class Source(Protocol):
    """Where moments come from: a training as it goes on, a recording of one, or weights edited by hand."""

    @property
    def newest(self) -> Moment | None:
        """The same object until there is a newer moment; None while there is none."""
        ...

    def request(self) -> None:
        """Ask for a newer moment than the newest one; where nothing moves there is none."""
        ...

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called, on any thread, when there is a newer moment; it returns at once."""
        ...


class Live:
    """The moments of a training as it goes on, from the weights that a session publishes."""

    def __init__(self, weights: WeightsSlot) -> None:
        self._weights = weights
        self._newest: tuple[Weights | None, Moment | None] = (None, None)

    @property
    def newest(self) -> Moment | None:
        """See :attr:`Source.newest`."""
        latest = self._weights.latest
        if latest is not self._newest[0]:
            self._newest = (latest, None if latest is None else _moment(latest))
        return self._newest[1]

    def request(self) -> None:
        """See :meth:`Source.request`."""
        self._weights.request()

    def listen(self, callback: Callable[[], None]) -> None:
        """See :meth:`Source.listen`."""
        self._weights.listen(callback)


def _moment(weights: Weights) -> Moment:
    return Moment(weights.network, weights.shapes, weights.tensors, weights.run, weights.step, weights.settled)
