"""Pinned maps: the channels of each layer that the user keeps in view while the window is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz.network.pairing import pairing

if TYPE_CHECKING:
    from cnnviz.project.project import Project

PINNED = "★"
"""Mark before the number of a pinned map or filter."""


class Pins(QObject):
    """The pinned channels of each layer; a filter has the number of its output map. ``changed`` follows each
    :meth:`toggle`."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pinned: dict[str, frozenset[int]] = {}

    def of(self, node: str | None) -> tuple[int, ...]:
        """The pinned channels of a node, ascending."""
        return tuple(sorted(self._pinned.get(node or "", ())))

    def toggle(self, node: str, channel: int) -> None:
        """Pin a channel, or unpin it."""
        self._pinned[node] = self._pinned.get(node, frozenset()) ^ {channel}
        self.changed.emit()

    def follow(self, old: Project, new: Project) -> None:
        """Keep the pins of layers that an edit has renamed."""
        if self._pinned and old.network is not new.network:
            names = {old_name: new_name for new_name, old_name in pairing(old.network, new.network).items()}
            renamed = {names[node]: channels for node, channels in self._pinned.items() if node in names}
            # layers that are gone keep their pins for an undo, unless another layer has taken their name
            gone = {node: channels for node, channels in self._pinned.items() if node not in names}
            self._pinned = gone | renamed
