"""A label for rich text that changes many times a second."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAbstractTextDocumentLayout, QColor, QPainter, QPaintEvent, QPalette, QTextDocument

from cnnviz.gui.widgets.plain import RichLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class SteadyText(RichLabel):
    """Wrapped rich text. The window is laid out again only when another text needs another height.

    A QLabel requests a new layout with each text. With a background set by :meth:`set_ground` Qt need not paint the
    parents first.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._ground: QColor | None = None
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self.setWordWrap(True)

    def text(self) -> str:
        """The text, as HTML."""
        return self._text

    def setText(self, text: str) -> None:
        """Show another text."""
        if text == self._text:
            return
        before = self._height()
        self._text = text
        self._document.setDefaultFont(self.font())
        self._document.setHtml(text)
        self.setAccessibleName(self._document.toPlainText())
        if self._height() != before:
            self.updateGeometry()
        self.update()

    def _height(self) -> int:
        return max(self.heightForWidth(self.width()), self.minimumHeight())

    def set_ground(self, colour: str) -> None:
        """Set the background colour, that of the parent."""
        self._ground = QColor(colour)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
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
        if self._ground is not None:
            painter.fillRect(self.rect(), self._ground)
        self._document.documentLayout().draw(painter, context)
        painter.end()
