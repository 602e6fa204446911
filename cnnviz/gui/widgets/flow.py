"""A layout that places widgets in rows, as text is broken into lines."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

SPACE = 6
"""Pixels between widgets, across and down."""


class Flow(QLayout):
    """Gives every widget its preferred size, and begins a new row where the width ends. It has no margins.

    After Qt's example "Flow Layout", https://doc.qt.io/qt-6/qtwidgets-layouts-flowlayout-example.html. Heights are
    cached, because the layouts around it ask for them again and again.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._heights: dict[int, int] = {}
        self._placed: QRect | None = None
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Qt: add an item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Qt asks for the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Qt asks for an item; None if there is none."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Qt: remove an item and return it; None if there is none."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Qt asks in which directions more room is of use."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """Qt asks whether the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt asks for the height at a width."""
        if width not in self._heights:
            places = self._places(QRect(0, 0, width, 0))
            self._heights[width] = max((place.bottom() + 1 for place in places), default=0)
        return self._heights[width]

    def width_in_a_row(self) -> int:
        """The width at which all widgets stand in a row, in pixels."""
        widths = [item.sizeHint().width() + SPACE for item in self._items]
        return max(0, sum(widths) - SPACE) + 1

    def minimumSize(self) -> QSize:
        """Qt asks for the least size: that of the largest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return self.minimumSize()

    def setGeometry(self, rect: QRect) -> None:
        """Qt: place the items in a rectangle."""
        if rect != self._placed:
            self._placed = QRect(rect)
            super().setGeometry(rect)
            for item, place in zip(self._items, self._places(rect), strict=True):
                item.setGeometry(place)

    def invalidate(self) -> None:
        """Qt: the size of an item has changed."""
        self._heights.clear()
        self._placed = None
        super().invalidate()

    def _places(self, rect: QRect) -> list[QRect]:
        """The rectangles of the items, row by row from the top left corner of ``rect``."""
        places: list[QRect] = []
        corner, row_height = rect.topLeft(), 0
        for item in self._items:
            size = item.sizeHint()
            if corner.x() + size.width() > rect.right() and row_height:
                corner, row_height = QPoint(rect.left(), corner.y() + row_height + SPACE), 0
            places.append(QRect(corner, size))
            corner += QPoint(size.width() + SPACE, 0)
            row_height = max(row_height, size.height())
        return places
