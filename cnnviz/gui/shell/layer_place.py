"""The Layer place at the right: panels about the current layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTabWidget, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.widgets.panel import Panel


class LayerPlace(QTabWidget):
    """The panels of the current layer as tabs; ``titled(node)`` follows a change of the current layer."""

    titled = Signal(str)

    def __init__(
        self,
        editor: ProjectEditor,
        selection: Selection,
        panels: Sequence[tuple[str, Panel]],
        parent: QWidget | None = None,
    ) -> None:
        """``panels`` are pairs of tab title and panel."""
        super().__init__(parent)
        self._editor, self._selection = editor, selection
        self._panels = [panel for _, panel in panels]
        self.setDocumentMode(True)
        # titles are elided if there is no room for all; scroll arrows would hide whole tabs
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName(self.tr("Settings, kernels and maps of the layer"))
        for title, panel in panels:
            self.setTabToolTip(self.addTab(panel, title), title)
        selection.changed.connect(self.refresh)
        editor.changed.connect(lambda *_: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Show the current layer of the selection."""
        node = self._selection.current
        network, report = self._editor.project.network, self._editor.report
        if node is not None and node not in network.nodes:
            node = None
        layer = network[node] if node else None
        for panel in self._panels:
            panel.set_layer(node, layer, report.nodes.get(node) if node else None)
        self.titled.emit(node or "")
