"""Properties of widgets that the style sheet of the program looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def restyle(widget: QWidget, name: str, value: str | bool) -> None:
    """Set a property, and draw the widget as the style sheet says for its new value."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
