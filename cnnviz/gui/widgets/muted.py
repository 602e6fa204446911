"""A label for what matters less than what stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class MutedLabel(PlainLabel):
    """A muted label that wraps its text; ``centred`` for a text that stands alone in its place."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, centred: bool = False) -> None:
        super().__init__(text, parent)
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        if centred:
            self.setAlignment(Qt.AlignmentFlag.AlignCenter)
