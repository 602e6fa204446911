"""The views of the microscope, of which one is on screen: a page, a whole map, or a text about why there is neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget

from cnnviz.gui.panels.microscope.sheet import Sheet
from cnnviz.gui.panels.microscope.whole_map import WholeMap
from cnnviz.gui.widgets.muted import MutedLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.gui.panels.microscope.readings import Pointed
    from cnnviz.gui.panels.microscope.seen import Seen
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.arithmetic.forms import Arithmetic


class Views(QStackedWidget):
    """Holds the ``sheet`` for a page, and the ``whole`` map; ``target`` returns a text about what a click opens."""

    def __init__(self, theme: Theme, target: Callable[[Pointed], str]) -> None:
        super().__init__()
        self.sheet, self.whole, self._why = Sheet(theme, target), WholeMap(theme), MutedLabel()
        for view in (self.sheet, self.whole, self._why):
            self.addWidget(view)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.sheet.set_theme(theme)
        self.whole.set_theme(theme)

    def text(self) -> str:
        """The sentences on screen, from the top."""
        view = self.currentWidget()
        return view.text() if isinstance(view, Sheet | WholeMap) else self._why.text()

    def capacity(self, page: Page) -> int:
        """How many rows of a page fit; 0 while no rows are on screen."""
        return self.sheet.capacity(page) if self.sheet.isVisible() else 0

    def show_why(self, text: str) -> None:
        """Show why there is no page."""
        self.setCurrentWidget(self._why)
        self._why.setText(text)

    def show_whole(self, page: Page, *, backward: bool) -> None:
        """Show the map of a page; see :meth:`WholeMap.show_page`."""
        self.setCurrentWidget(self.whole)
        self.whole.show_page(page, backward=backward)

    def show_page(self, page: Page, arithmetic: Arithmetic | None, seen: tuple[Seen, ...]) -> None:
        """Show a page; see :meth:`Sheet.show_page`."""
        self.setCurrentWidget(self.sheet)
        self.sheet.show_page(page, arithmetic, seen)
