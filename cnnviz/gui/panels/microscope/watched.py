"""Follows the weight that the microscope shows through the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.training.weight_step import WeightStep
    from cnnviz.training.weight_watch import WeightWatch

    StartWatch = Callable[[str, tuple[int, ...], str], WeightWatch]
    """Starts watching a weight: called with its node, its index and the name of its parameter."""


class WatchedWeight:
    """Watches the optimizer's steps with the weight on screen; at most one weight at a time."""

    def __init__(self, start: StartWatch | None) -> None:
        self._start = start
        self._watch: WeightWatch | None = None

    @property
    def step(self) -> WeightStep | None:
        """The last step of the optimizer with the weight; None before the first."""
        return None if self._watch is None else self._watch.latest

    def follow(self, looking: Looking | None) -> None:
        """Watch the weight that ``looking`` shows from now on; nothing if it shows a value or a map."""
        weight = None if looking is None else looking.weight
        key = None if looking is None or weight is None else (looking.place.node, weight.index, weight.parameter)
        watch = self._watch
        if key == (None if watch is None else (watch.node, watch.index, watch.parameter)):
            return
        if watch is not None:
            watch.close()
        self._watch = None if key is None or self._start is None else self._start(*key)
