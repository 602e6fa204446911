"""A column of widgets that scrolls if there is no room for all."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

GAP = 5
"""Pixels between the parts and the scroll bar."""


class ScrolledColumn(QScrollArea):
    """``parts`` in a ``column`` as wide as the area; it scrolls vertically only."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        self.inside = QWidget()
        """The scrolled widget, which contains all parts."""
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        for part in parts:
            self.column.addWidget(part)
        self.column.addStretch(1)
        self.setWidget(self.inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # between the parts and the bar
        self.verticalScrollBar().setStyleSheet(f"QScrollBar:vertical {{ width: {10 + GAP}px; margin-left: {GAP}px; }}")

    def height_for(self, width: int) -> int:
        """The height at which all parts are visible, in pixels."""
        return self.column.totalHeightForWidth(width)
