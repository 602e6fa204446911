"""What every panel is to the window."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport


class Panel(QWidget):
    """A part of a place that shows snapshots.

    :meth:`questions` says what it asks, nothing while it is hidden; :meth:`show_snapshot` draws it and
    touches only what changed. ``message`` carries a sentence for the status bar, ``failed`` one about a file that could
    not be written.
    """

    message = Signal(str)
    failed = Signal(str)

    def prepare(self) -> None:
        """Make what the first paint of the window does not need; called once, right after it."""

    def questions(self) -> Questions:
        """What this panel asks of a snapshot, now."""
        return frozenset()

    def controls(self) -> QWidget | None:
        """What stands in the line of the tabs while the panel is in front."""
        return None

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """The current layer is another one or has changed; None: there is none."""

    def arrange(self, *, building: bool) -> None:
        """The window is arranged for building, or for training and looking."""

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw a snapshot."""

    def clear_snapshot(self) -> None:
        """There is nothing to be seen: the network cannot run."""

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""


class TiledPanel(Panel):
    """A panel that shows tiles in its ``column``, below what comes first in it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)

    @cached_property
    def grid(self) -> ImageGrid:
        """The tiles, hidden; made when they are first needed, as pyqtgraph takes long to import."""
        from cnnviz.gui.widgets.image_grid import ImageGrid

        grid = ImageGrid(self._theme)
        grid.hide()
        self.connect_grid(grid)
        self.column.insertWidget(1, grid, 1000)
        return grid

    def connect_grid(self, grid: ImageGrid) -> None:
        """Listen to the tiles; called once, when they are made."""

    def hide_grid(self) -> None:
        """There are no tiles to be shown."""
        if "grid" in vars(self):
            self.grid.clear()
            self.grid.hide()

    def prepare(self) -> None:
        """Make the tiles."""
        assert self.grid

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        if "grid" in vars(self):
            self.grid.set_theme(theme)
