"""The data page with a dataset that has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.robot.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.data.panel import DataPage


def opened(window: MainWindow, path: Path | None = None) -> DataPage:
    """The data page, once a dataset has been read."""
    window.data.open(path)
    page = window.data.page
    Person(window).until(lambda: page.survey is not None, "the survey")
    return page


def titles(page: DataPage) -> list[str]:
    return [page.list.item(row).text().splitlines()[0] for row in range(page.list.count())]
