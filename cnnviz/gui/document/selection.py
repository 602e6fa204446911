"""The selected nodes, shared by all places of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable


class Selection(QObject):
    """The selected nodes and the current node among them, which the Layer place shows."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.nodes: frozenset[str] = frozenset()
        self.current: str | None = None

    def select(self, nodes: Iterable[str], current: str | None = None) -> None:
        """Select these nodes and no others; without ``current`` the current node is kept if it is among them."""
        chosen = frozenset(nodes)
        if current is None:
            current = self.current if self.current in chosen else min(chosen, default=None)
        if (chosen, current) != (self.nodes, self.current):
            self.nodes, self.current = chosen, current
            self.changed.emit()
