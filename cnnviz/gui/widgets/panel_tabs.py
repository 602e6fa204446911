"""Tabs with a panel each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from cnnviz.gui.widgets.focus_order import follow
from cnnviz.gui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.widgets.panel_set import PanelSet


LEAST_PADDING, USUAL_PADDING = 1, 7
"""Pixels beside the title of a tab; less than usual where there is no room for all titles."""
BORDERS = 3
"""Pixels of a tab beside its title and padding."""


class PanelTabs(QTabWidget):
    """A tab holds an empty page until its panel is made, at the latest when the tab is brought to the front.

    ``turned`` follows when another panel is in front, ``resized`` another size.
    """

    turned = Signal()
    resized = Signal()

    def __init__(self, panels: PanelSet, titles: Mapping[str, str], parent: QWidget | None = None) -> None:
        """``titles`` are the titles of the tabs by the id of their panel."""
        super().__init__(parent)
        self.setDocumentMode(True)
        self._panels = panels
        self._padding = USUAL_PADDING
        self._empty: dict[QWidget, str] = {}
        """The empty pages, with the id of the panel that will replace each."""
        for identifier, title in titles.items():
            self._empty[page := QWidget()] = identifier
            self.addTab(page, title)
            panels.when_made(identifier, partial(self._replace, page))
        self.currentChanged.connect(self._fill)

    def current(self) -> Panel | None:
        """The panel in front; None if it is not made yet."""
        page = self.currentWidget()
        return page if isinstance(page, Panel) else None

    def free_width(self) -> int:
        """The width that the tabs leave when all are shown, in pixels."""
        bar = self.tabBar()
        return self.width() - sum(bar.tabRect(index).width() for index in range(bar.count()))

    def titles_width(self, padding: int) -> int:
        """The width of all titles with ``padding`` pixels at both sides of each."""
        bar = self.tabBar()
        titles = sum(bar.fontMetrics().horizontalAdvance(bar.tabText(tab)) for tab in range(bar.count()))
        return titles + (2 * padding + BORDERS) * bar.count()

    def fit_titles(self, room: int) -> None:
        """Move the titles closer together if ``room`` pixels are not enough for all."""
        bar = self.tabBar()
        beside_each = (room - self.titles_width(0)) // (2 * bar.count())
        padding = min(USUAL_PADDING, max(LEAST_PADDING, beside_each))
        if padding != self._padding:
            self._padding = padding
            bar.setStyleSheet(f"QTabBar::tab {{ padding-left: {padding}px; padding-right: {padding}px; }}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: the tabs have another width."""
        super().resizeEvent(event)
        self.resized.emit()

    def _fill(self, index: int) -> None:
        """Make the panel of the tab in front if its page is empty."""
        page = self.widget(index)
        identifier = None if page is None else self._empty.get(page)
        if identifier is None:
            self.turned.emit()
        else:
            self._panels.make(identifier)

    def _replace(self, page: QWidget, panel: Panel) -> None:
        """Put a panel in the place of an empty page."""
        del self._empty[page]
        index, front = self.indexOf(page), self.currentWidget() is page
        with QSignalBlocker(self):
            self.insertTab(index, panel, self.tabText(index))
            follow(page, panel)
            if front:
                self.setCurrentIndex(index)
            self.removeTab(index + 1)
        page.deleteLater()
        if front:
            self.turned.emit()
