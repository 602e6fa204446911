"""A path of names, of which all but the last can be clicked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.widgets.plain import PlainLabel, menu_text

if TYPE_CHECKING:
    from collections.abc import Sequence

BACK = "padding: 1px 4px; border-color: transparent; background: transparent;"
HERE = BACK + "font-weight: 600; color: palette(text);"
"""The style sheets of parts that lead back, and of the present place."""


class PathLine(QWidget):
    """``Network › conv2 › map 17 › (4, 9)``; ``chosen(number)`` follows a click on a part."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[str, ...] = ()
        self._buttons: list[QToolButton] = []
        self._signs: list[PlainLabel] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)

    def parts(self) -> tuple[str, ...]:
        """The names from the left."""
        return self._parts

    def buttons(self) -> list[QToolButton]:
        """The buttons of the parts, from the left."""
        return self._buttons[: len(self._parts)]

    def show_parts(self, parts: Sequence[str]) -> None:
        """Show a path; its last name is the present place."""
        if tuple(parts) == self._parts:
            return
        before, self._parts = self._parts, tuple(parts)
        while len(self._buttons) < len(parts):
            self._add()
        for index, (sign, button) in enumerate(zip(self._signs, self._buttons, strict=True)):
            used = index < len(parts)
            # setting a style sheet is expensive, and a sweep changes the last part 30 times a second
            if len(before) == len(parts) and (not used or before[index] == parts[index]):
                continue
            button.setVisible(used)
            sign.setVisible(used and index > 0)
            if used:
                name, is_last = parts[index], index == len(parts) - 1
                button.setText(menu_text(name))
                button.setAccessibleName(self.tr("Here: {name}").format(name=name) if is_last else name)
                button.setToolTip("" if is_last else self.tr("Go back to {name}").format(name=name))
                button.setEnabled(not is_last)
                if button.styleSheet() != (style := HERE if is_last else BACK):
                    button.setStyleSheet(style)

    def _add(self) -> None:
        sign = PlainLabel("›")
        sign.setProperty("role", "muted")
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.clicked.connect(partial(self.chosen.emit, len(self._buttons)))
        self._signs.append(sign)
        self._buttons.append(button)
        self._row.addWidget(sign)
        self._row.addWidget(button)
