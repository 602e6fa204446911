"""The texts in cells that an edge of a scrolled table cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cnnviz.gui.panels.runs.columns import NAME
from cnnviz.runs.names import fitted

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QPainter

MARGIN = QStyle.PixelMetric.PM_FocusFrameHMargin
ROUNDING = 4
"""By so many pixels a text may be drawn wider than it is measured."""


class VisiblePart(QStyledItemDelegate):
    """Draws the text of a cell within the part of it that is in sight: a number that an edge would cut is whole, or
    elided if it has no room there."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._painting = False
        """Whether a cell is drawn, not measured."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Qt: draw a cell."""
        inside = QStyleOptionViewItem(option)
        if index.column() == NAME:
            # the end of a name distinguishes the runs of a network
            inside.textElideMode = Qt.TextElideMode.ElideMiddle
        room = self._view.viewport().rect()
        inside.rect.setLeft(max(option.rect.left(), room.left()))
        inside.rect.setRight(min(option.rect.right(), room.right()))
        self._painting = True
        super().paint(painter, inside, index)
        self._painting = False

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Qt: what is drawn of a cell; of a name the time remains in sight."""
        super().initStyleOption(option, index)
        if self._painting and index.column() == NAME:
            name = str(index.data(Qt.ItemDataRole.EditRole))
            margin = option.widget.style().pixelMetric(MARGIN, option, option.widget) + 1
            room = option.rect.width() - 2 * margin - ROUNDING
            fits = option.fontMetrics.horizontalAdvance
            option.text = fitted(name, option.text.removeprefix(name), lambda text: fits(text) <= room)
