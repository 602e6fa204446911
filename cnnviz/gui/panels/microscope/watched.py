"""The weight whose steps are followed through the training while the microscope looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.training.weight_step import WeightStep
    from cnnviz.training.weight_watch import WeightWatch

    Watch = Callable[[str, tuple[int, ...], str], WeightWatch]
    """From node, index and parameter."""


class Watched:
    """Watches what training does with the weight that is looked at, and with no other."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self._watched: WeightWatch | None = None

    @property
    def step(self) -> WeightStep | None:
        """The last step of the optimizer with the weight; None before the first."""
        return None if self._watched is None else self._watched.latest

    def follow(self, looking: Looking | None) -> None:
        """Watch the weight of what is looked at from now on."""
        weight = None if looking is None else looking.weight
        wanted = None if looking is None or weight is None else (looking.place.node, weight.index, weight.parameter)
        watch = self._watched
        if wanted == (None if watch is None else (watch.node, watch.index, watch.parameter)):
            return
        if self._watched is not None:
            self._watched.close()
        self._watched = None if wanted is None or self._watch is None else self._watch(*wanted)
