"""Problems one below the other: an icon, a sentence, and a button for each fix that shows and applies it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui import fixing
from cnnviz.gui.editor import ProjectEditor
from cnnviz.gui.icons import icon
from cnnviz.gui.sentences import fix_label, problem_sentence
from cnnviz.gui.theme import Theme
from cnnviz.network.problems import Fix, Problem, Severity

ICON = 16


class FixButton(QPushButton):
    """The button of a fix. ``pointed(bool)``: the pointer or the focus came to it, or both have left it."""

    pointed = Signal(bool)

    def __init__(self, fix: Fix) -> None:
        super().__init__(fix_label(fix))
        self.fix = fix
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Qt: the pointer came."""
        super().enterEvent(event)
        self.pointed.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        """Qt: the pointer left."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self.pointed.emit(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt: the focus came."""
        super().focusInEvent(event)
        self.pointed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt: the focus left."""
        super().focusOutEvent(event)
        if not self.underMouse():
            self.pointed.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Enter does what Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class ProblemRow(QFrame):
    """One problem; a click or Enter emits ``chosen``, a button ``fixChosen(fix)``.

    ``fixPointed(fix)`` follows the pointer or the focus to a button, with None where they left it.
    """

    chosen = Signal()
    fixChosen = Signal(object)
    fixPointed = Signal(object)

    def __init__(self, problem: Problem, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.problem = problem
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = QLabel(self)
        self._icon.setFixedSize(ICON, ICON + 2)
        sentence = problem_sentence(problem)
        self.sentence = QLabel(sentence, self)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        policy = self.sentence.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self.sentence.setSizePolicy(policy)
        error = problem.severity is Severity.ERROR
        self.setAccessibleName(f"{self.tr('Error') if error else self.tr('Warning')}: {sentence}")
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(self.sentence)
        self.buttons = [self._button(fix) for fix in problem.fixes]
        if self.buttons:
            # not at the top: a window without problems opens the sooner
            from cnnviz.gui.widgets.flow import Flow

            holder = QWidget(self)
            flow = Flow(holder)
            for button in self.buttons:
                flow.addWidget(button)
            text.addWidget(holder)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 5, 6, 5)
        row.setSpacing(7)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        error = self.problem.severity is Severity.ERROR
        name, colour = ("alert-circle", theme.error) if error else ("alert", theme.pooling)
        self._icon.setPixmap(icon(name, colour).pixmap(ICON, ICON))

    def _button(self, fix: Fix) -> FixButton:
        button = FixButton(fix)
        button.clicked.connect(lambda: self.fixChosen.emit(fix))
        button.pointed.connect(lambda on: self.fixPointed.emit(fix if on else None))
        return button

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt: a click anywhere on the row."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: Enter chooses, up and down go to the neighbours."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._neighbour(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _neighbour(self, step: int) -> None:
        parent = self.parentWidget()
        rows = parent.findChildren(ProblemRow) if parent is not None else []
        if self in rows and 0 <= rows.index(self) + step < len(rows):
            rows[rows.index(self) + step].setFocus(Qt.FocusReason.TabFocusReason)


class ProblemRows(QWidget):
    """A column of problems, whose buttons apply their fixes to the project of ``editor``.

    While the pointer or the focus is on a button the editor previews its fix. ``chosen(problem)``: a row was clicked;
    ``refused(sentence)``: a fix could not be made.
    """

    chosen = Signal(object)
    refused = Signal(str)

    def __init__(self, editor: ProjectEditor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor, self._theme = editor, theme
        self.rows: list[ProblemRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        # one for all rows: each of its own would have to be read
        self.setStyleSheet(
            f"ProblemRow {{ border: 1px solid transparent; border-radius: 6px; }}"
            f"ProblemRow:hover {{ background: {theme.raised}; }}"
            f"ProblemRow:focus {{ border-color: {theme.accent}; }}"
        )
        for row in self.rows:
            row.set_theme(theme)

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show these problems; the rows of those that stay are kept."""
        if problems == tuple(row.problem for row in self.rows):
            return
        old = list(self.rows)
        self.rows = []
        for place, problem in enumerate(problems):
            row = next((row for row in old if row.problem == problem), None)
            if row is None:
                row = self._row(problem)
            else:
                old.remove(row)
                self._column.removeWidget(row)
            self._column.insertWidget(place, row)
            self.rows.append(row)
        for row in old:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()

    def _row(self, problem: Problem) -> ProblemRow:
        row = ProblemRow(problem, self._theme, self)
        row.chosen.connect(lambda: self.chosen.emit(problem))
        row.fixChosen.connect(self._apply)
        row.fixPointed.connect(self._preview)
        return row

    def _apply(self, fix: Fix) -> None:
        if refusal := fixing.apply(self._editor, fix):
            self.refused.emit(refusal)

    def _preview(self, fix: Fix | None) -> None:
        fixing.preview(self._editor, fix)

    def changeEvent(self, event: QEvent) -> None:
        """Qt: wrapped sentences have another height in another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
