"""Texts that come from files, sources, paths and exceptions: Qt shows them as they are, and opens nothing for them.

Labels, tooltips and questions of Qt take a text for HTML where it looks like that, and then load the pictures that it
names. Menus take ``&`` for a key, titles ``[*]`` for the sign of unsaved changes.
"""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget  # noqa: TID251 # here it is made safe


class PlainLabel(QLabel):
    """A label that shows its text as it is."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if text:
            self.setText(text)


class RichLabel(QLabel):
    """A label whose text is HTML; what comes from elsewhere has to go through :func:`html.escape`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)


def literal(text: str) -> str:
    """``text`` for a tooltip or a question, which take HTML as well."""
    if "<" not in text and "&lt;" not in text:
        return text
    return "<qt>" + escape(text).replace("\n", "<br>") + "</qt>"


def menu_text(text: str) -> str:
    """``text`` for a menu, a button or a tab."""
    return text.replace("&", "&&")


def without_keys(text: str) -> str:
    """The text of a menu or button as it is read: without the marks of keys."""
    return re.sub("&(.)", r"\1", text)


def title_text(text: str) -> str:
    """``text`` for the title of a window."""
    return text.replace("[*]", "[*][*]")
