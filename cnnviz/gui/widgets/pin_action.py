"""The entry of a panel's menu that pins the tile which is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMenu

    from cnnviz.gui.document.pins import Pins


class PinAction(QAction):
    """Stands last in ``menu``. ``texts`` name it where a channel is not pinned and where it is, with ``{number}``;
    ``pointed`` gives the layer and the channel of the tile that is pointed at, None where there is none."""

    def __init__(
        self, menu: QMenu, texts: tuple[str, str], pointed: Callable[[], tuple[str, int] | None], pins: Pins
    ) -> None:
        super().__init__(menu)
        self._texts, self._pointed, self._pins = texts, pointed, pins
        self._target: tuple[str, int] | None = None
        menu.addSeparator()
        menu.addAction(self)
        # the pointer has left the tile by the time that an entry is chosen
        menu.aboutToShow.connect(self._aim)
        self.triggered.connect(lambda _=False: self._turn())

    def turn(self) -> None:
        """Pin what is pointed at, or no longer."""
        self._aim()
        self._turn()

    def _aim(self) -> None:
        self._target = self._pointed()
        self.setVisible(self._target is not None)
        if self._target is not None:
            node, channel = self._target
            self.setText(self._texts[channel in self._pins.of(node)].format(number=channel))

    def _turn(self) -> None:
        if self._target is not None:
            self._pins.turn(*self._target)
