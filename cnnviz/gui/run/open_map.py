"""What was opened in the microscope last: a value, its map, and a weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Place


class OpenMap(QObject):
    """``opened(node, channel)`` follows another map; ``last`` is the last one, None before the first.

    ``valueOpened(Place)`` follows a value, ``weightOpened(node, index)`` a weight of a layer; ``left`` follows when the
    microscope is left.
    """

    opened = Signal(str, int)
    valueOpened = Signal(object)
    weightOpened = Signal(str, object)
    left = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.last: tuple[str, int] | None = None

    def follow(self, place: Place, *, whole: bool = False, weight: tuple[int, ...] | None = None) -> None:
        """A value was opened, or the ``whole`` map with it, or a ``weight`` of the layer by its index."""
        opened = (place.node, place.channel)
        if opened != self.last:
            self.last = opened
            self.opened.emit(*opened)
        if weight is not None:
            self.weightOpened.emit(place.node, weight)
        elif not whole:
            self.valueOpened.emit(place)
