"""The right place: what is inside the current layer."""

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
    """The panels of the current layer, one at a time; ``titled`` follows another current layer."""

    titled = Signal(str)

    def __init__(
        self,
        editor: ProjectEditor,
        selection: Selection,
        panels: Sequence[tuple[str, Panel]],
        parent: QWidget | None = None,
    ) -> None:
        """``panels`` are given with the titles of their tabs."""
        super().__init__(parent)
        self._editor, self._selection = editor, selection
        self._panels = [panel for _, panel in panels]
        self.setDocumentMode(True)
        # where they do not all fit, their titles are shortened; arrows to scroll would hide a panel altogether
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
