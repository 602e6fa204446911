"""The Layer place at the right: panels about the current layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.shell.places import Place
    from cnnviz.gui.theme import Theme


class LayerPlace(QTabWidget):
    """The panels of the current layer as tabs.

    ``name`` shows the name of the layer, and ``more`` opens the menu that copies and saves what the panel in front
    shows; both are in the title line of the place, see :meth:`furnish`.
    """

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
        self.name = PlainLabel()
        self.name.setStyleSheet("font-weight: 600")
        self.more = QToolButton()
        self.more.setToolTip(self.tr("Copy or save what is shown here"))
        self.more.setAccessibleName(self.more.toolTip())
        self.more.setStyleSheet("padding: 2px 3px;")
        self.more.clicked.connect(lambda _=False: self._open_menu())
        self.currentChanged.connect(lambda _: self._turned())
        self._turned()
        selection.changed.connect(self.refresh)
        editor.changed.connect(lambda *_: self.refresh())
        self.refresh()

    def furnish(self, place: Place) -> None:
        """Add the name and the button to the title line of ``place``."""
        place.row.insertWidget(1, self.name)
        place.add_to_head(self.more)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.more.setIcon(icon("dots-vertical", theme.text))

    def _turned(self) -> None:
        panel = self.currentWidget()
        self.more.setEnabled(isinstance(panel, Panel) and panel.keeping() is not None)

    def _open_menu(self) -> None:
        panel = self.currentWidget()
        if isinstance(panel, Panel) and (menu := panel.keeping()) is not None:
            menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def refresh(self) -> None:
        """Show the current layer of the selection."""
        node = self._selection.current
        network, report = self._editor.project.network, self._editor.report
        if node is not None and node not in network.nodes:
            node = None
        layer = network[node] if node else None
        for panel in self._panels:
            panel.set_layer(node, layer, report.nodes.get(node) if node else None)
        self.name.setText(node or "")
