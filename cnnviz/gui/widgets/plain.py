"""Safe display of texts from files, sources, paths and exceptions.

Labels, tooltips and message boxes of Qt interpret a text as HTML if it looks like HTML, and then load pictures that it
names. Menus interpret ``&`` as a mnemonic, window titles ``[*]`` as the mark of unsaved changes.
"""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget  # noqa: TID251 # PlainLabel makes it safe


class PlainLabel(QLabel):
    """A label that shows its text literally."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if text:
            self.setText(text)


class RichLabel(QLabel):
    """A label whose text is HTML; texts from elsewhere must pass :func:`html.escape`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)


def literal(text: str) -> str:
    """``text`` escaped for a tooltip or message box, which may interpret HTML."""
    if "<" not in text and "&lt;" not in text:
        return text
    return "<qt>" + escape(text).replace("\n", "<br>") + "</qt>"


def menu_text(text: str) -> str:
    """``text`` escaped for a menu, a button or a tab."""
    return text.replace("&", "&&")


def without_keys(text: str) -> str:
    """The text of a menu or button without the marks of mnemonics."""
    return re.sub("&(.)", r"\1", text)


def title_text(text: str) -> str:
    """``text`` escaped for the title of a window."""
    return text.replace("[*]", "[*][*]")
