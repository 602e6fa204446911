"""Opens the data page in the place of the network."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

from cnnviz.gui.widgets.focus_order import follow
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.gui.panels.data.panel import DataPage
    from cnnviz.gui.shell.drawing_place import DrawingPlace
    from cnnviz.gui.shell.middle_place import MiddlePlace
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.panel_set import PanelSet
    from cnnviz.gui.workbench import Workbench
    from cnnviz.training.channels import Status


class DataPlace(QObject):
    """Makes the data page when it is opened for the first time, and leaves it when training starts.

    ``arrange`` arranges the places of the window, see :meth:`MainWindow.arrange`.
    """

    def __init__(
        self, middle: MiddlePlace, panels: PanelSet, bench: Workbench, arrange: Callable[[str], object]
    ) -> None:
        super().__init__(middle)
        self._middle, self._panels, self._bench, self._arrange = middle, panels, bench, arrange
        self._moving = False
        panels.when_made("data", self._add)
        bench.bridge.status.connect(self._follow)

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

        place = DrawingPlace(self._bench.theme)
        self._middle.addWidget(place)
        follow(self._middle.canvas, place)
        place.finished.connect(self.open)
        return place

    def draw(self) -> None:
        """Let the user draw data."""
        self._middle.show_page(self.drawing, self.tr("Draw your own data"))

    def leave(self) -> None:
        """Show the network as it trains, if the page is in its place."""
        if self._panels.is_made("data") and self._middle.currentWidget() is self.page:
            self._middle.to_network()
            self._arrange("train_view")

    def _follow(self, status: Status) -> None:
        before, self._moving = self._moving, status.state in MOVING
        if self._moving and not before:
            self.leave()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        if "drawing" in vars(self):
            self.drawing.set_theme(theme)

    def _add(self, page: DataPage) -> None:
        self._middle.addWidget(page)
        follow(self._middle.canvas, page)
        page.drawingAsked.connect(self.draw)
