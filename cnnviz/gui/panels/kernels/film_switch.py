"""Turns the Kernels tab to the film strip of a filter, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from cnnviz.gui.widgets.panel import ALL_ROOM

if TYPE_CHECKING:
    from cnnviz.gui.panels.kernels.film_strip import FilmStrip
    from cnnviz.gui.run.past import Past
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.panel import TiledPanel


class FilmSwitch(QObject):
    """``button`` asks for the film strip, which :meth:`open` adds to the column of ``panel``; ``turned(bool)`` tells
    whether the strip was shown or hidden."""

    turned = Signal(bool)

    def __init__(self, theme: Theme, past: Past | None, panel: TiledPanel) -> None:
        super().__init__(panel)
        self._theme, self._past, self._panel = theme, past, panel
        self.strip: FilmStrip | None = None
        """The film strip; None before its first use."""
        self.button = QPushButton(self.tr("Film strip"), panel)
        self.button.setToolTip(self.tr("The chosen filter at recorded moments of the run, side by side"))
        self.button.setVisible(past is not None and bool(past.steps))
        if past is not None:
            past.recorded.connect(lambda steps: self.button.setVisible(bool(steps)))

    @property
    def shown(self) -> bool:
        """Whether the film strip is shown instead of the kernels."""
        return self.strip is not None and not self.strip.isHidden()

    def open(self, node: str, filter: int, filters: int, *, dense: bool) -> None:
        """Show a filter of a layer that has ``filters`` of them, or a unit of a fully connected layer."""
        if self._past is None:
            return
        if self.strip is None:
            # not at the top of the file: few windows need it
            from cnnviz.gui.panels.kernels.film_strip import FilmStrip

            self.strip = FilmStrip(self._theme, self._past, self._panel)
            self.strip.closed.connect(self.close)
            self._panel.column.addWidget(self.strip, ALL_ROOM)
        self.turned.emit(True)
        self.strip.open(node, filter, filters, dense=dense)

    def close(self) -> None:
        """Show the kernels again."""
        if self.strip is not None and self.shown:
            self.strip.hide()
            self.turned.emit(False)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        if self.strip is not None:
            self.strip.set_theme(theme)

    def close_reading(self) -> bool:
        """Stop reading moments; returns whether the thread has ended."""
        return self.strip is None or self.strip.close_reading()
