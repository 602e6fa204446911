"""The places that were visited in the middle, and the way back and forth along them, as in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.icons import icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.gui.theme import Theme

MOST = 200
"""Only so many of the latest places are kept."""
MOUSE_BUTTONS = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}
KEYS = (("Alt+Left", -1), ("Back", -1), ("Alt+Right", 1), ("Forward", 1))


class Visited:
    """The visited places in their order, and which of them is the present place; None stands for the network."""

    def __init__(self) -> None:
        self._places: list[Looking | None] = [None]
        self._at = 0
        self._waiting = False

    @property
    def present(self) -> Looking | None:
        """The present place."""
        return self._places[self._at]

    @property
    def count(self) -> int:
        """How many places are kept."""
        return len(self._places)

    def arrive(self, place: Looking | None, *, waiting: bool = False, sweeping: bool = False) -> None:
        """Add a place after the present one, and forget those that followed it.

        The place takes the stead of the present one if it is a step from it, or if the window is ``sweeping`` along the
        map. ``waiting``: another place in the same layer will take its stead, as soon as its values are known.
        """
        before = self.present
        if place != before:
            in_one_layer = place is not None and before is not None and place.place.node == before.place.node
            if in_one_layer and (self._waiting or sweeping or is_step(before, place)):
                self._places[self._at] = place
            else:
                self._places[self._at + 1 :] = [place]
                del self._places[:-MOST]
                self._at = len(self._places) - 1
        self._waiting = waiting

    def next(self, by: int, exists: Callable[[Looking | None], bool]) -> int | None:
        """The number of the nearest place that still ``exists``, before (``by`` -1) or after (1) the present one; None
        if there is none."""
        at = self._at + by
        while 0 <= at < len(self._places):
            if self._places[at] != self.present and exists(self._places[at]):
                return at
            at += by
        return None

    def go(self, at: int) -> Looking | None:
        """Make the place of a number the present one, and return it."""
        self._at, self._waiting = at, False
        return self.present


def is_step(before: Looking | None, after: Looking | None) -> bool:
    """Whether two places differ only by one row or column, or by the direction."""
    if before is None or after is None:
        return False
    first, second = before.place, after.place
    if (before.whole, first.channel) != (after.whole, second.channel):
        return False
    away = abs(first.row - second.row) + abs(first.column - second.column)
    if before.weight is None or after.weight is None:
        return before.weight is after.weight and away <= 1
    if before.weight.parameter != after.weight.parameter or away:
        return False
    return sum(abs(one - two) for one, two in zip(before.weight.index, after.weight.index, strict=True)) <= 1


class BackAndForth(QWidget):
    """Two buttons, with their keys and the back and forward buttons of the mouse; ``asked(by)`` carries -1 or 1."""

    asked = Signal(int)

    def __init__(self, keys_of: QWidget) -> None:
        """The keys work in the window of ``keys_of``."""
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.back, self.on = QToolButton(), QToolButton()
        texts = (
            self.tr("Back to the place before (Alt+Left, or the back button of the mouse). Esc goes one level up."),
            self.tr("On to the place after (Alt+Right, or the forward button of the mouse). Esc goes one level up."),
        )
        for button, text, by in zip((self.back, self.on), texts, (-1, 1), strict=True):
            button.setToolTip(text)
            button.setAccessibleName(text)
            button.setStyleSheet("padding: 2px 4px; border-color: transparent; background: transparent;")
            button.clicked.connect(lambda _=False, by=by: self.asked.emit(by))
            row.addWidget(button)
        for key, by in KEYS:
            shortcut = QShortcut(QKeySequence(key), keys_of)
            shortcut.activated.connect(lambda by=by: self.asked.emit(by))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.back.setIcon(icon("arrow-left", theme.text))
        self.on.setIcon(icon("arrow-right", theme.text))

    def set_possible(self, *, back: bool, on: bool) -> None:
        """Enable each button if it leads to a place."""
        self.back.setEnabled(back)
        self.on.setEnabled(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the buttons of the mouse, wherever in the window the pointer is."""
        if isinstance(event, QMouseEvent) and (by := MOUSE_BUTTONS.get(event.button())) is not None:
            if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
                self.asked.emit(by)
            return True
        return super().eventFilter(watched, event)
