"""Pinned maps: the channels of each layer that the user keeps in view while the window is open."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

PINNED = "•"
"""Mark before the number of a pinned map or filter."""


class Pins(QObject):
    """The pinned channels of each layer; a filter has the number of its output map. ``changed`` follows each
    change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pinned: dict[str, frozenset[int]] = {}

    def of(self, node: str | None) -> tuple[int, ...]:
        """The pinned channels of a node, ascending."""
        return tuple(sorted(self._pinned.get(node or "", ())))

    def turn(self, node: str, channel: int) -> None:
        """Pin a channel, or unpin it."""
        self._pinned[node] = self._pinned.get(node, frozenset()) ^ {channel}
        self.changed.emit()
