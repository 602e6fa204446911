"""A bar that shows a notice with buttons for possible actions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.widgets.plain import PlainLabel, literal, menu_text

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

Choice = tuple[str, Callable[[], object]] | tuple[str, Callable[[], object], str]
"""Text of a button, its function, and optionally its tooltip."""


PASSING_MILLISECONDS = 15_000
"""How long a notice about something done is displayed."""


class NoticeBar(QFrame):
    """Holds at most one notice per ``subject``, and shows the newest; when it is closed, the next one is shown.

    A notice with buttons stays until it is withdrawn or the user closes it: what is below it must not move away from
    under a click. A notice about something done disappears by itself; with buttons, only while it covers something. It
    also does not come back after a newer notice if it was displayed for long enough before.

    ``dismissed(subject)`` follows when the user closes a notice, ``turned`` when another one or none is displayed.
    """

    dismissed = Signal(str)
    turned = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._theme = theme
        self._notices: dict[str, tuple[str, tuple[Choice, ...]]] = {}
        self._aside: frozenset[str] = frozenset()
        """The subjects of notices that are not displayed for now."""
        self._text = PlainLabel()
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Hide this notice"))
        self._close.setAccessibleName(self.tr("Hide this notice"))
        self._close.clicked.connect(self._dismiss)
        self._buttons: list[QPushButton] = []
        self._passing: set[str] = set()
        """The subjects of notices about something done."""
        self._turned_at = 0.0
        """When the displayed notice was displayed, in seconds of the monotonic clock."""
        self._covering = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PASSING_MILLISECONDS)
        self._timer.timeout.connect(self._expire)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 2, 8, 2)
        self._row.addWidget(self._text)
        self._row.addWidget(self._close)
        self.set_theme(theme)
        self.hide()

    def post(self, subject: str, text: str, *choices: Choice) -> None:
        """Show a notice, which replaces an older one on the same subject."""
        self._passing.discard(subject)
        self._add(subject, text, choices)

    def tell(self, subject: str, text: str, *choices: Choice) -> None:
        """Show a notice about something done. It disappears after some time on display, not under the pointer or while
        one of its buttons has the focus. With ``choices``, which must be found elsewhere too, it does so only while the
        bar covers something."""
        self._passing.add(subject)
        self._add(subject, text, choices)

    def set_covering(self, covering: bool) -> None:
        """Set whether the bar covers something else that the user wants to read."""
        self._covering = covering
        if not self._passes():
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def _add(self, subject: str, text: str, choices: tuple[Choice, ...]) -> None:
        long_enough = time.monotonic() - self._turned_at >= PASSING_MILLISECONDS / 1000
        if long_enough and (displayed := self.displayed) in self._passing:
            self._notices.pop(displayed, None)
        self._notices.pop(subject, None)
        self._notices[subject] = (text, choices)
        self._show()

    def add_choice(self, subject: str, choice: Choice) -> None:
        """Add a button before the others of the notice on this subject, if there is one; it keeps its place among the
        notices."""
        if subject in self._notices:
            text, choices = self._notices[subject]
            self._notices[subject] = (text, (choice, *choices))
            self._show()

    def set_aside(self, subjects: frozenset[str]) -> None:
        """Display no notices on these subjects, but keep them; they are displayed once their subjects are no longer
        among these."""
        if subjects != self._aside:
            self._aside = subjects
            self._show()

    @property
    def displayed(self) -> str | None:
        """The subject of the displayed notice; None if none is."""
        return next((subject for subject in reversed(self._notices) if subject not in self._aside), None)

    def reword(self, subject: str, text: str) -> None:
        """Change the text of the notice on this subject, if there is one; it keeps its buttons and its place."""
        if subject in self._notices:
            self._notices[subject] = (text, self._notices[subject][1])
            if subject == self.displayed:
                self._text.setText(text)

    def withdraw(self, subject: str) -> None:
        """Remove the notice on this subject."""
        if self._notices.pop(subject, None) is not None:
            self._show()

    def says(self, subject: str) -> bool:
        """Whether there is a notice on this subject, neither withdrawn nor closed by the user."""
        return subject in self._notices

    def text(self) -> str:
        """The displayed text; empty if there is no notice."""
        return self._text.text() if self.displayed is not None else ""

    def text_area(self) -> QRect:
        """Where the text stands in the bar."""
        return self._text.geometry()

    def buttons(self) -> list[QPushButton]:
        """The buttons of the displayed notice."""
        return list(self._buttons)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._close.setIcon(icon("close", theme.muted))
        self.setStyleSheet(
            f"#notice {{ background: {theme.raised}; border: 1px solid {theme.line};"
            f" border-left: 4px solid {theme.pooling}; border-radius: 6px; margin: 0 8px 2px 8px; }}"
        )

    def _show(self) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        displayed = self.displayed
        if displayed is None:
            # before it is hidden: the height of the bar is then that of one line
            self._text.setText("")
        self.setVisible(displayed is not None)
        self._timer.stop()
        if self._passes():
            self._timer.start()
        if displayed is not None:
            self._show_notice(displayed)
        self._turned_at = time.monotonic()
        self.turned.emit()

    def _passes(self) -> bool:
        """Whether the displayed notice disappears by itself."""
        displayed = self.displayed
        return displayed in self._passing and (self._covering or not self._notices[displayed][1])

    def _show_notice(self, displayed: str) -> None:
        text, choices = self._notices[displayed]
        self._text.setText(text)
        for number, (label, handler, *tip) in enumerate(choices, start=1):
            button = QPushButton(menu_text(label))
            button.setToolTip(literal("".join(tip)))
            # a click does not focus the button, which disappears with its notice
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, handler=handler: handler())
            self._row.insertWidget(number, button)
            self._buttons.append(button)

    def _expire(self) -> None:
        """Remove the displayed notice, whose time is over, unless it is being used."""
        if self.underMouse() or any(button.hasFocus() for button in (self._close, *self._buttons)):
            self._timer.start()
        elif (displayed := self.displayed) is not None:
            self.withdraw(displayed)

    def _dismiss(self) -> None:
        if (displayed := self.displayed) is not None:
            self.withdraw(displayed)
            self.dismissed.emit(displayed)
