"""The arrow that shows by which column a table is sorted."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHeaderView, QStyle

PADDING = 6
"""Pixels at both ends of a title: see the style sheet of the theme."""
GAP = 3
"""Pixels between the arrow and the title."""


class SortArrow(QObject):
    """Keeps the arrow of the sorted column of ``header`` beside the title: before a title at the right, else at the
    right edge of the column."""

    def __init__(self, header: QHeaderView) -> None:
        super().__init__(header)
        self._header = header
        header.sortIndicatorChanged.connect(lambda *_: self._place())
        header.sectionResized.connect(lambda *_: self._place())
        self._place()

    def _place(self) -> None:
        header, across = self._header, Qt.Orientation.Horizontal
        section, model = header.sortIndicatorSection(), header.model()
        alignment = model.headerData(section, across, Qt.ItemDataRole.TextAlignmentRole)
        mark = header.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize)
        # Qt would paint the arrow over the title if both were at the same end
        place = "center right"
        if alignment is not None and bool(Qt.AlignmentFlag(alignment) & Qt.AlignmentFlag.AlignRight):
            title = header.fontMetrics().horizontalAdvance(str(model.headerData(section, across) or ""))
            before = header.sectionSize(section) - title - 2 * PADDING - GAP - mark
            place = f"center left; left: {max(0, before)}px"
        sheet = (
            "QHeaderView::up-arrow, QHeaderView::down-arrow"
            f" {{ subcontrol-position: {place}; width: {mark}px; height: {mark}px; }}"
        )
        if header.styleSheet() != sheet:
            header.setStyleSheet(sheet)
