"""Counting the events of a widget: how often it is asked to lay itself out, to paint, or to take another size."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class EventCounts(QObject):
    """Counts the events that a widget gets from now on."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._found: Counter[QEvent.Type] = Counter()
        widget.installEventFilter(self)

    @property
    def layouts(self) -> int:
        """How often the widget was asked to lay itself out."""
        return self._found[QEvent.Type.LayoutRequest]

    @property
    def paints(self) -> int:
        """How often the widget was asked to paint."""
        return self._found[QEvent.Type.Paint]

    @property
    def resizes(self) -> int:
        """How often the widget got another size."""
        return self._found[QEvent.Type.Resize]

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self._found[event.type()] += 1
        return False
