"""What was opened in the microscope last: a value, its map, and a weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Place


class OpenMap(QObject):
    """``opened(node, channel)`` follows another map; ``last`` is the last one, None before the first.

    ``placed(Place)`` follows a value, ``weighed(node, index)`` a weight of a layer; ``left`` follows when the
    microscope is left.
    """

    opened = Signal(str, int)
    placed = Signal(object)
    weighed = Signal(str, object)
    left = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.last: tuple[str, int] | None = None

    def follow(self, place: Place, *, whole: bool = False, weight: tuple[int, ...] | None = None) -> None:
        """A value was opened, or the ``whole`` map with it, or a ``weight`` of the layer by its index."""
        here = (place.node, place.channel)
        if here != self.last:
            self.last = here
            self.opened.emit(*here)
        if weight is not None:
            self.weighed.emit(place.node, weight)
        elif not whole:
            self.placed.emit(place)
