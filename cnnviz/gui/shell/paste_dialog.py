"""The dialog for pasting source code. It reads the source while the user types, and reports the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cnnviz.code.read.pasted import Pasted
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.gui.document.sentences import FRAMEWORKS, layers, parameters, problem_sentence, remark_sentence
from cnnviz.gui.icons import icon
from cnnviz.gui.localized import spell
from cnnviz.gui.shell.dialog_parts import cancel_and
from cnnviz.gui.shell.source_reader import SourceReader
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.code_view import CodeView
from cnnviz.gui.widgets.network_picture import NetworkPicture, paint_picture, picture_of
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.network.check import examine
from cnnviz.project import edits

if TYPE_CHECKING:
    from cnnviz.gui.shell.source_reader import Offer
    from cnnviz.gui.theme import Theme
    from cnnviz.network.report import Facts
    from cnnviz.project.project import Project

READ_AFTER_MILLISECONDS = 150
"""Delay between the last key and reading the source."""
WIDTH, HEIGHT = 760, 680
NARROWER, LOWER = 80, 60
"""The dialog is at least so many pixels narrower and lower than its window."""
LIST_FRAME, PICTURE_MARGIN = 4, 4
"""Pixels of the height of the list that are not for its rows, and those around the picture."""
ROWS = 4
"""How many sentences are visible without scrolling."""
LINE = Qt.ItemDataRole.UserRole
EXAMPLE = """nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(16 * 14 * 14, 10),
)"""


class PasteDialog(QDialog):
    """``taken(pasted)`` follows the button that makes the source the network."""

    taken = Signal(object)

    def __init__(self, project: Project, facts: Facts, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._project, self._facts, self._theme = project, facts, theme
        self._pasted: Pasted | None = None
        self.setWindowTitle(self.tr("Paste code"))
        self._about = _label(
            self.tr("A network of PyTorch or Keras, with whatever stands around it. It is read, never executed.")
        )
        self.field = CodeView(theme, read_only=False)
        self.field.setPlaceholderText(EXAMPLE)
        self.field.setAccessibleName(self.tr("Source code"))
        self.remarks = QListWidget()
        self.remarks.setAccessibleName(self.tr("What is made of the source"))
        self.remarks.setWordWrap(True)
        self.remarks.setSelectionMode(QListWidget.SelectionMode.SingleSelection)
        self.remarks.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.remarks.itemClicked.connect(self._go_to)
        self.remarks.itemActivated.connect(self._go_to)
        self.networks = ChoiceBox()
        self.networks.setAccessibleName(self.tr("Network of the source"))
        self.networks.setToolTip(self.tr("The source has several networks: which of them is read."))
        self.networks.activated.connect(self.read)
        self.networks.hide()
        self._picture = _Picture(theme)
        self._summary = _label("")
        self._summary.setProperty("role", "muted")
        buttons, self.accept_button = cancel_and(self.tr("Make it the network"))
        buttons.accepted.connect(self._accept_pasted)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self._about)
        column.addWidget(self.field, 3)
        column.addWidget(self.networks)
        column.addWidget(self.remarks)
        column.addWidget(self._picture, 1)
        column.addWidget(self._summary)
        column.addWidget(buttons)
        room = parent.size()
        self.resize(min(WIDTH, room.width() - NARROWER), min(HEIGHT, room.height() - LOWER))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(READ_AFTER_MILLISECONDS)
        self._soon.timeout.connect(self.read)
        self._reader = SourceReader(self)
        self._reader.finished.connect(self._show)
        self.field.setPlainText(text)
        self.field.textChanged.connect(self._soon.start)
        self.field.setFocus()
        self.read()

    def read(self) -> None:
        """Read the source in the field, and report the result."""
        self._soon.stop()
        self._pasted = None
        self.accept_button.setEnabled(False)
        text = self.field.toPlainText()
        if text.strip():
            self._summary.setText(self.tr("Reading …"))
            self._reader.start(text, self._facts.image, self.networks.currentData())
        else:
            self._reader.cancel()
            self._show(None)

    def _show(self, result: Pasted | PasteError | None) -> None:
        wrong = result.remarks if isinstance(result, PasteError) else ()
        self._pasted = result if isinstance(result, Pasted) else None
        self.field.mark(remark.line - 1 for remark in wrong if remark.line)
        self._offer(result)
        self._list(wrong or (self._pasted.notes if self._pasted is not None else ()), bool(wrong))
        self._show_network()
        self.accept_button.setEnabled(self._pasted is not None)

    def _offer(self, result: Pasted | PasteError | None) -> None:
        """Offer the networks of the source, if it has several."""
        choices = result.choices if result is not None else ()
        self.networks.setVisible(len(choices) > 1)
        self.networks.clear()
        for offer in self._reader.offers if len(choices) > 1 else ():
            self.networks.addItem(_offered(offer), offer.name)
        if result is not None and choices:
            self.networks.setCurrentIndex(self.networks.findData(result.choice))

    def sentences(self) -> list[str]:
        """The displayed remarks or errors about the source."""
        return [self.remarks.item(row).text() for row in range(self.remarks.count())]

    def summary(self) -> str:
        """The line below the picture, which describes the network."""
        return self._summary.text()

    def _list(self, remarks: tuple[Remark, ...], wrong: bool) -> None:
        name, ink = ("alert-circle", self._theme.error) if wrong else ("alert", self._theme.pooling)
        self.remarks.clear()
        for remark in remarks:
            item = QListWidgetItem(icon(name, ink), remark_sentence(remark), self.remarks)
            item.setData(LINE, remark.line)
        self.remarks.setVisible(bool(remarks))
        rows = sum(self.remarks.sizeHintForRow(row) for row in range(min(ROWS, len(remarks))))
        self.remarks.setFixedHeight(rows + LIST_FRAME)

    def _show_network(self) -> None:
        pasted = self._pasted
        self._picture.setVisible(pasted is not None)
        if pasted is None:
            empty = not self.field.toPlainText().strip()
            self._summary.setText(self.tr("Paste or type it above; what it makes is shown here.") if empty else "")
            return
        project = edits.use_network(self._project, pasted.network, pasted.blocks)
        report = examine(project.network, self._facts)
        self._picture.show_picture(picture_of(project, report))
        size = report.nodes[project.network.order[0]].output or ()
        parts = [
            FRAMEWORKS[pasted.framework],
            layers(len(project.network.nodes)),
            parameters(report.parameters),
            self.tr("images {size}").format(size=spell(size)),
        ]
        text = " · ".join(parts)
        if report.errors:
            text += "\n" + self.tr("To be mended afterwards: {sentence}").format(
                sentence=problem_sentence(report.errors[0])
            )
        self._summary.setText(text)

    def _go_to(self, item: QListWidgetItem) -> None:
        if line := item.data(LINE):
            self.field.go_to(line - 1)
            self.field.setFocus()

    def _accept_pasted(self) -> None:
        if self._soon.isActive():
            # a short source is read at once; after a long one the button has to be pressed again
            self.read()
        if self._pasted is not None:
            self.taken.emit(self._pasted)
            self.accept()


class _Picture(QWidget):
    """Shows the network as a small picture."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picture = NetworkPicture()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(300, 90)

    def show_picture(self, picture: NetworkPicture) -> None:
        self._picture = picture
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        margin = PICTURE_MARGIN
        area = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        paint_picture(painter, area, self._picture, self._theme)
        painter.end()


def _offered(offer: Offer) -> str:
    """A network with the numbers of its layers and parameters, if it can be read."""
    if offer.layers is None or offer.parameters is None:
        return offer.name
    return f"{offer.name} · {layers(offer.layers)} · {parameters(offer.parameters)}"


def _label(text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setWordWrap(True)
    return label
