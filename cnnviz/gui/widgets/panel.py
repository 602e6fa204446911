"""The base classes of panels."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from cnnviz.gui.widgets.focus_order import come_first

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.image_grid import ImageGrid
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import NodeReport

ALL_ROOM = 1000
"""Stretch of what takes the height that other parts of a column leave, whatever their own stretch."""


class Panel(QWidget):
    """A part of a place that shows snapshots.

    :meth:`questions` returns its questions, none while it is hidden; :meth:`show_snapshot` draws the answers and
    updates only what has changed. ``message`` carries a sentence for the status line, ``failed`` a sentence about a
    file that could not be read or written.
    """

    message = Signal(str)
    failed = Signal(str)

    def prepare(self) -> None:
        """Create parts that the first paint of the window does not need; called once, right after it."""

    def questions(self) -> Questions:
        """The present questions of the panel for a snapshot."""
        return frozenset()

    def controls(self) -> QWidget | None:
        """The widget shown beside the tabs while the panel is in front; None if it has none."""
        return None

    def fit_controls(self, room: int) -> None:
        """Fit the controls into ``room`` pixels, all that the tabs leave."""

    def picture_menu(self) -> QMenu | None:
        """The menu that copies and saves what the panel shows; None if it has none."""
        return None

    def apply_typed(self) -> None:
        """Apply the text being typed in a field, if it is valid."""

    def set_layer(self, node: str | None, layer: Layer | None, report: NodeReport | None) -> None:
        """Set the current layer after another was selected or it has changed; None if there is none."""

    def arrange(self, *, building: bool) -> None:
        """Follow the arrangement of the window: for building, or for training and inspecting."""

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Draw a snapshot."""

    def clear_snapshot(self) -> None:
        """Remove the displayed values, because the network cannot run."""

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""


class TiledPanel(Panel):
    """A panel that shows a grid of tiles below the first part of its ``column``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)

    @cached_property
    def grid(self) -> ImageGrid:
        """The grid, hidden at first. It is created on first use, because importing pyqtgraph takes long."""
        from cnnviz.gui.widgets.image_grid import ImageGrid

        grid = ImageGrid(self._theme)
        grid.hide()
        self.connect_grid(grid)
        self.column.insertWidget(1, grid, ALL_ROOM)
        # Tab reaches it before the controls below it, which were created earlier
        come_first(grid, self)
        return grid

    def connect_grid(self, grid: ImageGrid) -> None:
        """Connect to the grid's signals; called once, when the grid is created."""

    def hide_grid(self) -> None:
        """Hide the grid, because there are no tiles."""
        if "grid" in vars(self):
            self.grid.clear()
            self.grid.hide()

    def prepare(self) -> None:
        """Create the grid."""
        _ = self.grid  # is created when it is read

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        if "grid" in vars(self):
            self.grid.set_theme(theme)
