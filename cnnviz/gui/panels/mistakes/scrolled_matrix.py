"""The confusion matrix with a scroll bar where there is no room for all of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.panels.mistakes.matrix import ConfusionMatrix

LEAST_HEIGHT = 56
"""The least height, in pixels."""
MARGIN = 10
"""1 / MARGIN of the height of the matrix, about a row of ten classes, stays in view above and below the chosen cell."""


class ScrolledMatrix(QScrollArea):
    """As wide as its ``matrix`` and the scroll bar, which appears where the rows have no room; the chosen cell is
    scrolled into view."""

    def __init__(self, matrix: ConfusionMatrix) -> None:
        super().__init__()
        self._matrix = matrix
        self.setWidget(matrix)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        matrix.chosen.connect(self._reveal)

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: that of the matrix."""
        preferred = self._matrix.sizeHint()
        return QSize(preferred.width() + self._scroll_bar_width(), preferred.height())

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size; the width is that of the matrix."""
        return QSize(self._matrix.minimumSizeHint().width() + self._scroll_bar_width(), LEAST_HEIGHT)

    def event(self, event: QEvent) -> bool:
        """Qt: the matrix has another preferred or least size."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the scroll bar may appear or disappear."""
        super().resizeEvent(event)
        self.updateGeometry()

    def _scroll_bar_width(self) -> int:
        """The width of the scroll bar, 0 while all rows have room."""
        needed = self._matrix.minimumSizeHint().height()
        return self.verticalScrollBar().sizeHint().width() if needed > self.height() else 0

    def _reveal(self, label: int, predicted: int | None) -> None:
        cell = self._matrix.cell_rect(label, label if predicted is None else predicted).center().toPoint()
        self.ensureVisible(0, cell.y(), 0, self._matrix.height() // MARGIN)
