"""The Layer place at the right: panels about the current layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.panel_tabs import PanelTabs
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.shell.place import Place
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.panel import Panel
    from cnnviz.gui.widgets.panel_set import PanelSet


class LayerPlace(PanelTabs):
    """The panels of the current layer as tabs.

    ``name`` shows the name of the layer, and ``more`` opens the menu that copies and saves what the panel in front
    shows; both are in the title line of the place, see :meth:`furnish`.
    """

    def __init__(
        self,
        editor: ProjectEditor,
        selection: Selection,
        panels: PanelSet,
        titles: Mapping[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """``titles`` are the titles of the tabs by the id of their panel."""
        super().__init__(panels, titles, parent)
        self._editor, self._selection = editor, selection
        # titles are elided only if there is no room for all even close together; scroll arrows would hide whole tabs
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName(self.tr("Settings, kernels and maps of the layer"))
        for tab, title in enumerate(titles.values()):
            self.setTabToolTip(tab, title)
        self.name = PlainLabel()
        self.name.setStyleSheet("font-weight: 600")
        self.more = QToolButton()
        self.more.setToolTip(self.tr("Copy or save what is shown here"))
        self.more.setAccessibleName(self.more.toolTip())
        self.more.setStyleSheet("padding: 2px 3px;")
        self.more.clicked.connect(lambda _=False: self._open_menu())
        self.resized.connect(lambda: self.fit_titles(self.width()))
        self.turned.connect(self._turned)
        self._turned()
        self._tabs = tuple(titles)
        for identifier in titles:
            panels.when_made(identifier, self._show_layer)
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
        panel = self.current()
        self.more.setEnabled(panel is not None and panel.picture_menu() is not None)

    def _open_menu(self) -> None:
        panel = self.current()
        if panel is not None and (menu := panel.picture_menu()) is not None:
            menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def refresh(self) -> None:
        """Show the current layer of the selection."""
        for identifier in filter(self._panels.is_made, self._tabs):
            self._show_layer(self._panels[identifier])
        self.name.setText(self._node() or "")

    def _node(self) -> str | None:
        """The current layer, if it is in the network."""
        node = self._selection.current
        return node if node in self._editor.project.network.nodes else None

    def _show_layer(self, panel: Panel) -> None:
        node = self._node()
        if node is None:
            panel.set_layer(None, None, None)
        else:
            panel.set_layer(node, self._editor.project.network[node], self._editor.report.nodes.get(node))
