"""Opens the data page in the place of the network."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

from cnnviz.gui.widgets.focus_order import follow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.gui.panels.data.panel import DataPage
    from cnnviz.gui.shell.drawing_place import DrawingPlace
    from cnnviz.gui.shell.middle_place import MiddlePlace
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.panel_set import PanelSet


class DataPlace(QObject):
    """Makes the data page when it is opened for the first time."""

    def __init__(self, middle: MiddlePlace, panels: PanelSet, theme: Callable[[], Theme]) -> None:
        super().__init__(middle)
        self._middle, self._panels, self._theme = middle, panels, theme
        panels.when_made("data", self._add)

    @property
    def page(self) -> DataPage:
        """The data page; it is made on first use."""
        return cast("DataPage", self._panels["data"])

    def open(self, path: Path | None = None, title: str = "") -> None:
        """Show the data page, and add the folder or file at ``path``, called ``title`` or by its own name."""
        page = self.page
        if path is not None:
            page.add(path, title)
        self._middle.show_page(page, self.tr("Data"))

    @cached_property
    def drawing(self) -> DrawingPlace:
        """Where the user draws data; it is made on first use."""
        from cnnviz.gui.shell.drawing_place import DrawingPlace

        place = DrawingPlace(self._theme())
        self._middle.addWidget(place)
        follow(self._middle.canvas, place)
        place.finished.connect(self.open)
        return place

    def draw(self) -> None:
        """Let the user draw data."""
        self._middle.show_page(self.drawing, self.tr("Draw your own data"))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        if "drawing" in vars(self):
            self.drawing.set_theme(theme)

    def _add(self, page: DataPage) -> None:
        self._middle.addWidget(page)
        follow(self._middle.canvas, page)
        page.drawingAsked.connect(self.draw)
