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

    def page() -> Page:
        shown = complete()
        assert shown is not None
        return shown[0]

    def name() -> str:
        shown = complete()
        return "" if shown is None else file_name(shown[1], shown[2].step)

    title = QCoreApplication.translate("Microscope", "Microscope")
    numbers: dict[str, Content] = {"csv": lambda: as_csv(page()), "npy": lambda: as_npy(page().map.values)}
    return PictureMenu(panel, title, name, numbers)
