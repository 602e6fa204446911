"""Follows the weight that the microscope shows through the training."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.training.weight_step import WeightStep
    from cnnviz.training.weight_watch import WeightWatch

    Watch = Callable[[str, tuple[int, ...], str], WeightWatch]
    """Starts watching a weight: called with its node, its index and the name of its parameter."""


class Watched:
    """Watches the optimizer's steps with the weight on screen; at most one weight at a time."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self._watched: WeightWatch | None = None

    @property
    def step(self) -> WeightStep | None:
        """The last step of the optimizer with the weight; None before the first."""
        return None if self._watched is None else self._watched.latest

    def follow(self, looking: Looking | None) -> None:
        """Watch the weight that ``looking`` shows from now on; nothing if it shows a value or a map."""
        weight = None if looking is None else looking.weight
        wanted = None if looking is None or weight is None else (looking.place.node, weight.index, weight.parameter)
        watch = self._watched
        if wanted == (None if watch is None else (watch.node, watch.index, watch.parameter)):
            return
        if self._watched is not None:
            self._watched.close()
        self._watched = None if wanted is None or self._watch is None else self._watch(*wanted)
