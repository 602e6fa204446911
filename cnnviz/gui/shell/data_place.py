"""Opens the data page in the place of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

from cnnviz.gui.widgets.focus_order import follow

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.panels.data.panel import DataPage
    from cnnviz.gui.shell.middle_place import MiddlePlace
    from cnnviz.gui.widgets.panel_set import PanelSet


class DataPlace(QObject):
    """Makes the data page when it is opened for the first time."""

    def __init__(self, middle: MiddlePlace, panels: PanelSet) -> None:
        super().__init__(middle)
        self._middle, self._panels = middle, panels
        panels.when_made("data", self._add)

    @property
    def page(self) -> DataPage:
        """The data page; it is made on first use."""
        return cast("DataPage", self._panels["data"])

    def open(self, path: Path | None = None) -> None:
        """Show the data page, and add the folder or file at ``path``."""
        page = self.page
        if path is not None:
            page.add(path)
        self._middle.show_page(page, self.tr("Data"))

    def _add(self, page: DataPage) -> None:
        self._middle.addWidget(page)
        follow(self._middle.canvas, page)
