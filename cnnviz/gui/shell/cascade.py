"""The place of a further window: offset from the windows that are open, and within the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

STEP = QPoint(28, 28)
"""The offset of a new window from the previous one."""


def cascaded(size: QSize, least: QSize, taken: Sequence[QPoint], room: QRect) -> QRect:
    """The rectangle of a new window with its frame.

    ``taken`` are the upper left corners of the open windows, the newest last; ``room`` is the screen. The window is
    moved before it is made smaller, down to ``least``. On a screen without room for that it covers the previous one.
    """
    for tried in (size, least.boundedTo(size)):
        for start in (taken[-1] + STEP, room.topLeft()):
            place = QPoint(start)
            while any(place == other for other in taken):
                place += STEP
            if room.contains(QRect(place, tried)):
                free = QSize(room.right() - place.x() + 1, room.bottom() - place.y() + 1)
                return QRect(place, size.boundedTo(free))
    return QRect(taken[-1], size)


def offset(window: QWidget, others: Sequence[QWidget], frame: QSize) -> None:
    """Move a new window away from the others, and make it smaller if it is as large as the screen.

    ``frame`` is the size of its decoration.
    """
    if window.isMaximized() or window.isFullScreen():
        return
    size, least = window.size() + frame, window.minimumSize() + frame
    place = cascaded(size, least, [other.pos() for other in others], available(window))
    window.move(place.topLeft())
    window.resize(place.size() - frame)


def available(window: QWidget) -> QRect:
    """The part of the screen that a window can use."""
    return window.screen().availableGeometry()
