"""A language that shows what is not translated: every letter of a translated text becomes an accented one.

Words with plain letters have not passed the translation. Names of layers and files, code and units may have them.
Numbers are written with the separators of Arabic, so that one with a point or a comma is not written by the language.
"""

from __future__ import annotations

import re
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QLocale, QModelIndex, QObject, Qt, QTranslator
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsItem,
    QGraphicsView,
    QGroupBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QStatusBar,
    QTabBar,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

from cnnviz.gui.widgets.plain import PlainLabel, RichLabel
from cnnviz.resources import resource

ACCENTED = str.maketrans(
    ascii_lowercase + ascii_uppercase,
    "åƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž" + "ÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ",
)
NUMBERS = QLocale("ar_EG")
KEPT = re.compile(r"\{[^{}]*\}|%[sdg%]|<[^<>]*>")
"""Fields and marks of formatting, which a translator leaves as they are."""


class Marking(QTranslator):
    """Translates what the file for translators holds, and what Qt itself says, into accented English."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known = {
            (context.findtext("name") or "", message.findtext("source") or "")
            for context in ET.parse(resource("translations/cnnviz_en.ts")).iter("context")
            for message in context.iter("message")
        }

    def translate(self, context: str, text: str, _disambiguation: str | None = None, _n: int = -1) -> str | None:
        """Qt: the text with accents; None where it has no translation."""
        known = (context, text) in self._known or context.startswith("Q")
        return _marked(text) if known else None

    def isEmpty(self) -> bool:
        """Qt: it knows every text."""
        return False


@cache
def _marked(text: str) -> str:
    parts, end = [], 0
    for kept in KEPT.finditer(text):
        parts += [_accented(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _accented(text[end:])])


def _accented(text: str) -> str:
    return re.sub(r"(?<=\d)\.(?=\d)", NUMBERS.decimalPoint(), text.translate(ACCENTED))


WORD = re.compile(r"(?<!\w)[A-Za-z][A-Za-z0-9_]+")
"""A single letter is a key or a symbol of a formula."""
NUMBER = re.compile(r"\d[.,]\d[\w.,]*")
"""A number that is written as in English."""
UNSEEN = re.compile(r"&[a-z]+;|\u200b|\w*…\w*")
"""What breaks a word, and words of which the middle is left out."""
TAG = re.compile(r"<[^<>]*>")
SYMBOL = re.compile(r"label|log|loss|max|pixel|p\d+")
"""Words in formulas; a probability has the number of its class."""
FORMULAS = ("RichLabel", "SteadyText")
"""Widgets that show formulas."""


class Texts:
    """All texts that were seen, each with the first place where it was."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self.names: set[str] = set()
        """Words that are no language."""
        self.quoted: set[str] = set()
        """Texts and parts of texts that are no language of this program."""

    def add(self, place: str, text: str) -> None:
        """Remember a text."""
        if text:
            self.seen.setdefault(text, place)

    def plain(self) -> list[str]:
        """The texts with words that were not translated."""
        found = []
        for text, place in self.seen.items():
            said = TAG.sub(" ", UNSEEN.sub("", text))
            for quoted in sorted(self.quoted, key=len, reverse=True):
                said = said.replace(quoted, "")
            words = [word for word in (*WORD.findall(said), *NUMBER.findall(said)) if word not in self.names]
            if place in FORMULAS and " = " in text:
                words = [word for word in words if SYMBOL.fullmatch(word) is None]
            if words:
                found.append(f"{place}: {text!r} ({', '.join(words)})")
        return found

    def watch_painting(self) -> None:
        """Look at what Python paints, too."""
        draw: Callable[..., Any] = QPainter.drawText

        def seen(painter: QPainter, *arguments: Any) -> Any:
            for one in arguments:
                if isinstance(one, str):
                    self.add("painted", one)
            return draw(painter, *arguments)

        QPainter.drawText = seen  # type: ignore[method-assign, assignment]

    def look(self, qt: QApplication) -> None:
        """Look at everything that there is."""
        for root in qt.topLevelWidgets():
            if root.parentWidget() is None and root.isVisible():
                for widget in _parts(root):
                    self._read(widget)

    def _read(self, widget: QWidget) -> None:
        name = type(widget).__name__
        for text in texts_of(widget):
            self.add(name, text)
        if widget.isWindow() and widget.isVisible():
            widget.grab()


def _parts(widget: QWidget) -> Iterator[QWidget]:
    """A widget and all that is in it, shown or not. The menu that each plot of pyqtgraph makes is switched off."""
    if isinstance(widget, QMenu) and widget.title() == "Plot Options":
        return
    yield widget
    for part in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        yield from _parts(part)


def texts_of(widget: QWidget) -> Iterator[str]:
    """What a widget says, and what stands in it, but for what the user typed."""
    yield from (widget.windowTitle(), widget.toolTip(), widget.statusTip(), widget.whatsThis())
    yield from (widget.accessibleName(), widget.accessibleDescription())
    for action in widget.actions():
        yield from (action.text(), action.toolTip(), action.statusTip())
    if isinstance(widget, PlainLabel | RichLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    if isinstance(widget, QGroupBox | QMenu):
        yield widget.title()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    if isinstance(widget, QTabBar):
        for index in range(widget.count()):
            yield from (widget.tabText(index), widget.tabToolTip(index), widget.accessibleTabName(index))
    if isinstance(widget, QStatusBar):
        yield widget.currentMessage()
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from _texts_of_model(widget.model())
    if isinstance(widget, QGraphicsView) and widget.scene() is not None:
        for item in widget.scene().items():
            yield from _texts_of_item(item)


def _texts_of_model(model: QAbstractItemModel) -> Iterator[str]:
    roles = (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.AccessibleDescriptionRole,
    )
    for column in range(model.columnCount() if isinstance(model, QAbstractTableModel) else 1):
        for role in roles:
            yield str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
        for row in range(model.rowCount()):
            index: QModelIndex = model.index(row, column)
            yield from (data for role in roles if isinstance(data := index.data(role), str))


def _texts_of_item(item: QGraphicsItem) -> Iterator[str]:
    yield item.toolTip()
    for method in ("explanation", "toPlainText"):
        if hasattr(item, method):
            yield getattr(item, method)()
