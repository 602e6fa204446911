"""The right place: what is inside the current layer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from cnnviz.gui.editor import ProjectEditor
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.maps import MapsPanel
from cnnviz.gui.panels.settings import SettingsPanel
from cnnviz.gui.selection import Selection
from cnnviz.gui.theme import Theme
from cnnviz.gui.widgets.panel import Panel


class LayerPlace(QTabWidget):
    """Settings, kernels and maps, one at a time; ``titled`` follows another current layer."""

    titled = Signal(str)

    def __init__(
        self, editor: ProjectEditor, selection: Selection, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._editor, self._selection = editor, selection
        self.settings = SettingsPanel(editor, selection, theme)
        self.kernels = KernelsPanel(theme)
        self.maps = MapsPanel(theme)
        self.panels: tuple[Panel, ...] = (self.settings, self.kernels, self.maps)
        self.setDocumentMode(True)
        self.setAccessibleName(self.tr("Settings, kernels and maps of the layer"))
        for panel, title in (
            (self.settings, self.tr("Settings")),
            (self.kernels, self.tr("Kernels")),
            (self.maps, self.tr("Maps")),
        ):
            self.addTab(panel, title)
        selection.changed.connect(self.refresh)
        editor.changed.connect(lambda *_: self.refresh())
        self.refresh()

    def edit(self) -> None:
        """Go to the settings of the current layer, with the keyboard."""
        self.setCurrentWidget(self.settings)
        self.settings.begin()

    def refresh(self) -> None:
        """Show the current layer of the selection."""
        node = self._selection.current
        network, report = self._editor.project.network, self._editor.report
        if node is not None and node not in network.nodes:
            node = None
        layer = network[node] if node else None
        for panel in (self.kernels, self.maps):
            panel.set_layer(node, layer, report.nodes.get(node) if node else None)
        self.titled.emit(node or "")
