"""A place of the window: a frame with a title line and a body."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.gui.widgets.steady_label import CountingLabel

BESIDE, AROUND, LOW_AROUND = 10, 8, 4
"""Margins of a place in pixels: at both sides; above and below; above and below in a low window."""
BESIDE_TEXT = 11
"""Pixels above and below the text of a button in a title line, with its border."""
LEAST = 112
"""The least height of the bottom place's body while the bar is visible, in pixels; the places above shrink for it."""


class Place(QFrame):
    """A frame with a title line and a body; a double click on the title line enlarges it.

    A place whose body has tabs needs no title line: its tab bar takes the double clicks.
    """

    enlarge = Signal()

    def __init__(self, title: str, body: QWidget, tabs: QTabBar | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("place", True)
        self.setAccessibleName(title)
        self.title = PlainLabel(title)
        self.title.setProperty("role", "title")
        self.past = CountingLabel()
        self.past.setProperty("role", "past")
        self.past.hide()
        self.before = PlainLabel()
        self.before.setProperty("role", "changed")
        self.before.setToolTip(
            self.tr("What is shown here belongs to the network as it was trained, not to the changed one.")
        )
        self.before.hide()
        self.head = QWidget()
        handle: QWidget = tabs or self.head
        handle.installEventFilter(self)
        handle.setToolTip(self.tr("Double-click to enlarge this place, and again to restore it"))
        self.row = QHBoxLayout(self.head)
        self.row.setContentsMargins(2, 0, 2, 0)
        self.row.setSpacing(8)
        self.row.addWidget(self.title)
        self.row.addWidget(self.past)
        self.row.addWidget(self.before)
        self.row.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._low = False
        self._kept = 0
        """Pixels that are kept free at the lower edge."""
        self._set_margins()
        self._layout.setSpacing(6)
        self._layout.addWidget(self.head)
        self.head.setVisible(tabs is None)
        self._layout.addWidget(body, 1)
        self._body = body

    def take_focus(self) -> bool:
        """Give the keyboard to the first part of the body that Tab reaches; returns whether there is one."""
        part = self._body.nextInFocusChain()
        while part is not None and part is not self._body:
            reached = Qt.FocusPolicy.TabFocus in part.focusPolicy() and part.isVisible() and part.isEnabled()
            if reached and self._body.isAncestorOf(part):
                part.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
            part = part.nextInFocusChain()
        return False

    def add_to_head(self, widget: QWidget) -> None:
        """Add a widget at the right end of the title line."""
        self.row.addWidget(widget)

    def show_past(self, text: str) -> None:
        """Have a coloured frame and say ``text`` beside the title: a recorded moment is shown. Empty: the present."""
        self.past.setText(text)
        self.past.setVisible(bool(text))
        restyle(self, "past", bool(text))

    def show_before(self, text: str) -> None:
        """Say ``text`` beside the title: the network has changed since it was trained. Empty: it has not."""
        self.before.setText(text)
        self.before.setVisible(bool(text))

    def make_way(self, pixels: int, *, grow: bool = True) -> None:
        """Keep ``pixels`` at the lower edge of the body free; with ``grow`` the place becomes higher if too little is
        left."""
        self._kept = pixels
        upper, bottom = self._set_margins()
        least = max(self._layout.totalMinimumSize().height() - bottom, upper + LEAST + bottom)
        self.setMinimumHeight(least if pixels and grow else 0)

    def set_low(self, low: bool) -> None:
        """Have smaller margins in a low window."""
        if low != self._low:
            self._low = low
            self._set_margins()

    def _set_margins(self) -> tuple[int, int]:
        """Set the margins; returns the upper and the lower one."""
        around = LOW_AROUND if self._low else AROUND
        # the bar has a margin of its own
        bottom = max(around, self._kept)
        # a line without buttons is as high as one with buttons, so that the titles of all places are on one line
        self.head.setMinimumHeight(0 if self._low else self.fontMetrics().height() + BESIDE_TEXT)
        self._layout.setContentsMargins(BESIDE, around, BESIDE, bottom)
        return around, bottom

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle double clicks on the title line."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonDblClick:
            self.enlarge.emit()
            return True
        return super().eventFilter(watched, event)
