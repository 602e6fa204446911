"""The rows of the dialog of a sweep: each says what is varied, and over which values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.language import text
from cnnviz.gui.run.sweep_plan import Target, Values, suggested
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.plain import PlainLabel, literal
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.sweeps.space import NUMBERS, SpaceError, axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.theme import Theme
    from cnnviz.project.project import Project

NUMBER = 84
"""The width of a field for a number, in pixels."""


class SweepRow(QWidget):
    """``changed`` follows any edit, ``removed`` the button that removes the row."""

    changed = Signal()
    removed = Signal()

    def __init__(self, targets: Sequence[Target], target: Target, theme: Theme) -> None:
        super().__init__()
        self._targets = {each.name: each for each in targets}
        self.target, self.kind = ChoiceBox(), ChoiceBox()
        self.target.setAccessibleName(self.tr("What is varied"))
        self.target.setMinimumContentsLength(18)
        for each in targets:
            title = text(each.parameter.title)
            self.target.addItem(f"{each.node} · {title}" if each.node else title, each.name)
        self.kind.setAccessibleName(self.tr("How its values are chosen"))
        self.low, self.high, self.values = QLineEdit(), QLineEdit(), QLineEdit()
        self.between = PlainLabel(self.tr("to"))
        for field, name in (
            (self.low, self.tr("Lowest value")),
            (self.high, self.tr("Highest value")),
            (self.values, self.tr("Values, with commas between them")),
        ):
            OwnUndo(field)
            field.setAccessibleName(name)
            field.textChanged.connect(self.changed)
        for field in (self.low, self.high):
            field.setFixedWidth(NUMBER)
        self.remove = QToolButton()
        self.remove.setIcon(icon("close", theme.text))
        self.remove.setToolTip(self.tr("Do not vary it"))
        self.remove.setAccessibleName(self.remove.toolTip())
        self.remove.clicked.connect(self.removed)
        self.complaint = ""
        """What is wrong with the row; empty if it is right."""
        self._lay_out()
        self.target.setCurrentIndex(max(0, self.target.findData(target.name)))
        self._suggest()
        self.target.currentIndexChanged.connect(lambda _: self._suggest())
        self.kind.currentIndexChanged.connect(lambda _: self._show_kind())

    @property
    def over(self) -> str:
        """The value of the option ``--over``."""
        kind = self.kind.currentData()
        values = Values(kind, self.low.text(), self.high.text(), self.values.text())
        return values.over(self.target.currentData())

    def judge(self, project: Project, taken: set[str]) -> bool:
        """Find and mark what is wrong with the row; returns whether it is right. ``taken`` are the targets of other
        rows."""
        self.complaint = ""
        if self.target.currentData() in taken:
            sentence = self.tr("Another row varies {target} already.")
            self.complaint = sentence.format(target=self.target.currentText())
        else:
            try:
                axis(self.over, project)
            except SpaceError as error:
                self.complaint = text(error.sentence)
        for field in (self.low, self.high, self.values):
            restyle(field, "invalid", bool(self.complaint))
            field.setToolTip(literal(self.complaint) or field.accessibleName())
            field.setAccessibleDescription(self.complaint)
        return not self.complaint

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.target)
        row.addWidget(self.kind)
        for part in (self.low, self.between, self.high):
            row.addWidget(part)
        row.addWidget(self.values, 1)
        self._spring = QWidget()
        row.addWidget(self._spring, 1)
        row.addWidget(self.remove)

    def _suggest(self) -> None:
        """Offer values for another target."""
        target = self._targets[self.target.currentData()]
        values = suggested(target)
        kinds = [("values", self.tr("these values"))]
        if target.parameter.form in NUMBERS:
            kinds = [("log", self.tr("log range")), ("range", self.tr("range")), *kinds]
        if values.kind == "values":
            numbers = values.listed.split(",")
            low, high, listed = numbers[0], numbers[-1], values.listed
        else:
            low, high, listed = values.low, values.high, f"{values.low},{values.high}"
        # the dialog judges the row once, when all of it is there
        with QSignalBlocker(self), QSignalBlocker(self.kind):
            self.kind.clear()
            for kind, title in kinds:
                self.kind.addItem(title, kind)
            self.kind.setCurrentIndex(self.kind.findData(values.kind))
            self.low.setText(low)
            self.high.setText(high)
            self.values.setText(listed)
        self._show_kind()

    def _show_kind(self) -> None:
        listed = self.kind.currentData() == "values"
        self.values.setVisible(listed)
        for part in (self.low, self.between, self.high, self._spring):
            part.setVisible(not listed)
        self.changed.emit()


class SweepRows(QWidget):
    """The rows; ``changed`` follows any edit."""

    changed = Signal()

    def __init__(self, targets: Sequence[Target], theme: Theme) -> None:
        super().__init__()
        self._targets, self._theme = targets, theme
        self.rows: list[SweepRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    @property
    def over(self) -> tuple[str, ...]:
        """The values of the options ``--over``."""
        return tuple(row.over for row in self.rows)

    @property
    def complaint(self) -> str:
        """What is wrong with the first row that is not right; empty if all are right."""
        return next((row.complaint for row in self.rows if row.complaint), "")

    def add(self, name: str) -> SweepRow:
        """Add a row for a target, or for the first target that no row varies if ``name`` is empty."""
        taken = {row.target.currentData() for row in self.rows}
        free = [each for each in self._targets if each.name not in taken] or list(self._targets)
        target = next((each for each in self._targets if each.name == name), free[0])
        row = SweepRow(self._targets, target, self._theme)
        row.changed.connect(self.changed)
        row.removed.connect(lambda: self.remove(row))
        self.rows.append(row)
        self._column.addWidget(row)
        self.changed.emit()
        return row

    def remove(self, row: SweepRow) -> None:
        """Remove a row."""
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.changed.emit()

    def judge(self, project: Project) -> bool:
        """Mark the rows with which something is wrong; returns whether all are right, and there is one."""
        taken: set[str] = set()
        right = bool(self.rows)
        for row in self.rows:
            right = row.judge(project, taken) and right
            taken.add(row.target.currentData())
        return right
