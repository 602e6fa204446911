"""The menu that copies and saves the page of the microscope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.panels.microscope.tables import as_csv, file_name
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.inspection.arrays import as_npy

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.gui.widgets.picture_menu import Content
    from cnnviz.inspection.snapshot import Snapshot


def page_menu(panel: QWidget, complete: Callable[[], tuple[Page, Looking, Snapshot] | None]) -> PictureMenu:
    """The context menu of ``panel``; ``complete`` returns the page with all its terms, None while there is none."""

    def shown_page() -> Page:
        shown = complete()
        assert shown is not None
        page, _, _ = shown
        return page

    def name() -> str:
        shown = complete()
        if shown is None:
            return ""
        _, looking, snapshot = shown
        return file_name(looking, snapshot.step)

    title = QCoreApplication.translate("Microscope", "Microscope")
    numbers: dict[str, Content] = {"csv": lambda: as_csv(shown_page()), "npy": lambda: as_npy(shown_page().map.values)}
    return PictureMenu(panel, title, name, numbers)
