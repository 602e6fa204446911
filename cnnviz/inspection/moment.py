"""A moment: a network with its weights at one step of one run. And the sources that moments come from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
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
    """One image to look at.

    ``image``: uint8 (C, H, W) in [0, 255], as in the dataset. ``label`` is its class; ``index`` its number in the
    ``split`` ("train", "validation" or "test"; of a drawing "drawn"; of an image made to excite a map "made"). Label
    and index are None for an image that is not from the dataset.

    ``origin`` is the same for all samples made from the same picture, for example by damage. ``unfinished`` is True
    while the user is still changing the image. The strongest maps of each layer are chosen again for a finished sample
    of another origin only. ``undamaged`` is the image before damage, of the same shape; None without damage.
    """

    image: NDArray[np.uint8]
    label: int | None = None
    index: int | None = None
    split: str = "validation"
    unfinished: bool = False
    undamaged: NDArray[np.uint8] | None = None
    origin: object = field(default_factory=object)

    @property
    def blank(self) -> bool:
        """Whether it is an empty drawing, for which no predictions are shown."""
        return self.split == "drawn" and not self.image.any()


@dataclass(frozen=True, eq=False)
class Moment:
    """A network with its weights at ``step`` of ``run``.

    ``tensors`` are all parameters and buffers, named as in the torch module (``conv1.weight``): contiguous, on the CPU,
    in the module's shapes, float32 (batch counters of normalizations int64). Do not change them. ``shapes`` are the
    shapes of the nodes. ``settled`` is True while training is paused or finished: no newer moment will follow.
    ``recorded`` is True for a moment that was read from a recorded run. ``start`` is that of :class:`Weights`; it is 0
    for a moment that does not come from a session.
    """

    network: Network
    shapes: Shapes
    tensors: Mapping[str, Tensor]
    run: int
    step: int
    settled: bool
    recorded: bool = False
    start: int = 0

    def may_be_of(self, start: int) -> bool:
        """Whether its run may be the run of the same number with this ``start``; 0 is any start."""
        return not (self.start and start) or self.start == start

    @property
    def bytes(self) -> int:
        """The memory that the tensors take."""
        return sum(tensor.nbytes for tensor in self.tensors.values())


class Source(Protocol):
    """Where moments come from: a training that runs, or a recorded training."""

    @property
    def newest(self) -> Moment | None:
        """The newest moment: the same object until there is a newer one; None before the first."""
        ...

    def request(self) -> None:
        """Ask for a moment newer than :attr:`newest`; none will come while training stands still."""
        ...

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called, on any thread, when there is a newer moment; it must return at once."""
        ...


class Live:
    """The moments of a training that runs, made from the weights that a session publishes."""

    def __init__(self, weights: WeightsSlot) -> None:
        self._weights = weights
        self._newest: tuple[Weights | None, Moment | None] = (None, None)
        self._lock = threading.Lock()
        self._first: dict[int, Moment] = {}
        """By the number of the run; replaced as a whole, as the training thread adds to it."""
        self._keep_first()
        weights.listen(self._keep_first)

    @property
    def newest(self) -> Moment | None:
        """See :attr:`Source.newest`."""
        # the threads of window and observer both ask, and neither may put back an older moment
        with self._lock:
            latest = self._weights.latest
            if latest is not self._newest[0]:
                self._newest = (latest, None if latest is None else _moment(latest))
            return self._newest[1]

    @property
    def first(self) -> Moment | None:
        """The moment at step 0 of the same run as :attr:`newest`; None if the run was opened or began later."""
        newest = self.newest
        return None if newest is None else self._first.get(newest.run)

    def _keep_first(self) -> None:
        """Keep the weights of step 0, for this run and the one before."""
        latest = self._weights.latest
        if latest is not None and latest.step == 0:
            others = {run: moment for run, moment in self._first.items() if run != latest.run}
            self._first = {**dict(list(others.items())[-1:]), latest.run: _moment(latest)}

    def request(self) -> None:
        """See :meth:`Source.request`."""
        self._weights.request()

    def listen(self, callback: Callable[[], None]) -> None:
        """See :meth:`Source.listen`."""
        self._weights.listen(callback)


class Recorded:
    """One moment of a recorded run at a time; None before the first. Any thread may call :meth:`show`."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._shown: Moment | None = None

    @property
    def newest(self) -> Moment | None:
        """See :attr:`Source.newest`."""
        return self._shown

    def show(self, moment: Moment | None) -> None:
        """Show ``moment``; None shows no recorded moment."""
        self._shown = moment
        for callback in self._listeners:
            callback()

    def request(self) -> None:
        """See :meth:`Source.request`: a recorded moment stays as it is."""

    def listen(self, callback: Callable[[], None]) -> None:
        """See :meth:`Source.listen`."""
        self._listeners.append(callback)


class LiveOrRecorded:
    """The moments of a training that runs, or, while ``recorded`` holds one, that moment of the past instead."""

    def __init__(self, live: Source, recorded: Recorded) -> None:
        self._live, self._recorded = live, recorded

    @property
    def newest(self) -> Moment | None:
        """See :attr:`Source.newest`."""
        return self._recorded.newest or self._live.newest

    def request(self) -> None:
        """See :meth:`Source.request`: while the past is looked at, training copies no weights."""
        if self._recorded.newest is None:
            self._live.request()

    def listen(self, callback: Callable[[], None]) -> None:
        """See :meth:`Source.listen`."""
        self._live.listen(callback)
        self._recorded.listen(callback)


def _moment(weights: Weights) -> Moment:
    of_run = weights.run, weights.step, weights.settled
    return Moment(weights.network, weights.shapes, weights.tensors, *of_run, start=weights.start)
