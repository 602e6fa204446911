"""A column inside another one: it scrolls by itself, or is as high as its parts, so that the outer column scrolls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt

from cnnviz.gui.widgets.scrolled_column import ScrolledColumn

LEAST = 40
"""The least height while it scrolls by itself, in pixels."""


class InnerColumn(ScrolledColumn):
    """Scrolls by itself until :meth:`set_whole`."""

    _whole = False

    def set_whole(self, whole: bool) -> None:
        """Set whether the column is as high as its parts."""
        self._whole = whole
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if whole else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(bar)
        self._take_height()

    def event(self, event: QEvent) -> bool:
        """Qt: follow the parts, which may have become higher or lower."""
        if self._whole and event.type() is QEvent.Type.LayoutRequest:
            self._take_height()
        return super().event(event)

    def _take_height(self) -> None:
        # a scrolled area asks for more than LEAST; in a low place it gives way before the parts above it
        self.setMinimumHeight(self.height_for(self.width()) if self._whole else LEAST)
