"""A combo box whose arrow is painted in the theme's colours, which a style sheet cannot do."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen, QPolygonF, Qt
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from cnnviz.gui.widgets.wheel_guard import WheelGuard

ARROW_ROOM = 20
"""Pixels at the right edge of a box for its arrow."""


def draw_chevron(painter: QPainter, middle: QPointF, colour: QBrush, up: bool) -> None:
    """Paint a small arrow head centred at ``middle``."""
    tip = -1.5 if up else 1.5
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.4))
    painter.drawPolyline(QPolygonF([middle + QPointF(-3, -tip), middle + QPointF(0, tip), middle + QPointF(3, -tip)]))


class ChoiceBox(QComboBox):
    """A combo box that leaves the wheel to the page around it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        WheelGuard(self)
        self.setStyleSheet(f"QComboBox::drop-down {{ border: 0; width: {ARROW_ROOM}px; }}")

    def showPopup(self) -> None:
        """Give the list the accessible name of the box, and open it."""
        self.view().setAccessibleName(self.accessibleName())
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box and its arrow; a text that is too long is elided."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fitting_text(option.currentText, field.width())
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        middle = QPointF(self.width() - ARROW_ROOM / 2 - 1, self.height() / 2)
        draw_chevron(painter, middle, self.palette().text(), up=False)
        painter.end()

    def fitting_text(self, text: str, room: int) -> str:
        """What is shown of a text in ``room`` pixels."""
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
