"""The dialog of an import: which weights of a file go where in which network, before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnnviz.files import shown
from cnnviz.gui.document.sentences import layers, parameters
from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped
from cnnviz.gui.run.importing import Importer, Opened, Target
from cnnviz.gui.shell.dialog_parts import cancel_and
from cnnviz.gui.shell.import_rows import Row, headline, network_rows, remainder, rows
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.plain import PlainLabel, literal
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.gui.theme import Theme
    from cnnviz.imports.imported import Imported
    from cnnviz.imports.weights.prepared import Prepared
    from cnnviz.sentence import Sentence

ROW = 22
"""The height of a row of the table, in pixels."""
MARGIN = 4
"""The room above and below a text of several lines, in pixels."""
MOST_TALL = 100
"""How many rows may be as tall as their text; to measure them takes time."""
STORED, DONE = 0, 3
"""The columns of the name in the file and of what is done."""
WIDTHS = (230, 230, 90)
"""The widths of the columns before the last, in pixels."""
SIZE, IN_WINDOW = (900, 620), 60
"""Width and height in pixels; the dialog is at least IN_WINDOW pixels narrower and lower than its window."""


class ImportDialog(QDialog):
    """Shows what ``importer`` opens; ``added(Added)`` follows when the weights are in the library."""

    added = Signal(object)

    def __init__(self, path: Path, importer: Importer, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._importer, self._theme = importer, theme
        self._opened: Opened | None = None
        self.setWindowTitle(self.tr("Import"))
        self.name = PlainLabel(shown(path.name))
        self.name.setStyleSheet("font-weight: 600")
        self.kind = _muted("")
        self.into, self.target = PlainLabel(self.tr("Into")), ChoiceBox()
        self.target.setAccessibleName(self.tr("The network that gets the weights"))
        self.target.addItem(self.tr("The network on screen"), "")
        for template in TEMPLATES.values():
            self.target.addItem(template.title, template.name)
        self.target.activated.connect(lambda _: self._choose())
        self.headline = PlainLabel(self.tr("Reading …"))
        self.headline.setStyleSheet("font-size: 15pt; font-weight: 600")
        self.remainder = _muted("")
        self.head = ChoiceBox()
        self.head.setAccessibleName(self.tr("The last layer"))
        self.head.addItem("", False)
        self.head.addItem("", True)
        self.head.activated.connect(lambda _: self._choose())
        self._head = _row(PlainLabel(self.tr("Last layer")), self.head)
        self._head.hide()
        self.table = _table(
            (self.tr("In the file"), self.tr("In the network"), self.tr("Shape"), self.tr("What is done")),
            self.tr("What of the file goes where"),
        )
        self.notes = _muted("")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        buttons, self.accept_button = cancel_and(self.tr("Import"))
        buttons.accepted.connect(self._add)
        buttons.rejected.connect(self.reject)
        top = QHBoxLayout()
        top.addWidget(self.name)
        top.addWidget(self.kind, 1)
        top.addWidget(self.into)
        top.addWidget(self.target)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addLayout(top)
        for part in (self.progress, self.headline, self.remainder, self._head):
            column.addWidget(part)
        column.addWidget(self.table, 1)
        column.addWidget(self.notes)
        column.addWidget(buttons)
        room = parent.size()
        self.resize(min(SIZE[0], room.width() - IN_WINDOW), min(SIZE[1], room.height() - IN_WINDOW))
        importer.opened.connect(self.show_opened)
        importer.failed.connect(self._show_failure)
        importer.progress.connect(self._show_progress)
        importer.added.connect(self._finish)
        self._read()
        importer.open()

    def show_opened(self, opened: Opened) -> None:
        """Show what of the file goes where."""
        self._opened = opened
        self.progress.hide()
        self.target.setEnabled(True)
        self.target.setCurrentIndex(max(0, self.target.findData(opened.target.template)))
        if opened.prepared is not None:
            self._show_plan(opened.prepared)
        elif opened.imported is not None:
            self._show_network(opened.imported)

    def reject(self) -> None:
        """Stop reading, and close."""
        self._importer.cancel()
        super().reject()

    def _show_plan(self, prepared: Prepared) -> None:
        plan, file, head = prepared.plan, prepared.file, prepared.head
        self.kind.setText(f"{file.format} · {self.tr('%s tensors') % grouped(len(file.tensors))}")
        self.headline.setText(headline(plan))
        self.remainder.setText(remainder(plan))
        self.remainder.setVisible(bool(plan.missing))
        self._head.setVisible(head is not None)
        if head is not None:
            self.head.setItemText(0, self.tr("a new one, for %s classes") % grouped(head.network_classes))
            self.head.setItemText(1, self.tr("that of the file, for %s classes") % grouped(head.file_classes))
            self.head.setCurrentIndex(int(prepared.file_head))
        self._show_notes(prepared.notes)
        self._fill(rows(plan))
        self.accept_button.setEnabled(bool(plan.pairs))
        self.accept_button.setDefault(True)

    def _show_network(self, imported: Imported) -> None:
        """Show a network that the file holds, which opens in a window of its own."""
        network, shapes = imported.project.network, infer(imported.project.network)
        self.kind.setText("ONNX")
        self.target.hide()
        self.into.hide()
        self._head.hide()
        self.headline.setText(self.tr("A network with its weights"))
        self.remainder.setText(f"{layers(len(network.nodes))} · {parameters(shapes.parameters)}")
        self._show_notes(imported.notes)
        self._fill(network_rows(imported))
        for column in (STORED, DONE):
            self.table.hideColumn(column)
        self.accept_button.setEnabled(True)
        self.accept_button.setDefault(True)

    def _show_notes(self, notes: Sequence[Sentence]) -> None:
        self.notes.setText(" ".join(map(text, notes)))
        self.notes.setVisible(bool(notes))

    def _fill(self, found: Sequence[Row]) -> None:
        """Fill the table."""
        self.table.setRowCount(0)
        self.table.setRowCount(len(found))
        ink = QBrush(QColor(self._theme.pooling))
        for number, row in enumerate(found):
            for column, content in enumerate((row.stored, row.place, row.shape, row.state)):
                item = QTableWidgetItem(content)
                item.setToolTip(literal(content))
                if not row.fits:
                    item.setForeground(ink)
                self.table.setItem(number, column, item)
            if not row.fits and number < MOST_TALL:
                self.table.resizeRowToContents(number)
                self.table.setRowHeight(number, max(ROW, self.table.rowHeight(number) + MARGIN))
        self.table.scrollToTop()

    def _show_failure(self, sentence: str) -> None:
        self.progress.hide()
        self.headline.setText(self.tr("Nothing can be imported"))
        self.remainder.setText(sentence)
        self.remainder.show()

    def _show_progress(self, percent: int) -> None:
        self.progress.setRange(0, 100)
        self.progress.setValue(percent)

    def _choose(self) -> None:
        self._read()
        self._importer.choose(Target(self.target.currentData(), self._head.isVisible() and self.head.currentData()))

    def _add(self) -> None:
        if self._opened is not None:
            self._read()
            self._importer.add(self._opened)

    def _read(self) -> None:
        """Show that a file is being read; no other network can be chosen, and nothing imported, until that is done."""
        self.progress.setRange(0, 0)
        self.progress.show()
        self.target.setEnabled(False)
        self.accept_button.setEnabled(False)

    def _finish(self, added: object) -> None:
        self.accept()
        self.added.emit(added)


def _muted(content: str) -> PlainLabel:
    label = PlainLabel(content)
    label.setWordWrap(True)
    label.setProperty("role", "muted")
    return label


def _row(*parts: QWidget) -> QWidget:
    """Widgets side by side."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return row


def _table(titles: tuple[str, ...], name: str) -> QTableWidget:
    table = QTableWidget(0, len(titles))
    table.setHorizontalHeaderLabels(list(titles))
    table.setAccessibleName(name)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(ROW)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for column, width in enumerate(WIDTHS):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(column, width)
    header.setStretchLastSection(True)
    return table
