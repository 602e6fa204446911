"""Keeping the room of widgets that are hidden for a while, so that nothing beside them moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def keep_room(widget: QWidget) -> None:
    """Have the layout of a widget keep its room while it is hidden."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
