"""The texts in cells that an edge of a scrolled table cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem

from cnnviz.gui.panels.runs.columns import NAME

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QPainter


class VisiblePart(QStyledItemDelegate):
    """Draws the text of a cell within the part of it that is in sight: a number that an edge would cut is whole, or
    elided if it has no room there."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view

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
        super().paint(painter, inside, index)
