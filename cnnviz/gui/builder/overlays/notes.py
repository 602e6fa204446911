"""Lines of text over the canvas, such as the hint and the invitation shown on an empty canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from cnnviz.gui.builder.overlays.minimap import FROM_EDGE as MINIMAP_FROM_EDGE
from cnnviz.gui.widgets.plain import PlainLabel, menu_text

if TYPE_CHECKING:
    from cnnviz.gui.builder.overlays.end_card import EndCard
    from cnnviz.gui.theme import Theme

FROM_EDGE = 12
"""Pixels between the notes and the edges of the canvas."""
BETWEEN = 6
"""Pixels between a note and the note below it."""


class Note(PlainLabel):
    """One line over the canvas that ignores the mouse; hidden while it is empty."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self.words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hide()


class Hint(QPushButton):
    """One line over the canvas that proposes an action, and triggers it when clicked; hidden while it is empty."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = ""
        # a click does not move the focus to the button, which disappears with its hint
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()


def set_text(note: Note | Hint, text: str) -> None:
    """Show a text; an empty one hides the note."""
    note.words = text
    _write(note, text)
    note.setAccessibleName(text)
    note.setVisible(bool(text))


def fit(note: Note | Hint, room: int) -> None:
    """Make a note as wide as its text, at most ``room`` pixels; a longer text is elided at its end, and the tooltip
    has all of it."""
    _write(note, note.words)
    too_long = note.width() > room
    if too_long:
        metrics = note.fontMetrics()
        around = note.width() - metrics.horizontalAdvance(note.words)
        _write(note, metrics.elidedText(note.words, Qt.TextElideMode.ElideRight, max(0, room - around)))
    note.setToolTip(note.words if too_long else "")


def _write(note: Note | Hint, text: str) -> None:
    note.setText(menu_text(text) if isinstance(note, Hint) else text)
    note.adjustSize()


class Notes:
    """The notes of a canvas and their places.

    The hint and the card are in the lower right corner, left of the minimap; in a narrow canvas the card covers the
    minimap, so that it has fewer rows and lies over fewer maps. The invitation is in the middle of an
    empty canvas; the notice that the run trains a network other than the drawn network is in the lower left corner, or
    above the hint or card if there is no room beside them. The caption of a preview is at the lower edge, above the
    notes that it would cover.
    """

    def __init__(self, parent: QWidget, theme: Theme, invitation: str) -> None:
        self._parent = parent
        self.hint = Hint(parent)
        self.invitation = Hint(parent)
        self.preview = Note(parent)
        self.trained = Note(parent)
        self._invitation = invitation
        self._taken = self._taken_height = 0
        self.card: EndCard | None = None
        """The card after the end of a run; None before the first end."""
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        if self.card is not None:
            self.card.set_theme(theme)
        self.hint.setStyleSheet(
            f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.accent};"
            " border-radius: 11px; padding: 4px 14px; font-weight: 600; }"
            f"QPushButton:hover, QPushButton:focus {{ background: {theme.line}; }}"
        )
        self.preview.setStyleSheet(
            f"background: {theme.accent}; color: {theme.on_accent}; border-radius: 11px; padding: 4px 14px;"
            " font-weight: 600;"
        )
        self.trained.setStyleSheet(
            f"background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.pooling}; border-radius: 11px;"
            " padding: 4px 12px;"
        )
        self.invitation.setStyleSheet(
            f"QPushButton {{ background: transparent; border: 0; color: {theme.muted}; font-size: 15px; }}"
            f"QPushButton:hover, QPushButton:focus {{ color: {theme.text}; text-decoration: underline; }}"
        )

    def set_empty(self, empty: bool) -> None:
        """Set whether the canvas is empty, which shows the invitation."""
        set_text(self.invitation, self._invitation if empty else "")
        self.place()

    def set_hint(self, text: str) -> None:
        """Show a hint; an empty one hides it."""
        set_text(self.hint, text)
        self.place()

    def set_trained(self, text: str) -> None:
        """Show the notice that the run trains a network other than the drawn network; an empty text hides it."""
        set_text(self.trained, text)
        self.place()

    def make_way(self, taken: int, height: int) -> None:
        """Keep the hint left of ``taken`` pixels at the right, where the minimap is; ``height`` is its height."""
        if (taken, height) != (self._taken, self._taken_height):
            self._taken, self._taken_height = taken, height
            self.place()

    def set_preview(self, text: str) -> None:
        """Show the caption of a preview; an empty text hides it."""
        set_text(self.preview, text)
        self.preview.raise_()
        self.place()

    def place(self) -> None:
        """Place the notes after the canvas has changed its size."""
        width, height = self._parent.width(), self._parent.height()
        room, bottom = width - 2 * FROM_EDGE, height - FROM_EDGE
        fit(self.invitation, room)
        self.invitation.move((width - self.invitation.width()) // 2, height // 2 - self.invitation.height())
        fit(self.hint, room - self._taken)
        self.hint.move(width - FROM_EDGE - self._taken - self.hint.width(), bottom - self.hint.height())
        if self.card is not None:
            covers = self._card_covers_minimap(self.card, room)
            from_edge, taken = (MINIMAP_FROM_EDGE, 0) if covers else (FROM_EDGE, self._taken)
            self.card.move(width - from_edge - taken - self.card.width(), height - from_edge - self.card.height())
        fit(self.trained, room)
        self.trained.move(FROM_EDGE, bottom - self.trained.height())
        for note in (self.hint, self.card):
            if note is not None and not note.isHidden() and self.trained.geometry().intersects(note.geometry()):
                self.trained.move(FROM_EDGE, note.y() - BETWEEN - self.trained.height())
        fit(self.preview, room)
        self.preview.move((width - self.preview.width()) // 2, bottom - self.preview.height())
        # from the lowest up: the caption may come to lie over the next
        shown = [part for part in (self.hint, self.card, self.trained) if part is not None and not part.isHidden()]
        for part in sorted(shown, key=lambda part: -part.geometry().bottom()):
            if self.preview.geometry().intersects(part.geometry()):
                self.preview.move(self.preview.x(), part.y() - BETWEEN - self.preview.height())

    def _card_covers_minimap(self, card: EndCard, room: int) -> bool:
        """Fit the card; returns whether it lies over the minimap, because it would be higher beside the minimap."""
        card.fit(room - self._taken)
        if not self._taken:
            return False
        beside = card.height()
        card.fit(room)
        if beside > card.height() >= self._taken_height:
            return True
        card.fit(room - self._taken)
        return False
