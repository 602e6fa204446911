"""Painting the cells of the layer table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnnviz.gui.panels.layer_table.rows import COLUMNS, NUMBERS, LayerRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
PAD = 6
"""Pixels between a text and the edge of its cell."""

SPARE = 2
"""Pixels at the lower edge of a row below all letters."""


class LayerCells(QStyledItemDelegate):
    """Paints the cells: a text, and the share as a bar at the lower edge. A style sheet would be several times slower.

    ``row(number)`` returns the content of a row, ``advance(text)`` the width of a text in pixels.
    """

    def __init__(
        self, row: Callable[[int], LayerRow], theme: Theme, advance: Callable[[str], int], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._row, self._advance = row, advance
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt asks to paint a cell."""
        theme, rect, column = self.theme, option.rect, index.column()
        view = option.widget
        if (
            isinstance(view, QAbstractScrollArea)
            and rect.top() > 0
            and rect.bottom() - SPARE >= view.viewport().height()
        ):
            # a row that is cut off at the lower edge is not painted, as its letters could not be read
            return
        row = self._row(index.row())
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, QColor(theme.line))
        text, room = row.texts[column], rect.adjusted(PAD, 0, -PAD, 0)
        if self._advance(text) > room.width():
            text = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(QColor(theme.text))
        painter.drawText(room, RIGHT if COLUMNS[column] in NUMBERS else LEFT, text)
        if share := row.shares[column]:
            bar = rect.adjusted(4, rect.height() - 4, -4, -1)
            painter.fillRect(bar, QColor(theme.surface if selected else theme.line))
            bar.setWidth(max(1, round(bar.width() * share)))
            painter.fillRect(bar, QColor(theme.accent))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Qt asks how large a cell would be."""
        text = self._row(index.row()).texts[index.column()]
        return QSize(self._advance(text) + 2 * PAD, option.fontMetrics.height() + 8)
