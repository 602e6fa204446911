"""The glossary, and the way to it from each word: the menu of the right button, and F1 over it."""

from __future__ import annotations

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

from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.plain import PlainLabel, menu_text
from cnnviz.gui.widgets.searching import rank
from cnnviz.gui.widgets.terms import TERMS

TERM = "term"
"""The property of a widget with the word that it shows."""


class Glossary(QDialog):
    """The words at the left, what the chosen one means beside them; a search goes through both."""

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
        """Show what a word means; an unknown or empty one leaves what is chosen."""
        self.search.clear()
        for place, word in enumerate(TERMS):
            if word == term:
                self.words.setCurrentRow(place)

    def _filter(self, typed: str) -> None:
        found = []
        for place in range(self.words.count()):
            item = self.words.item(place)
            answer = rank(typed, item.text(), item.data(Qt.ItemDataRole.AccessibleDescriptionRole))
            item.setHidden(answer is None)
            if answer is not None:
                found.append((answer, place))
        if typed.strip() and found:
            self.words.setCurrentRow(min(found)[1])
        elif not found:
            self._word.setText(self.tr("Nothing found"))
            self.meaning.setText("")

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._word.setText(item.text())
            self.meaning.setText(item.data(Qt.ItemDataRole.AccessibleDescriptionRole))


def open_glossary(window: QWidget, term: str = "") -> Glossary:
    """The glossary of a window at a word."""
    found = window.findChild(Glossary)
    glossary = found if isinstance(found, Glossary) else Glossary(window)
    glossary.show_term(term)
    glossary.show()
    glossary.raise_()
    glossary.activateWindow()
    return glossary


def explain(widget: QWidget, term: str = "") -> None:
    """Lead from a widget that shows the word ``term``, or from the titles of a header, to the glossary."""
    shown = widget.viewport() if isinstance(widget, QHeaderView) else widget
    shown.setProperty(TERM, term)
    shown.installEventFilter(_Explained(shown))


def term_at(widget: QWidget | None, at: QPoint) -> str:
    """The word that a widget or one of its parents shows at a point of the screen; empty if there is none."""
    while widget is not None:
        header = widget.parent()
        if isinstance(header, QHeaderView) and widget.property(TERM) is not None:
            section = header.logicalIndexAt(widget.mapFromGlobal(at))
            title = header.model().headerData(section, header.orientation()) if section >= 0 else None
            return title if isinstance(title, str) and title in TERMS else ""
        if term := widget.property(TERM):
            return str(term)
        widget = widget.parentWidget()
    return ""


def term_under_pointer() -> str:
    """The word of the widget below the pointer; without one, that of the widget with the keyboard focus."""
    at = QCursor.pos()
    return term_at(QApplication.widgetAt(at), at) or term_at(QApplication.focusWidget(), at)


class _Explained(QObject):
    """Gives a widget a menu of the right button that leads to its word."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the right button, or the key for it."""
        if not isinstance(event, QContextMenuEvent) or not isinstance(watched, QWidget):
            return False
        term = term_at(watched, event.globalPos())
        if not term:
            return False
        menu = QMenu(watched)
        said = QCoreApplication.translate("terms", term)
        menu.addAction(self.tr("What is “%s”?") % menu_text(said), lambda: open_glossary(watched.window(), term))
        if (kept := _menu_around(watched)) is not None:
            menu.addSeparator()
            kept.enable()
            menu.addActions(kept.actions())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
        return True


def _menu_around(widget: QWidget | None) -> PictureMenu | None:
    """The menu of the panel that a widget is in."""
    while widget is not None:
        found = widget.findChild(PictureMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if isinstance(found, PictureMenu):
            return found
        widget = widget.parentWidget()
    return None
