"""The view of a whole map, in which the user chooses a value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.panels.microscope.map_view import MapView
from cnnviz.gui.panels.microscope.sheet import set_text
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.muted import MutedLabel

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.gui.theme import Theme


class WholeMap(QWidget):
    """Shows a title, the map as large as fits, with numbers if there is room, and the colour scale."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self.map, self._colours = MutedLabel(), MapView(theme), ColourBar(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._title)
        column.addWidget(self.map, 1)
        column.addWidget(self._colours)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.map.set_theme(theme)
        self._colours.set_theme(theme)

    def show_page(self, page: Page, *, backward: bool) -> None:
        """Show the map of a page: its values, or with ``backward`` the gradients of the loss with respect to them."""
        self.map.show_picture(replace(page.map, frame=None))
        self._colours.set_scale(page.map.scale.limit, page.map.scale.signed)
        invitation = (
            self.tr("Click a value to see how the loss depends on it; Enter takes the strongest.")
            if backward
            else self.tr("Click a value to see how it comes about; Enter takes the strongest.")
        )
        set_text(self._title, f"{spelled(page.map_title)}. {invitation}")

    def text(self) -> str:
        """The line above the map."""
        return self._title.text()
