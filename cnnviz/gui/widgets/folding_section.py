"""A part of a panel with a title; a click on the title hides its body or shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.icons import icon

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme


class FoldingSection(QWidget):
    """A ``body`` below a title line, to whose right end :meth:`add_to_head` adds widgets.

    ``folded(bool)`` follows each folding and unfolding: whether the body is hidden.
    """

    folded = Signal(bool)

    def __init__(self, title: str, body: QWidget, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._body = body
        self._theme = theme
        self.title = QToolButton()
        self.title.setText(title)
        self.title.setCheckable(True)
        self.title.setChecked(True)
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setIconSize(QSize(12, 12))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.title.setAccessibleName(title)
        self.title.toggled.connect(self._toggle)
        self._head = QHBoxLayout()
        self._head.setSpacing(3)
        self._head.addWidget(self.title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._head)
        column.addWidget(body)
        self.set_theme(theme)

    def add_to_head(self, widget: QWidget) -> None:
        """Add a widget at the right end of the title line; it is hidden with the body."""
        self._head.addWidget(widget)
        self.folded.connect(lambda folded: widget.setVisible(not folded))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.title.setStyleSheet(
            f"QToolButton {{ background: transparent; border: 1px solid transparent; padding: 2px 0; font-weight: 600;"
            f" color: {theme.muted}; text-align: left; }} QToolButton:focus {{ border-color: {theme.accent}; }}"
        )
        self._show()

    def _toggle(self, unfolded: bool) -> None:
        self._body.setVisible(unfolded)
        self._show()
        self.folded.emit(not unfolded)

    def _show(self) -> None:
        unfolded = self.title.isChecked()
        self.title.setIcon(icon("chevron-down" if unfolded else "chevron-right", self._theme.muted))
        self.title.setToolTip(self.tr("Fold this away") if unfolded else self.tr("Unfold this"))
