"""Keeps the wheel from changing a setting that only came below the pointer while a page was scrolled."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox


class WheelGuard(QObject):
    """Leaves the wheel over a box to the page around it.

    A number box or slider takes the wheel once it was clicked, until the pointer leaves it or it loses the focus. A
    combo box never takes the wheel while its list is closed: after a choice it keeps the focus, and may come below the
    pointer again.
    """

    def __init__(self, box: QComboBox | QAbstractSpinBox | QAbstractSlider) -> None:
        super().__init__(box)
        self._box = box
        self._clicked = False
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.installEventFilter(self)
        if isinstance(box, QAbstractSpinBox):
            # a click into the digits is one of the line edit
            box.lineEdit().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt asks whether an event of the box or of its line edit is to be kept from it."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            self._clicked = not isinstance(self._box, QComboBox)
        elif watched is self._box and kind in (QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.Hide):
            self._clicked = False
        elif kind == QEvent.Type.Wheel and not self._clicked:
            # Qt passes an event that is ignored on to the parent
            event.ignore()
            return True
        return False
