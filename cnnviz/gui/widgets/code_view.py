"""A view and editor of source code with syntax colours and marked lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QKeyEvent, QKeySequence, QTextCursor, QTextFormat
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit, QWidget

from cnnviz.gui.widgets.python_colours import PythonColours

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz.gui.theme import Theme

MARK_ALPHA = 52
"""Opacity, 0 to 255, of the background of marked lines."""
TAB = 4
"""Width of a tab, in spaces."""


class CodeView(QPlainTextEdit):
    """``linesChosen(first, last)`` follows when the user moves the cursor or selects lines, counted from 0."""

    linesChosen = Signal(int, int)

    def __init__(self, theme: Theme, *, read_only: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marked: tuple[int, ...] = ()
        self._moves_cursor = False
        """Whether the program moves the cursor at the moment, not the user."""
        self._marks_errors = not read_only
        """Whether marked lines are errors, as in an editor; in a view they belong to the selection."""
        self.setReadOnly(read_only)
        self.setUndoRedoEnabled(not read_only)
        if read_only:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._take_font()
        self._colours = PythonColours(self.document(), theme)
        self.set_theme(theme)
        self.cursorPositionChanged.connect(self._moved)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._colours.set_theme(theme)
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 6px; }}"
            f"QPlainTextEdit:focus {{ border-color: {theme.accent}; }}"
        )
        self._paint_marks()

    def show_text(self, text: str) -> None:
        """Show another text. Unchanged lines at both ends are kept, so that the view does not scroll."""
        old, new = self.toPlainText().split("\n"), text.split("\n")
        if old == new:
            return
        shortest = min(len(old), len(new))
        # the numbers of equal lines at the beginning and at the end
        head = next((line for line in range(shortest) if old[line] != new[line]), shortest)
        tail = next((line for line in range(shortest - head) if old[-1 - line] != new[-1 - line]), shortest - head)
        if head + tail == shortest:
            # lines are inserted or removed: an equal neighbour is replaced too, for the line break beside it
            head, tail = (head - 1, tail) if head else (head, tail - 1)
        self._moves_cursor = True
        cursor = QTextCursor(self.document())
        cursor.setPosition(self.document().findBlockByNumber(head).position())
        end = self.document().findBlockByNumber(len(old) - tail - 1)
        cursor.setPosition(end.position() + end.length() - 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("\n".join(new[head : len(new) - tail]))
        self._moves_cursor = False

    def mark(self, lines: Iterable[int]) -> None:
        """Mark these lines, counted from 0, and no others."""
        self._marked = tuple(dict.fromkeys(lines))
        self._paint_marks()

    def marked(self) -> tuple[int, ...]:
        """The marked lines."""
        return self._marked

    def go_to(self, line: int) -> None:
        """Move the cursor to a line and scroll to it."""
        block = self.document().findBlockByNumber(line)
        if not block.isValid():
            return
        in_view = self.viewport().rect().contains(self.cursorRect(QTextCursor(block)).adjusted(0, 0, 0, -1))
        self._moves_cursor = True
        self.setTextCursor(QTextCursor(block))
        self._moves_cursor = False
        if not in_view:
            self.centerCursor()

    def shows(self, line: int) -> bool:
        """Whether a line is in view."""
        block = self.document().findBlockByNumber(line)
        rect = self.cursorRect(QTextCursor(block))
        return block.isValid() and rect.top() >= 0 and rect.bottom() <= self.viewport().height() + 1

    def event(self, event: QEvent) -> bool:
        """Keep the keys for copying and selecting all, which otherwise are actions of the window."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and (event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.SelectAll))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """If the view is read-only, leave Space to the window."""
        if self.isReadOnly() and event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the application's font size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._take_font()

    def _take_font(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(QApplication.font().pointSizeF())
        self.setFont(font)
        self.setTabStopDistance(TAB * self.fontMetrics().horizontalAdvance(" "))

    def _moved(self) -> None:
        if self._moves_cursor:
            return
        cursor, document = self.textCursor(), self.document()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        # a line at whose beginning the selection ends is not selected
        first, last = (document.findBlock(place).blockNumber() for place in (start, max(start, end - 1)))
        self.linesChosen.emit(first, last)

    def _paint_marks(self) -> None:
        ink = QColor(self._theme.error if self._marks_errors else self._theme.accent)
        ink.setAlpha(MARK_ALPHA)
        marks = []
        for line in self._marked:
            block = self.document().findBlockByNumber(line)
            if block.isValid():
                mark = QTextEdit.ExtraSelection()
                mark.cursor = QTextCursor(block)
                mark.format.setBackground(ink)
                mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                marks.append(mark)
        self.setExtraSelections(marks)
