"""Lines of text that lie over the canvas: the hint, and what to do while it is empty."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from cnnviz.gui.theme import Theme
from cnnviz.gui.widgets.plain import PlainLabel


class Note(PlainLabel):
    """One line over the canvas that lets the pointer through; hidden while it is empty."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def say(self, text: str) -> None:
        """Show a text; an empty one hides the note."""
        self.setText(text)
        self.adjustSize()
        self.setVisible(bool(text))

    def stand(self, middle: int, bottom: int) -> None:
        """Stand with its lower edge at ``bottom``, centred about ``middle``."""
        self.adjustSize()
        self.move(middle - self.width() // 2, bottom - self.height())

    def lean(self, right: int, bottom: int) -> None:
        """Stand with its lower right corner there."""
        self.adjustSize()
        self.move(right - self.width(), bottom - self.height())


class Notes:
    """The hint in the lower right corner, where columns are short, left of what stands there already; the invitation
    in the middle of an empty canvas; at the lower edge, what a preview shows.
    """

    def __init__(self, parent: QWidget, theme: Theme, invitation: str) -> None:
        self._parent = parent
        self.hint = Note(parent)
        self.invitation = Note(parent)
        self.preview = Note(parent)
        self._invitation = invitation
        self._taken = 0
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.hint.setStyleSheet(
            f"background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.accent};"
            " border-radius: 11px; padding: 4px 14px; font-weight: 600;"
        )
        self.preview.setStyleSheet(
            f"background: {theme.accent}; color: {theme.on_accent}; border-radius: 11px; padding: 4px 14px;"
            " font-weight: 600;"
        )
        self.invitation.setStyleSheet(f"background: transparent; color: {theme.muted}; font-size: 15px;")

    def set_empty(self, empty: bool) -> None:
        """Whether there is nothing on the canvas."""
        self.invitation.say(self._invitation if empty else "")
        self.place()

    def set_hint(self, text: str) -> None:
        """Show a hint; an empty one hides it."""
        self.hint.say(text)
        self.place()

    def make_way(self, taken: int) -> None:
        """So many pixels at the right are taken."""
        if taken != self._taken:
            self._taken = taken
            self.place()

    def set_preview(self, text: str) -> None:
        """Say what a preview shows; an empty text: none is shown."""
        self.preview.say(text)
        self.preview.raise_()
        self.place()

    def place(self) -> None:
        """Follow the size of the canvas."""
        width, height = self._parent.width(), self._parent.height()
        self.invitation.stand(width // 2, height // 2)
        self.hint.lean(width - 12 - self._taken, height - 12)
        self.preview.stand(width // 2, height - 12)
