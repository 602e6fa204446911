"""The glossary, and how widgets lead to it: by their context menu, and by F1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QCursor
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from cnnviz.gui.widgets.front import show_in_front
from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.plain import PlainLabel, menu_text
from cnnviz.gui.widgets.searching import rank
from cnnviz.gui.widgets.terms import TERMS

if TYPE_CHECKING:
    from collections.abc import Callable

TERM = "term"
"""The widget property that holds the glossary term of the widget, or a function that gives it for a point in it."""


class Glossary(QDialog):
    """Shows the terms at the left and the explanation of the chosen term beside them; a search covers both."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Glossary"))
        self.resize(640, 420)
        self.search = QLineEdit()
        OwnUndo(self.search)
        self.search.setPlaceholderText(self.tr("Search the words and what they mean"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.words = QListWidget()
        self.words.setAccessibleName(self.tr("Words"))
        self.words.setMaximumWidth(190)
        self.words.currentItemChanged.connect(lambda item, _: self._show(item))
        self._word = PlainLabel()
        self._word.setStyleSheet("font-size: 14pt; font-weight: 600")
        self.meaning = PlainLabel()
        self.meaning.setWordWrap(True)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.meaning.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for word, text in TERMS.items():
            item = QListWidgetItem(QCoreApplication.translate("terms", word), self.words)
            item.setData(Qt.ItemDataRole.UserRole, word)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, QCoreApplication.translate("terms", text))
        beside = QVBoxLayout()
        beside.addWidget(self._word)
        beside.addWidget(self.meaning, 1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.words)
        row.addLayout(beside, 1)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(self.search)
        column.addLayout(row, 1)
        self.words.setCurrentRow(0)

    def show_term(self, term: str) -> None:
        """Show a term; an unknown or empty one changes nothing."""
        self.search.clear()
        for row, word in enumerate(TERMS):
            if word == term:
                self.words.setCurrentRow(row)

    def _filter(self, typed: str) -> None:
        matches = []
        for row in range(self.words.count()):
            item = self.words.item(row)
            match = rank(typed, item.text(), item.data(Qt.ItemDataRole.AccessibleDescriptionRole))
            item.setHidden(match is None)
            if match is not None:
                matches.append((match, row))
        if not matches:
            self._word.setText(self.tr("Nothing found"))
            self.meaning.setText("")
            return
        if typed.strip():
            _, best_row = min(matches)
            self.words.setCurrentRow(best_row)
        # the current word may be the same as before nothing was found
        self._show(self.words.currentItem())

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._word.setText(item.text())
            self.meaning.setText(item.data(Qt.ItemDataRole.AccessibleDescriptionRole))


def open_glossary(window: QWidget, term: str = "") -> Glossary:
    """Open the glossary of a window at a term."""
    found = window.findChild(Glossary)
    glossary = found if isinstance(found, Glossary) else Glossary(window)
    glossary.show_term(term)
    show_in_front(glossary)
    return glossary


def explain(widget: QWidget, term: str | Callable[[QPoint], str] = "", *, menu: bool = True) -> None:
    """Connect a widget with a glossary term, or with a function that gives the term for a point of the widget; the
    sections of a header have their titles as terms. A widget with a context menu of its own has no ``menu``: F1 leads
    from it to the term."""
    shown = widget.viewport() if isinstance(widget, QHeaderView) else widget
    shown.setProperty(TERM, term)
    if menu:
        shown.installEventFilter(_TermMenu(shown))


def term_at(widget: QWidget | None, point: QPoint) -> str:
    """The term of a widget, or of one of its parents, at a point of the screen; empty if there is none."""
    while widget is not None:
        header = widget.parent()
        if isinstance(header, QHeaderView) and widget.property(TERM) is not None:
            section = header.logicalIndexAt(widget.mapFromGlobal(point))
            title = header.model().headerData(section, header.orientation()) if section >= 0 else None
            return title if isinstance(title, str) and title in TERMS else ""
        if term := widget.property(TERM):
            return str(term(widget.mapFromGlobal(point)) if callable(term) else term)
        widget = widget.parentWidget()
    return ""


def term_under_pointer() -> str:
    """The term of the widget under the pointer, else of the widget with the focus."""
    point = QCursor.pos()
    return term_at(QApplication.widgetAt(point), point) or term_at(QApplication.focusWidget(), point)


class _TermMenu(QObject):
    """Adds a context menu to a widget, which leads to its term."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the menu for the right button or the menu key."""
        if not isinstance(event, QContextMenuEvent) or not isinstance(watched, QWidget):
            return False
        term = term_at(watched, event.globalPos())
        if not term:
            return False
        menu = QMenu(watched)
        translated = QCoreApplication.translate("terms", term)
        menu.addAction(self.tr("What is “%s”?") % menu_text(translated), lambda: open_glossary(watched.window(), term))
        if (picture_menu := _menu_around(watched)) is not None:
            menu.addSeparator()
            picture_menu.enable()
            menu.addActions(picture_menu.actions())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
        return True


def _menu_around(widget: QWidget | None) -> PictureMenu | None:
    """The picture menu of the panel that contains a widget; None if there is none."""
    while widget is not None:
        found = widget.findChild(PictureMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if isinstance(found, PictureMenu):
            return found
        widget = widget.parentWidget()
    return None
