"""The button beside an accuracy: it says how many predictions are wrong, and a click shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy

from cnnviz.gui.language import counted

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.theme import Theme


class WrongButton(QPushButton):
    """ "61 wrong", as high as a line of text; hidden while there is no number."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.setToolTip(
            self.tr(
                "See which validation images are wrong. They were counted after the epoch, in training's number format."
            )
        )
        self.setAccessibleName(self.tr("Wrong validation images"))
        self.setAccessibleDescription(self.toolTip())
        self.set_theme(theme)
        self.hide()

    def set_count(self, count: int | None) -> None:
        """Show the number of wrong predictions of validation images; None hides the button."""
        if count == self.count:
            return
        self.count = count
        self.setVisible(count is not None)
        if count is not None:
            self.setText(counted("{count} wrong", "1 wrong", count))
            self.setAccessibleName(self.text())

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.setStyleSheet(
            f"QPushButton {{ background: transparent; color: {theme.accent}; border: 1px solid transparent;"
            " border-radius: 4px; padding: 0 4px; font-weight: 600; }"
            f"QPushButton:hover {{ background: {theme.line}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
        )
