"""Widgets in a row that goes on in the next line where it ends."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from superqt import QFlowLayout

SPACE = 4


class Flow(QFlowLayout):
    """A flow without margins that reckons its height for a width once: layouts around it ask again and again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._heights: dict[int, int] = {}
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(SPACE)

    def heightForWidth(self, width: int) -> int:
        """Qt asks how high it is."""
        known = self._heights.get(width)
        if known is None:
            known = self._heights[width] = super().heightForWidth(width)
        return known

    def invalidate(self) -> None:
        """Qt: something in it has another size."""
        self._heights.clear()
        super().invalidate()
