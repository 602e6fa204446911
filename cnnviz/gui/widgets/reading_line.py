"""A label of two lines for the value at the pointer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.plain import PlainLabel, literal

MARGIN = 4
"""Pixels of the height besides the two lines."""


class ReadingLine(PlainLabel):
    """Keeps its height for any text; the tooltip has the text that does not fit.

    A new text repaints only the label. A QLabel requests a new layout with each text, and a layout in a tab repaints
    the whole tab.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._text = ""
        self.setProperty("role", "muted")
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing() + MARGIN)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setToolTip(literal(text))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), self._text)
        painter.end()
