"""Widgets in a row that goes on in the next line where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from superqt import QFlowLayout

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayoutItem, QWidget

SPACE = 4


class Flow(QFlowLayout):
    """A flow without margins that works out once what layouts around it ask for again and again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._heights: dict[int, int] = {}
        self._placed: QRect | None = None
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(SPACE)

    def heightForWidth(self, width: int) -> int:
        """Qt asks how high it is."""
        known = self._heights.get(width)
        if known is None:
            only = self._only()
            known = super().heightForWidth(width) if only is None else only.sizeHint().height()
            self._heights[width] = known
        return known

    def setGeometry(self, rect: QRect) -> None:
        """Qt: take this place."""
        if rect != self._placed:
            self._placed = QRect(rect)
            only = self._only()
            if only is None:
                super().setGeometry(rect)
            else:
                only.setGeometry(QRect(rect.topLeft(), only.sizeHint()))

    def _only(self) -> QLayoutItem | None:
        """What is in it, where that is one thing, which needs no flow."""
        return self.itemAt(0) if self.count() == 1 else None

    def invalidate(self) -> None:
        """Qt: something in it has another size."""
        self._heights.clear()
        self._placed = None
        super().invalidate()
