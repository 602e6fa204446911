"""The button that replays the recorded moments, with a menu of speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.localized import rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.theme import Theme


class ReplayButton(QToolButton):
    """Says Replay or Pause; ``speedChosen(float)`` follows a choice in its menu."""

    speedChosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._playing, self._speed = False, 1.0
        self._menu = QMenu(self)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._show()

    def offer_speeds(self, speeds: Sequence[float]) -> None:
        """Offer these speeds in a menu; 1 is chosen at first."""
        group = QActionGroup(self)
        for speed in speeds:
            action = self._menu.addAction(_times(speed))
            action.setCheckable(True)
            action.setChecked(speed == self._speed)
            action.triggered.connect(lambda _=False, speed=speed: self._choose(speed))
            group.addAction(action)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._show()

    def show_playing(self, playing: bool) -> None:
        """Say Pause while moments are replayed, else Replay."""
        self._playing = playing
        self._show()

    def _choose(self, speed: float) -> None:
        self._speed = speed
        self._show()
        self.speedChosen.emit(speed)

    def _show(self) -> None:
        word = self.tr("Pause") if self._playing else self.tr("Replay")
        self.setText(word if self._speed == 1 else f"{word} {_times(self._speed)}")
        tip = self.tr("Stay at this moment (F7)")
        if not self._playing:
            tip = self.tr("Show the recorded moments one after another, from the shown one to now (F7)")
        self.setToolTip(tip)
        self.setAccessibleName(f"{self.text()}: {tip}")
        if self._theme is not None:
            self.setIcon(icon("pause" if self._playing else "replay", self._theme.text))


def _times(speed: float) -> str:
    return f"{rounded(speed)}×"
