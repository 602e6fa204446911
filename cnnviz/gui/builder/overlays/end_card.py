"""The card over the canvas after a run has ended: the test result, and buttons for what can be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.flow import Flow
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent

    from cnnviz.gui.theme import Theme

BESIDE, BELOW = 10, 4
"""Pixels between the sentence and the buttons, across and down."""
CORNER = 6
"""Pixels left of the button in the corner that closes the card."""


class EndCard(QFrame):
    """A sentence and buttons in a row; without room for both, the buttons stand below the sentence, in as many rows as
    they need.

    ``turned`` follows when the card was shown or hidden.
    """

    turned = Signal()

    def __init__(self, theme: Theme, buttons: Sequence[QPushButton], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("end")
        self._text = PlainLabel()
        self._text.setWordWrap(True)
        # in the upper right corner, so that the buttons below the sentence take the whole width
        self.close_button = QToolButton(self)
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip(self.tr("Hide this card"))
        self.close_button.setAccessibleName(self.close_button.toolTip())
        self.close_button.clicked.connect(self.hide)
        self._buttons = QWidget()
        self._flow = Flow(self._buttons)
        for button in buttons:
            # a click does not move the focus to a button that disappears with the card
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._flow.addWidget(button)
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for part in (self._text, self._buttons):
            self._parts.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._whole = whole = QHBoxLayout(self)
        whole.setContentsMargins(12, 3, 4, 3)
        whole.addLayout(self._parts)
        whole.addStretch()
        self.set_theme(theme)
        self.hide()

    def set_text(self, text: str) -> None:
        """Set the sentence."""
        self._text.setText(text)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The sentence."""
        return self._text.text()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the card is shown."""
        super().showEvent(event)
        self.turned.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt: the card is hidden."""
        super().hideEvent(event)
        self.turned.emit()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.setStyleSheet(
            f"QFrame#end {{ background: {theme.raised}; border: 1px solid {theme.accent}; border-radius: 11px; }}"
            f"QLabel {{ color: {theme.text}; font-weight: 600; }}"
            "QPushButton { padding: 2px 8px; } QToolButton { padding: 1px; border: 0; background: transparent; }"
        )
        self.close_button.setIcon(icon("close", theme.muted))

    def fit(self, room: int) -> None:
        """Take at most ``room`` pixels of width, unless the widest button needs more."""
        self.ensurePolished()
        self._text.ensurePolished()
        margins, close = self._whole.contentsMargins(), self.close_button.sizeHint()
        # a canvas that has not been laid out yet is narrower than its parts
        room = max(room - margins.left() - margins.right(), self._flow.minimumSize().width())
        corner = CORNER + close.width()
        text = self._text.fontMetrics().horizontalAdvance(self.text()) + 4
        buttons = self._flow.width_in_a_row()
        beside = text + BESIDE + buttons
        in_a_row = beside + corner <= room
        directions = QBoxLayout.Direction
        self._parts.setDirection(directions.LeftToRight if in_a_row else directions.TopToBottom)
        self._parts.setSpacing(BESIDE if in_a_row else BELOW)
        width = beside + corner if in_a_row else min(room, max(text + corner, buttons))
        text_width, buttons_width = (text, buttons) if in_a_row else (width - corner, width)
        # a label is at least as high and as wide as its least size
        self._text.setMinimumSize(0, 0)
        text_height, buttons_height = self._text.heightForWidth(text_width), self._flow.heightForWidth(buttons_width)
        self._text.setFixedSize(text_width, text_height)
        self._buttons.setFixedSize(buttons_width, buttons_height)
        height = max(text_height, buttons_height) if in_a_row else text_height + BELOW + buttons_height
        self.setFixedSize(width + margins.left() + margins.right(), height + margins.top() + margins.bottom())
        # above buttons that stand below the sentence
        close_height = min(close.height(), height if in_a_row else text_height + BELOW)
        self.close_button.setGeometry(
            self.width() - margins.right() - close.width(), margins.top(), close.width(), close_height
        )
