"""Keeping the room of widgets and texts that are hidden for a while, so that nothing beside them moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.widgets.plain import PlainLabel


def keep_room(widget: QWidget) -> None:
    """Have the layout of a widget keep its room while it is hidden."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


def say_meanwhile(label: PlainLabel, sentence: str) -> None:
    """Show a short text in a label of wrapped lines until :func:`say`; the label does not become lower."""
    if not label.minimumHeight():
        label.setMinimumHeight(label.height())
    label.setText(sentence)


def say(label: PlainLabel, sentence: str) -> None:
    """Show a text in a label of wrapped lines, which is as high as the text."""
    label.setMinimumHeight(0)
    label.setText(sentence)
