"""The command palette: a search for actions, layers, settings and kinds of damage by some letters of their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.language import text
from cnnviz.gui.panels.sample.damage_kinds import KINDS as DAMAGES
from cnnviz.gui.widgets.nothing_found import NothingFound
from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.plain import without_keys
from cnnviz.network.layers import KINDS
from cnnviz.parameters import parameters_of, title
from cnnviz.project.recipe import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cnnviz.gui.actions import Actions
    from cnnviz.gui.theme import Theme
    from cnnviz.network.graph import Network
    from cnnviz.project.recipe import Recipe

WIDTH, HEIGHT, ROW, FROM_TOP = 560, 420, 26, 46
"""Of the palette, of an entry, and above the palette, in pixels."""
CONTIGUOUS, AT_BEGIN, AT_WORD = 1000.0, 500.0, 300.0
"""The score of a contiguous match, and what is added at the beginning of the text, and of a word in it."""
WORD_BEGIN, GAP, LETTER = 20.0, 10.0, 0.1
"""In the score of other matches, a letter that begins a word and a gap; and what each letter of the text takes off."""
NOT_IN_TITLE = 400.0
"""What is taken off a score if only title and place together match."""
ENTRY = Qt.ItemDataRole.UserRole
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Entry:
    """An entry of the palette: its name, its menu or family, its shortcut, and the function that it runs."""

    title: str
    place: str
    keys: str
    run: Callable[[], object]
    enabled: bool = True


def action_entries(actions: Actions[Any]) -> list[Entry]:
    """An entry for each command."""
    commands = []
    for spec in actions.specs:
        action = actions[spec.id]
        menu = without_keys(QCoreApplication.translate("actions", spec.menu))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        commands.append(Entry(_plain(action.text()), menu, keys, action.trigger, action.isEnabled()))
    return commands


def layer_entries(network: Network, add: Callable[[str], object], go_to: Callable[[str], object]) -> list[Entry]:
    """Entries that go to each layer of the network, and entries that add a layer of each kind."""
    translate = QCoreApplication.translate
    going = [
        Entry(name, translate("CommandPalette", "Go to {0}").format(network[name].kind), "", _call(go_to, name))
        for name in network.order
    ]
    place = translate("CommandPalette", "Layers")
    adding = [Entry(translate("CommandPalette", "Add {0}").format(kind), place, "", _call(add, kind)) for kind in KINDS]
    return [*adding, *going]


def damage_entries(show: Callable[[str], object]) -> list[Entry]:
    """Entries that show the slider of each kind of damage to the sample."""
    translate = QCoreApplication.translate
    place = translate("CommandPalette", "Damage the sample")
    return [Entry(translate("damage", kind.name), place, "", _call(show, kind.field)) for kind in DAMAGES]


def recipe_entries(recipe: Recipe, show: Callable[[str], object]) -> list[Entry]:
    """An entry for each setting, enabled if the recipe uses it."""
    translate = QCoreApplication.translate
    place = translate("CommandPalette", "Recipe")
    split = [parameter.name for parameter in parameters_of(DatasetChoice)]
    return [
        Entry(text(title(name)).capitalize(), place, "", _call(show, name), name in recipe.uses or name in split)
        for name in (*SETTINGS, *split)
    ]


def score(typed: str, title: str) -> float | None:
    """How well ``title`` matches what was typed, higher is better; None if its letters do not occur in this order.

    A contiguous match counts most, above all at the beginning of a word; else fewer gaps between the letters are
    better.
    """
    letters, text = typed.casefold().strip(), title.casefold()
    if not letters:
        return 0.0
    at = text.find(letters)
    if at >= 0:
        begins_word = at == 0 or not text[at - 1].isalnum()
        bonus = AT_BEGIN if at == 0 else AT_WORD if begins_word else 0.0
        return CONTIGUOUS + bonus - at - LETTER * len(text)
    position, gaps, word_begins = -1, 0, 0
    for letter in letters.replace(" ", ""):
        following = text.find(letter, position + 1)
        if following < 0:
            return None
        word_begins += following == 0 or not text[following - 1].isalnum()
        gaps += following > position + 1
        position = following
    return WORD_BEGIN * word_begins - GAP * gaps - LETTER * len(text)


def ranked(entries: Sequence[Entry], typed: str) -> list[Entry]:
    """The matching entries, best first; equally good ones keep their order."""
    scored = [(score(typed, f"{entry.title} {entry.place}"), score(typed, entry.title), entry) for entry in entries]
    found = [
        (title if title is not None else with_place - NOT_IN_TITLE, entry)
        for with_place, title, entry in scored
        if with_place is not None
    ]
    return [entry for _, entry in sorted(found, key=lambda match: -match[0])]


class _Delegate(QStyledItemDelegate):
    """Paints an entry: the name on the left, its place behind it in a muted colour, the shortcut on the right."""

    def __init__(self, theme: Theme, entries: QListWidget) -> None:
        super().__init__(entries)
        self.theme = theme
        self._list = entries

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Qt asks how high an entry is."""
        return QSize(80, max(ROW, option.fontMetrics.height() + 9))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Qt asks to paint an entry."""
        entry: Entry = index.data(ENTRY)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        # Qt selects no disabled entry, but the keys lead to it too
        current = index.row() == self._list.currentRow()
        if current or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            ink = QColor(self.theme.line)
            ink.setAlpha(255 if current else 110)
            painter.setBrush(ink)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 5, 5)
        inner = rect.adjusted(10, 0, -10, 0)
        painter.setPen(QColor(self.theme.text if entry.enabled else self.theme.muted))
        painter.drawText(inner, int(LEFT), entry.title)
        painter.setPen(QColor(self.theme.muted))
        place_from = option.fontMetrics.horizontalAdvance(entry.title) + 12
        keys_width = option.fontMetrics.horizontalAdvance(entry.keys) + 8 if entry.keys else 0
        place = option.fontMetrics.elidedText(
            entry.place, Qt.TextElideMode.ElideRight, round(inner.width() - place_from - keys_width)
        )
        painter.drawText(inner.adjusted(place_from, 0, -keys_width, 0), int(LEFT), place)
        painter.setPen(QColor(self.theme.accent if entry.enabled else self.theme.muted))
        painter.drawText(inner, int(RIGHT), entry.keys)
        painter.restore()


class CommandPalette(QFrame):
    """A field and a list over the window. Enter or a click runs the chosen entry, Esc closes the palette."""

    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._entries: list[Entry] = []
        self._focus: QWidget | None = None
        self.setObjectName("commandPalette")
        self.setAccessibleName(self.tr("Command palette"))
        self.field = QLineEdit(self)
        OwnUndo(self.field)
        self.field.setPlaceholderText(self.tr("What do you want to do? Type a few letters"))
        self.field.setAccessibleName(self.tr("Name of a command or layer"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Matching commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = NothingFound(self.list)
        self._delegate = _Delegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self._choose())
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._delegate.theme = theme
        self.setStyleSheet(
            f"#commandPalette {{ background: {theme.raised}; border: 1px solid {theme.accent}; border-radius: 8px; }}"
        )

    def open(self, entries: Iterable[Entry]) -> None:
        """Show the palette with these entries and an empty field."""
        self._entries = list(entries)
        self._focus = QApplication.focusWidget()
        width, height = min(WIDTH, self._window.width() - 32), min(HEIGHT, self._window.height() - FROM_TOP - 16)
        self.setGeometry((self._window.width() - width) // 2, FROM_TOP, width, height)
        self.field.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.field.setFocus()

    def titles(self) -> list[str]:
        """The names in the list, from the top."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field: Enter chooses, Up, Down, Tab and the page keys move through the list, Esc closes."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            page = max(1, self.list.viewport().height() // ROW - 1)
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: page,
                Qt.Key.Key_PageUp: -page,
                Qt.Key.Key_Tab: 1,
                Qt.Key.Key_Backtab: -1,
            }
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
            elif event.key() == Qt.Key.Key_Escape:
                self._close()
            elif event.key() in steps:
                row = self.list.currentRow() + steps[Qt.Key(event.key())]
                self.list.setCurrentRow(min(self.list.count() - 1, max(0, row)))
            else:
                return False
            return True
        if (
            isinstance(event, QFocusEvent)
            and event.type() == QEvent.Type.FocusOut
            and event.reason() != Qt.FocusReason.ActiveWindowFocusReason
        ):
            self._close()
        return False

    def _filter(self, typed: str) -> None:
        self.list.clear()
        for entry in ranked(self._entries, typed):
            item = QListWidgetItem(entry.title, self.list)
            item.setData(ENTRY, entry)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, f"{entry.place} {entry.keys}".strip())
            if not entry.enabled:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.setCurrentRow(0)
        self.nothing.follow()

    def _choose(self) -> None:
        item = self.list.currentItem()
        entry: Entry | None = None if item is None else item.data(ENTRY)
        if entry is not None and entry.enabled:
            self._close()
            entry.run()

    def _close(self) -> None:
        if self.isVisible():
            self.hide()
            # the field that had the focus may have been deleted with its layer
            if self._focus is not None and isValid(self._focus) and self._focus.isVisible():
                self._focus.setFocus()
            self._focus = None
            self.closed.emit()


def _call(act: Callable[[str], object], name: str) -> Callable[[], object]:
    return lambda: act(name)


def _plain(text: str) -> str:
    return without_keys(text).removesuffix("…").strip()
