"""The place of a further window: offset from the windows that are open, and within the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize

if TYPE_CHECKING:
    from collections.abc import Sequence

STEP = QPoint(28, 28)
"""The offset of a new window from the previous one."""


def cascaded(size: QSize, least: QSize, taken: Sequence[QPoint], room: QRect) -> QRect:
    """The rectangle of a new window with its frame.

    ``taken`` are the upper left corners of the open windows, the newest last; ``room`` is the screen. The window is
    moved before it is made smaller, down to ``least``. On a screen without room for that it covers the previous one.
    """
    for wanted in (size, least.boundedTo(size)):
        for start in (taken[-1] + STEP, room.topLeft()):
            place = QPoint(start)
            while any(place == other for other in taken):
                place += STEP
            if room.contains(QRect(place, wanted)):
                free = QSize(room.right() - place.x() + 1, room.bottom() - place.y() + 1)
                return QRect(place, size.boundedTo(free))
    return QRect(taken[-1], size)
