"""A label for rich text that changes many times a second."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QAbstractTextDocumentLayout, QPainter, QPaintEvent, QPalette, QTextDocument

from cnnviz.gui.widgets.plain import RichLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class SteadyText(RichLabel):
    """Wrapped rich text. The window is laid out again only when another text needs another height.

    A QLabel requests a new layout with each text.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self.setWordWrap(True)

    def text(self) -> str:
        """The text, as HTML."""
        return self._shown

    def setText(self, text: str) -> None:
        """Show another text."""
        if text == self._shown:
            return
        before = self.heightForWidth(self.width())
        self._shown = text
        self._document.setDefaultFont(self.font())
        self._document.setHtml(text)
        self.setAccessibleName(self._document.toPlainText())
        if self.heightForWidth(self.width()) != before:
            self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Qt asks whether the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt asks for the height at a width."""
        self._document.setTextWidth(width)
        return ceil(self._document.size().height())

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size: the present width, with the height that the text needs there."""
        return QSize(self.width(), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Qt asks for the least size; any width is enough."""
        return QSize(0, 0)

    def changeEvent(self, event: QEvent) -> None:
        """Qt: another font needs another height."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._document.setDefaultFont(self.font())
            self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        self._document.setTextWidth(self.width())
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette = self.palette()
        context.palette.setColor(QPalette.ColorRole.Text, self.palette().color(self.foregroundRole()))
        painter = QPainter(self)
        self._document.documentLayout().draw(painter, context)
        painter.end()
