"""Drawing one's own data: classes get names, drawings are kept class by class, and become a folder of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.data import kept_drawings
from cnnviz.data.drawing import as_image
from cnnviz.data.errors import DataError
from cnnviz.data.ink import sheet_size
from cnnviz.gui.language import counted, text
from cnnviz.gui.panels.sample.surface import DrawingSurface
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.gui.widgets.two_lines import add_two_lines, set_padding

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.theme import Theme

LIST = 210
"""Width of the column of classes, in pixels."""
BESIDE, ABOVE = 40, 36
"""Margins and spacing beside the sheet, without the column of classes, and above and below it, without the buttons."""
ENOUGH = 20
"""So many drawings of each class are advised."""


class DrawingPlace(QWidget):
    """``finished(Path, str)`` carries the folder of the drawings, each of which is kept at once, and their name."""

    finished = Signal(object, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = kept_drawings.new_folder()
        self._kept: dict[str, list[Path]] = {}
        """The files of the drawings by class, in the order in which they were kept."""
        self.surface = DrawingSurface(theme, sheet_size(kept_drawings.SHAPE), self.tr("Draw here"))
        self.surface.setAccessibleName(
            self.tr("Drawing; arrows move the pen, Space puts it down and lifts it, Enter keeps the drawing")
        )
        self.surface.changed.connect(self._enable)
        self.surface.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Classes"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        set_padding(self.list)
        self.list.currentRowChanged.connect(lambda _: self._follow_class())
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("Name of a class, then Enter"))
        self.name.setAccessibleName(self.tr("Name of a new class"))
        self.name.returnPressed.connect(self._add_class)
        self.title = QLineEdit()
        self.title.setPlaceholderText(self.tr("Name of the drawings"))
        self.title.setAccessibleName(self.tr("Name of the drawings, for the list of datasets"))
        self.title.setMaxLength(kept_drawings.LONGEST)
        self.advice = PlainLabel()
        self.advice.setWordWrap(True)
        self.keep, self.clear, self.undo, self.done = (QPushButton() for _ in range(4))
        for button, words, tip, act in (
            (self.keep, self.tr("Keep it"), self.tr("Keep the drawing, and begin another (Enter)"), self._keep),
            (self.clear, self.tr("Clear"), self.tr("Clear the sheet (Delete)"), self._clear),
            (self.undo, self.tr("Discard the last"), self.tr("Delete the last drawing of this class"), self._discard),
            (self.done, self.tr("Use them"), self.tr("Look at the drawings on the data page"), self._finish),
        ):
            button.setText(words)
            button.setToolTip(tip)
            button.clicked.connect(act)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.done.setProperty("primary", True)
        self._lay_out()
        self.setFocusProxy(self.name)
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.surface.set_theme(theme)

    @property
    def current(self) -> str:
        """The class that is drawn; empty if there is none."""
        names, row = list(self._kept), self.list.currentRow()
        return names[row] if 0 <= row < len(names) else ""

    def counts(self) -> dict[str, int]:
        """How many drawings of each class were kept."""
        return {name: len(paths) for name, paths in self._kept.items()}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the sheet as large as the place allows."""
        super().resizeEvent(event)
        self.surface.fit(self.width() - LIST - BESIDE, self.height() - self.keep.sizeHint().height() - ABOVE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter on the sheet keeps the drawing."""
        enter = Qt.Key.Key_Return, Qt.Key.Key_Enter
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in enter:
            self.keep.click()
            return True
        return super().eventFilter(watched, event)

    def _add_class(self) -> None:
        name = self.name.text().strip()
        try:
            kept_drawings.check_class(name, self._kept)
        except DataError as error:
            self._say(text(error.sentence), bad=True)
            return
        self._kept[name] = []
        self.name.clear()
        self._show(len(self._kept) - 1)
        self.surface.setFocus()

    def _keep(self) -> None:
        name = self.current
        try:
            path = kept_drawings.keep(self.folder, name, as_image(self.surface.drawing.sheet, kept_drawings.SHAPE))
        except DataError as error:
            self._say(text(error.sentence), bad=True)
            return
        self._kept[name].append(path)
        self._clear()
        self._show(self.list.currentRow())

    def _discard(self) -> None:
        try:
            kept_drawings.discard(self._kept[self.current][-1])
        except DataError as error:
            self._say(text(error.sentence), bad=True)
            return
        self._kept[self.current].pop()
        self._show(self.list.currentRow())

    def _clear(self) -> None:
        self.surface.do(self.surface.strokes.clear)

    def _finish(self) -> None:
        self.finished.emit(self.folder, self.title.text().strip())

    def _follow_class(self) -> None:
        self._advise()
        self._enable()

    def _show(self, row: int = -1) -> None:
        """List the classes, and choose that in a row."""
        with QSignalBlocker(self.list):
            self.list.clear()
            for name, paths in self._kept.items():
                add_two_lines(self.list, name, counted("{count} drawings", "1 drawing", len(paths)))
            self.list.setCurrentRow(row)
        self._follow_class()

    def _advise(self) -> None:
        least = min(self.counts().values(), default=0)
        if len(self._kept) < 2:
            self._say(self.tr("Name two classes or more: what shall the network tell apart?"))
        elif least < ENOUGH:
            self._say(self.tr("Draw {count} of each class or more, each a little different.").format(count=ENOUGH))
        else:
            self._say(self.tr("Enough to train on. More drawings make it surer."))

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        restyle(self.advice, "role", "error" if bad else "muted")
        self.advice.setText(sentence)

    def _enable(self) -> None:
        self.keep.setEnabled(bool(self.current) and bool(self.surface.drawing.sheet.any()))
        self.undo.setEnabled(bool(self.current) and bool(self._kept[self.current]))
        self.done.setEnabled(sum(count > 0 for count in self.counts().values()) >= 2)

    def _lay_out(self) -> None:
        side, column = QWidget(), QVBoxLayout()
        side.setLayout(column)
        side.setFixedWidth(LIST)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.name)
        column.addWidget(self.list, 1)
        column.addWidget(self.advice)
        column.addWidget(self.title)
        column.addWidget(self.done)
        tools = QHBoxLayout()
        tools.setSpacing(6)
        for button in (self.keep, self.clear, self.undo):
            tools.addWidget(button)
        tools.addStretch()
        middle = QVBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.surface)
        middle.addLayout(tools)
        middle.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 4, 8)
        row.setSpacing(16)
        row.addWidget(side)
        row.addLayout(middle, 1)
