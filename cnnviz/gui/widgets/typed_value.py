"""What stands in a line between the first key and Enter, and the value that it is about to replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from cnnviz.gui.widgets.own_undo import OwnUndo

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
    from PySide6.QtWidgets import QLineEdit, QWidget

PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""Another window or a menu is in front for a while: the user has not left the field."""


class TypedValue(QObject):
    """The value of a field and the text of its line, which differ while the user types.

    What is typed belongs to the value that it would replace. It stays as long as that value stands, and goes without a
    word where :meth:`set_value` brings another one or :meth:`restore` is called. Enter and leaving apply it where
    ``parse`` can read it; where it cannot, the text stays and is marked, and only Esc takes it back.

    ``edited(value)`` follows the user alone and carries an allowed value. ``judged(ok)`` follows every key: False while
    the text is not allowed. ``refused(text)`` follows Enter and leaving with such a text.
    """

    edited = Signal(object)
    judged = Signal(bool)
    refused = Signal(str)

    def __init__(
        self, host: QWidget, line: QLineEdit, parse: Callable[[str], Any], write: Callable[[Any], str], value: Any
    ) -> None:
        """``host`` is marked while the text is not allowed; ``parse`` returns None for what is not allowed."""
        super().__init__(host)
        self._host, self._line, self._parse, self._write = host, line, parse, write
        self.value = value
        self.marked = False
        OwnUndo(line, host)
        line.textEdited.connect(lambda text: self._judge(self._parse(text) is not None))
        line.setText(self.text)

    @property
    def text(self) -> str:
        """The value as it is written where nothing is being typed."""
        return self._write(self.value)

    @property
    def typing(self) -> bool:
        """Whether the line holds something else than the value."""
        return self._line.text() != self.text

    def set_value(self, value: Any) -> None:
        """Show another value; what is being typed stays where the value is the same as before."""
        if value != self.value:
            self.value = value
            self.restore()

    def restore(self) -> None:
        """Show the value in place of what was typed."""
        self._line.setText(self.text)
        self._judge(True)

    def typed(self) -> Any:
        """The allowed value that the text stands for, or None."""
        return self._parse(self._line.text())

    def apply(self) -> bool:
        """Take what was typed; False, and the text stays, where it is not allowed."""
        value = self.typed()
        if value is None:
            self._judge(False)
            self.refused.emit(self._line.text())
            return False
        changed = self.typing and value != self.value
        self.value = value if changed else self.value
        self.restore()
        if changed:
            self.edited.emit(value)
        return True

    def key(self, event: QKeyEvent) -> bool:
        """Enter applies and Esc takes back what was typed; whether it was one of them."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.apply():
                self._line.selectAll()
            return True
        if event.key() == Qt.Key.Key_Escape and self.typing:
            self.restore()
            return True
        return False

    def lost_focus(self, event: QFocusEvent) -> None:
        """Leaving applies what is allowed."""
        if self.typing and event.reason() not in PASSING:
            self.apply()

    def hidden(self, event: QHideEvent) -> None:
        """A field that goes out of sight has been left, too; a window that is made small has not."""
        # the line is deleted before the box that it stands in, which then hides
        if isValid(self._line) and self.typing and not event.spontaneous():
            self.apply()

    def _judge(self, ok: bool) -> None:
        if self.marked == ok:
            self.marked = not ok
            self._host.setProperty("invalid", not ok)
            self._host.style().unpolish(self._host)
            self._host.style().polish(self._host)
        self.judged.emit(ok)
