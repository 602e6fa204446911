"""The map, or the value of a vector, that was opened in the microscope last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from cnnviz.inspection.arithmetic.terms import Place


class OpenMap(QObject):
    """``opened(node, channel)`` follows another map; ``last`` is the last one, None before the first."""

    opened = Signal(str, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.last: tuple[str, int] | None = None

    def follow(self, place: Place) -> None:
        """A value of a map was opened."""
        here = (place.node, place.channel)
        if here != self.last:
            self.last = here
            self.opened.emit(*here)
