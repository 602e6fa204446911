"""The button » of a bar, with a menu of the buttons for which the bar has no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QPushButton, QWidget


class Overflow(QToolButton):
    """Its menu has an entry for each of the ``held`` buttons that is hidden, with the same words and the same effect.

    The bar shows it while one of these is hidden, see :meth:`holds`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._held: list[QPushButton] = []
        self.setText("»")
        self.setToolTip(self.tr("More: what has no room in the bar"))
        self.setAccessibleName(self.toolTip())
        self.setStyleSheet("padding: 4px 2px;")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)
        self.hide()

    def hold(self, button: QPushButton) -> None:
        """Have an entry for this button while it is hidden."""
        self._held.append(button)

    def holds(self, parts: Iterable[QWidget]) -> bool:
        """Whether one of these parts of the bar has an entry while it is hidden."""
        return any(part in self._held for part in parts)

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        for button in self._held:
            if button.isHidden():
                entry = QAction(button.text(), menu)
                entry.setToolTip(button.toolTip())
                entry.setEnabled(button.isEnabled())
                entry.triggered.connect(button.click)
                menu.addAction(entry)
