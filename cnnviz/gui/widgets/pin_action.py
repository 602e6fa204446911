"""The menu entry that pins the current tile of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMenu

    from cnnviz.gui.document.pins import Pins


class PinAction(QAction):
    """The last entry of ``menu``. ``texts`` are its texts for an unpinned and for a pinned channel, with ``{number}``;
    ``pointed`` returns layer and channel of the current tile, None if there is none."""

    def __init__(
        self, menu: QMenu, texts: tuple[str, str], pointed: Callable[[], tuple[str, int] | None], pins: Pins
    ) -> None:
        super().__init__(menu)
        self._texts, self._pointed, self._pins = texts, pointed, pins
        self._target: tuple[str, int] | None = None
        menu.addSeparator()
        menu.addAction(self)
        # the tile is noted here, because the pointer has left it when an entry is chosen
        menu.aboutToShow.connect(self._note_target)
        self.triggered.connect(lambda _=False: self._toggle())

    def toggle(self) -> None:
        """Pin or unpin the current tile."""
        self._note_target()
        self._toggle()

    def _note_target(self) -> None:
        self._target = self._pointed()
        self.setVisible(self._target is not None)
        if self._target is not None:
            node, channel = self._target
            self.setText(self._texts[channel in self._pins.of(node)].format(number=channel))

    def _toggle(self) -> None:
        if self._target is not None:
            self._pins.toggle(*self._target)
