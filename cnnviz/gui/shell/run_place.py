"""The Run place at the bottom: curves, problems and code as tabs, and beside them the layer table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QSplitter, QTabWidget, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.widgets.panel import Panel


class RunPlace(QSplitter):
    """Tabs on the left, and a panel that is always visible on the right.

    For training the first tab is shown, for building the other tab that was used last.
    """

    def __init__(self, panels: Sequence[tuple[str, Panel]], beside: Panel, parent: QWidget | None = None) -> None:
        """``panels`` are pairs of tab title and panel."""
        super().__init__(parent)
        self._panels, self._beside = [panel for _, panel in panels], beside
        self._training: QWidget = self._panels[0]
        self._building: QWidget = self._panels[1]
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Curves, problems and code"))
        corner = QWidget()
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 0, 0)
        for title, panel in panels:
            self.tabs.addTab(panel, title)
            if (controls := panel.controls()) is not None:
                row.addWidget(controls)
        self.tabs.setCornerWidget(corner)
        self.tabs.currentChanged.connect(self._turned)
        self._turned()
        self.addWidget(self.tabs)
        self.addWidget(beside)
        self.setChildrenCollapsible(False)

    def arrange(self, *, building: bool) -> None:
        """Show the tab of an arrangement."""
        self.tabs.setCurrentWidget(self._building if building else self._training)
        self._beside.arrange(building=building)

    def _turned(self) -> None:
        current = self.tabs.currentWidget()
        for panel in self._panels:
            if (controls := panel.controls()) is not None:
                controls.setVisible(panel is current)
        if current is not self._training:
            self._building = current
