"""A value and the text typed to replace it, until Enter applies the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.restyling import restyle

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
    from PySide6.QtWidgets import QLineEdit, QWidget

PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""Reasons of losing the focus after which the user has not left the field: another window or a menu is in front."""


class TypedValue(QObject):
    """The value of a field and the text of its line, which differ while the user types.

    Typed text belongs to the value that it would replace. It is kept as long as that value is unchanged, and discarded
    when :meth:`set_value` sets another value or :meth:`restore` is called. Enter and leaving the field apply it if
    ``parse`` accepts it; otherwise the text stays and is marked, and only Esc discards it.

    ``edited(value)`` follows an edit by the user to an allowed value. ``judged(ok)`` follows every key, with False
    while the text is not allowed. ``refused(text)`` follows Enter and leaving with such a text.
    """

    edited = Signal(object)
    judged = Signal(bool)
    refused = Signal(str)

    def __init__(
        self, host: QWidget, line: QLineEdit, parse: Callable[[str], Any], write: Callable[[Any], str], value: Any
    ) -> None:
        """``host`` is marked while the text is not allowed; ``parse`` returns None for a text that is not allowed."""
        super().__init__(host)
        self._host, self._line, self._parse, self._write = host, line, parse, write
        self.value = value
        self.marked = False
        OwnUndo(line, host)
        line.textEdited.connect(lambda text: self._judge(self._parse(text) is not None))
        line.setText(self.text)

    @property
    def text(self) -> str:
        """The value as text, regardless of what is being typed."""
        return self._write(self.value)

    @property
    def typing(self) -> bool:
        """Whether the text of the line differs from the value."""
        return self._line.text() != self.text

    def set_value(self, value: Any) -> None:
        """Set the value; text being typed is kept if the value is unchanged."""
        if value != self.value:
            self.value = value
            self.restore()

    def restore(self) -> None:
        """Discard the typed text and show the value."""
        self._line.setText(self.text)
        self._judge(True)

    def parsed(self) -> Any:
        """The value that the text represents; None if it is not allowed."""
        return self._parse(self._line.text())

    def apply(self) -> bool:
        """Apply the typed text; returns False, and keeps the text, if it is not allowed."""
        value = self.parsed()
        if value is None:
            self._judge(False)
            self.refused.emit(self._line.text())
            return False
        changed = self.typing and value != self.value
        if changed:
            self.value = value
        self.restore()
        if changed:
            self.edited.emit(value)
        return True

    def handle_key(self, event: QKeyEvent) -> bool:
        """Enter applies and Esc discards the typed text; returns whether the key was one of these."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.apply():
                self._line.selectAll()
            return True
        if event.key() == Qt.Key.Key_Escape and self.typing:
            self.restore()
            return True
        return False

    def handle_focus_loss(self, event: QFocusEvent) -> None:
        """Apply allowed text when the focus is lost."""
        if self.typing and event.reason() not in PASSING:
            self.apply()

    def handle_hiding(self, event: QHideEvent) -> None:
        """Apply allowed text when the field is hidden, but not when the window is minimized."""
        # on deletion the line is deleted before its box, which then is hidden
        if isValid(self._line) and self.typing and not event.spontaneous():
            self.apply()

    def _judge(self, ok: bool) -> None:
        if self.marked == ok:
            self.marked = not ok
            restyle(self._host, "invalid", not ok)
        self.judged.emit(ok)
