"""Colours and texts that the diagrams of a sweep share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from cnnviz.gui.localized import percent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.sweep.state import Scale
    from cnnviz.gui.theme import Theme

LETTERS = 11
"""The height of the texts in a diagram, in pixels."""
LEVELS = 101
"""How many colours tell accuracies apart."""
WEAK, STRONG = 0.4, 0.95
"""The opacity of the line of the worst trial and of the best."""


def colour_of(theme: Theme, share: float) -> QColor:
    """The colour of a trial whose accuracy is at ``share`` of the scale: from grey to the accent for the best."""
    return _colours(theme)[round(share * (LEVELS - 1))]


@cache
def _colours(theme: Theme) -> tuple[QColor, ...]:
    low, high = QColor(theme.muted), QColor(theme.accent)
    parts = [(low.red(), high.red()), (low.green(), high.green()), (low.blue(), high.blue())]
    found = []
    for share in (level / (LEVELS - 1) for level in range(LEVELS)):
        colour = QColor(*(round(first + share * (second - first)) for first, second in parts))
        colour.setAlphaF(WEAK + share * (STRONG - WEAK))
        found.append(colour)
    return tuple(found)


def accuracy_text(accuracy: float) -> str:
    """An accuracy in percent. Two decimals tell the best trials of a sweep apart."""
    return percent(accuracy, 2)


def percent_texts(scale: Scale) -> tuple[str, str]:
    """The ends of a scale of accuracies in percent; the lower one says if accuracies below it are drawn there too."""
    digits = 1 if scale.high - scale.low > 0.005 else 2
    low, high = (percent(value, digits) for value in (scale.low, scale.high))
    return (f"≤ {low}" if scale.cut else low), high


def write(painter: QPainter, x: float, y: float, text: str, colour: str, ground: str) -> None:
    """Write a text, its base line from (x, y) on, with an edge in the colour of the ground: lines may run below it."""
    path = QPainterPath()
    path.addText(QPointF(x, y), painter.font(), text)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.strokePath(path, QPen(QColor(ground), 5))
    painter.fillPath(path, QColor(colour))


def prepare(painter: QPainter, widget: QWidget) -> None:
    """Smooth lines, and the letters of diagrams."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = widget.font()
    font.setPixelSize(LETTERS)
    painter.setFont(font)
