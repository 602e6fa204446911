"""Widgets one below the other, scrolled where there is no room for all."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrolledColumn(QScrollArea):
    """``parts`` one below the other in a ``column``; as wide as the area, scrolled up and down only."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        self.inside = QWidget()
        """What is scrolled: all parts together."""
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

    def height_for(self, width: int) -> int:
        """The height at which all parts are seen, in pixels."""
        return self.column.totalHeightForWidth(width)
