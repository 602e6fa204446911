"""A diagram in which each trial of a sweep can be pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, QRectF, QSizeF, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.gui.widgets.themed import ThemedWidget

if TYPE_CHECKING:
    from cnnviz.gui.panels.sweep.state import Drawn
    from cnnviz.gui.theme import Theme


class TrialsDiagram(ThemedWidget):
    """``pointed(row or None)`` follows the pointer, ``chosen(row)`` a click on a trial."""

    pointed = Signal(object)
    chosen = Signal(int)
    margins = QMargins()
    """Pixels around the trials for titles and numbers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._state: Drawn | None = None
        self._row: int | None = None
        """The row that is highlighted."""
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_state(self, state: Drawn | None) -> None:
        """Draw these trials."""
        self._state = state
        self._renew()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._renew()

    def point(self, row: int | None) -> None:
        """Highlight a trial."""
        if row != self._row:
            self._row = row
            self.update()

    def leaveEvent(self, _event: object) -> None:
        """Qt: no trial is pointed at."""
        self._tell_pointed(None)

    def _tell_pointed(self, row: int | None) -> None:
        """Highlight the trial under the pointer, and emit :attr:`pointed`."""
        if row != self._row:
            self.point(row)
            self.pointed.emit(row)

    def _renew(self) -> None:
        """Paint all of it again."""
        self.update()

    def _area(self) -> QRectF:
        """The rectangle of the trials, at least a pixel wide and high."""
        area = QRectF(self.rect().marginsRemoved(self.margins))
        area.setSize(area.size().expandedTo(QSizeF(1, 1)))
        return area

    def _y(self, share: float) -> float:
        """The y coordinate of a share of the height, counted from the bottom."""
        area = self._area()
        return area.bottom() - share * area.height()
