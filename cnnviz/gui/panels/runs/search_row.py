"""The search field of the Runs tab, and the row above the table: filter, number of runs, and restore button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped
from cnnviz.gui.run.changed_names import listed
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.plain import PlainLabel, literal, menu_text
from cnnviz.runs.names import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cnnviz.gui.panels.runs.model import FoundRuns


LETTERS = 28
"""The most letters of the name of a run on the button."""


class SearchRow(QWidget):
    """The row above the table; the search ``field`` stands beside the tabs, where the place has more room.

    ``changed`` follows another search or filter, ``left`` the keys Down, Enter and Esc, which lead to the table.
    """

    changed = Signal()
    left = Signal()

    def __init__(self, found: FoundRuns) -> None:
        super().__init__()
        self._found = found
        self.needed = False
        """Whether the row must be seen: not all runs are shown, or some can be brought back."""
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search runs"))
        self.field.setAccessibleName(self.tr("Search runs"))
        self.field.setToolTip(self.tr("Show the runs that have each of these words in some column"))
        self.field.setClearButtonEnabled(True)
        self.field.setMinimumWidth(90)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        OwnUndo(self.field)
        self.network = ChoiceBox()
        self.network.setAccessibleName(self.tr("Network"))
        self.network.setToolTip(self.tr("Show the runs of a network only"))
        self.network.addItem(self.tr("all networks"), None)
        self.network.currentIndexChanged.connect(self._filter)
        self.count = PlainLabel()
        self.count.setProperty("role", "muted")
        self.restore = QPushButton()
        # the table must not move when a run is deleted
        policy = self.restore.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.restore.setSizePolicy(policy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.network)
        row.addWidget(self.count)
        row.addWidget(self.restore)
        row.addStretch(1)

    def show_networks(self, networks: Iterable[str]) -> None:
        """Offer these networks in the filter."""
        names = sorted({network for network in networks if network}, key=str.casefold)
        if names == [self.network.itemData(at) for at in range(1, self.network.count())]:
            return
        chosen = self.network.currentData()
        with QSignalBlocker(self.network):
            while self.network.count() > 1:
                self.network.removeItem(1)
            for name in names:
                self.network.addItem(name, name)
            self.network.setCurrentIndex(max(0, self.network.findData(chosen)))
        self.network.setVisible(len(names) > 1)
        self._filter()

    def show_counts(self, shown: int, every: int, deleted: Sequence[str]) -> None:
        """Say how many runs there are, how many of them are shown, and by name which were ``deleted`` last."""
        runs = counted("{count} runs", "1 run", every)
        if self._found.narrowed:
            runs = self.tr("{shown} of {runs}").format(shown=grouped(shown), runs=runs)
        self.count.setText(runs)
        self.restore.setVisible(bool(deleted))
        if deleted:
            self._offer(deleted)
        self.needed = self._found.narrowed or bool(deleted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the search field that lead to the table."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and self.field.text():
                self.field.clear()
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _offer(self, deleted: Sequence[str]) -> None:
        if len(deleted) == 1:
            words = self.tr("Bring back “{name}”").format(name=shortened(deleted[0], LETTERS))
        else:
            words = self.tr("Bring back {count} runs").format(count=grouped(len(deleted)))
        self.restore.setText(menu_text(words))
        tip = self.tr("Bring back what was deleted last (Ctrl+Z in the table): {names}")
        self.restore.setToolTip(literal(tip.format(names=listed(deleted))))

    def _search(self, typed: str) -> None:
        self._found.search(typed)
        self.changed.emit()

    def _filter(self) -> None:
        self._found.set_network(self.network.currentData())
        self.changed.emit()
