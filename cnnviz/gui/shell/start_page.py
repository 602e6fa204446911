"""The start page: the template networks, as cards in a grid that can be searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.gui.language import text
from cnnviz.gui.widgets.cards import CARD, NAME, CardDelegate, card_of
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.searching import rank
from cnnviz.project.templates import MEASURED_ON, TEMPLATES
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.training.estimate import Estimate

COLUMNS, ROWS = 4, 3
AROUND = QSize(40, 110)
"""Size of everything around the grid, in pixels."""
MOVES = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})


class StartPage(QDialog):
    """``chosen(name)`` follows a click or Enter on a card, with the name of a template, or "" for the empty network;
    ``codeAsked`` a click on the button for a network from source code."""

    chosen = Signal(str)
    codeAsked = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New network"))
        self._search = QLineEdit()
        OwnUndo(self._search)
        self._search.setPlaceholderText(self.tr("Search: a name, a layer, a year"))
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName(self.tr("Search for a network"))
        self._search.textChanged.connect(self._filter)
        self._search.installEventFilter(self)
        self.code = QPushButton(self.tr("Paste code …"))
        self.code.setToolTip(self.tr("A network from a program in PyTorch or Keras, which is read and never executed"))
        self.code.setAutoDefault(False)
        self.code.clicked.connect(self._ask_code)
        self._delegate = CardDelegate(theme, self)
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Networks to start from"))
        self._list.setViewMode(QListView.ViewMode.IconMode)
        self._list.setResizeMode(QListView.ResizeMode.Adjust)
        self._list.setMovement(QListView.Movement.Static)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setItemDelegate(self._delegate)
        self._list.itemClicked.connect(self._choose)
        self._list.installEventFilter(self)
        self._nothing = PlainLabel(self.tr("No network matches. Clear the search to see all of them."))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setProperty("role", "muted")
        foot = MutedLabel(
            self.tr(
                "Accuracy on the validation images and time were measured once, on %s."
                " Times that say “here” are estimates for this machine."
            )
            % text(Sentence(MEASURED_ON))
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 10)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(self._search, 1)
        head.addWidget(self.code)
        column.addLayout(head)
        column.addWidget(self._list, 1)
        column.addWidget(self._nothing, 1)
        column.addWidget(foot)
        self._fill()
        self._waiting = list(TEMPLATES)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._prepare_next)
        room = parent.size() - QSize(24, 24)
        size = QSize(CARD.width() * COLUMNS, CARD.height() * ROWS) + AROUND
        self.resize(size.boundedTo(room))
        self._list.setCurrentRow(0)
        self._filter("")

    def tell_times(self, seconds: Callable[[Project, Report], Estimate | None]) -> None:
        """Show how long trainings take on this machine; ``seconds`` returns None where that is unknown."""
        self._delegate.seconds = seconds
        self.update_times()

    def update_times(self) -> None:
        """Show the times again, as they are known now."""
        self._list.viewport().update()

    def names(self) -> list[str]:
        """The names of the visible cards."""
        return [str(item.data(NAME)) for item in self._items() if not item.isHidden()]

    def current(self) -> str | None:
        """The name of the current card, which Enter chooses; None if there is none."""
        item = self._list.currentItem()
        return None if item is None or item.isHidden() else str(item.data(NAME))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass arrow keys from the search to the cards and letters from the cards to the search; Enter chooses in
        both."""
        if event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        assert isinstance(event, QKeyEvent)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self._list.currentItem()
            if item is not None and not item.isHidden():
                self._choose(item)
            return True
        if watched is self._search and event.key() in MOVES:
            self._list.setFocus()
            self._list.keyPressEvent(event)
            return True
        if watched is self._list and event.text().isprintable() and event.text().strip():
            self._search.setFocus()
            self._search.insert(event.text())
            return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QEvent) -> None:
        """Prepare figures and pictures of the cards after the page is shown, one card at a time."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._search.setFocus()
        self._timer.start()

    def hideEvent(self, event: QEvent) -> None:
        """Stop preparing cards."""
        super().hideEvent(event)  # type: ignore[arg-type]
        self._timer.stop()

    def _fill(self) -> None:
        empty = QListWidgetItem(self.tr("Empty network"), self._list)
        empty.setData(NAME, "")
        empty.setToolTip(self.tr("Nothing but a canvas: drag layers onto it, or press / and type their names."))
        for template in TEMPLATES.values():
            item = QListWidgetItem(text(Sentence(template.title)), self._list)
            item.setData(NAME, template.name)
            item.setToolTip(text(Sentence(template.about)))
        for item in self._items():
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, item.toolTip())

    def _prepare_next(self) -> None:
        if not self._waiting:
            self._timer.stop()
            return
        name = self._waiting.pop(0)
        self._delegate.prepare(name)
        item = next(item for item in self._items() if item.data(NAME) == name)
        card = card_of(name)
        parts = item.toolTip().rstrip("."), card.size, card.cost, self._delegate.outcome(name)
        description = ". ".join(part for part in parts if part)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, description)
        self._list.viewport().update(self._list.visualItemRect(item))

    def _filter(self, typed: str) -> None:
        shown, answers = [], []
        for item in self._items():
            answer = rank(typed, f"{item.text()} {item.data(NAME)}", item.toolTip())
            item.setHidden(answer is None)
            if answer is not None:
                shown.append(item)
                answers.append(answer)
        self._list.setVisible(bool(shown))
        self._nothing.setVisible(not shown)
        current = self._list.currentItem()
        if shown and (current is None or current.isHidden() or typed.strip()):
            self._list.setCurrentItem(shown[answers.index(min(answers))])

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(str(item.data(NAME)))
        self.accept()

    def _ask_code(self) -> None:
        self.accept()
        self.codeAsked.emit()

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]
