"""Items of a list with two lines: a name and a detail. Names may be in any script."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QListWidget, QListWidgetItem

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

PADDING, SIDE_PADDING = 5, 6
"""Pixels above and below the two lines, and beside them."""
_FRAMES = 4
"""Pixels that the style takes for frames."""


def set_padding(items: QListWidget) -> None:
    """Give the items of a list the room around them that :func:`add_two_lines` counts on."""
    items.setStyleSheet(f"QListWidget::item {{ padding: {PADDING}px {SIDE_PADDING}px; }}")


def add_two_lines(items: QListWidget, name: str, detail: str) -> QListWidgetItem:
    """Add an item to a list.

    Its height is that of the glyphs: Qt takes the height of the list's font, in which a name in the taller font of
    another script has no room, and shows only the beginning of the name.
    """
    item = QListWidgetItem(f"{name}\n{detail}", items)
    height = sum(_height(line, items.font()) for line in (name, detail))
    item.setSizeHint(QSize(0, height + 2 * PADDING + _FRAMES))
    return item


def _height(text: str, font: QFont) -> int:
    layout = QTextLayout(text, font)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    return ceil(line.height())
