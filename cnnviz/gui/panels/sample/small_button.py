"""The small buttons of the Sample place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QToolButton

if TYPE_CHECKING:
    from collections.abc import Callable


def small_button(name: str, press: Callable[[], object]) -> QToolButton:
    """A button with an icon and no text. ``name`` is its tooltip and, up to a bracket, its accessible name."""
    button = QToolButton()
    button.setToolTip(name)
    button.setAccessibleName(name.partition(" (")[0])
    button.setStyleSheet("padding: 4px 2px;")
    button.setMinimumWidth(22)
    button.clicked.connect(lambda: press())
    return button
