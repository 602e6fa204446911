"""The dialog of a sweep: what is varied and how, the command that does it, and a button that runs it beside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
)

from cnnviz import settings
from cnnviz.files import from_unicode, is_there, to_unicode
from cnnviz.gui.document.sentences import about, problem_sentence
from cnnviz.gui.language import text
from cnnviz.gui.run.forecast import Forecast
from cnnviz.gui.run.sweep_plan import Plan, targets
from cnnviz.gui.run.sweeping import why_impossible
from cnnviz.gui.shell.dialog_parts import button_row, dialog_column
from cnnviz.gui.shell.sweep_rows import SweepRows
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.error_label import ErrorLabel
from cnnviz.gui.widgets.front import show_in_front
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.own_undo import OwnUndo
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.project.recipe import SETTINGS
from cnnviz.sweeps import beside
from cnnviz.sweeps.storage import PrunerName, is_url, storage_file, wrong_storage
from cnnviz.sweeps.trials import MOST_JOBS, MOST_TRIALS, USUAL_TRIALS

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from cnnviz.gui.workbench import Workbench
    from cnnviz.project.project import Project

SIZE = (720, 560)
"""Greatest size of the dialog at first, in pixels; with few rows it is less high."""
FROM_WINDOW = 60
"""Pixels by which the dialog is smaller than its window at least."""
COMMAND_LINES = 3
FIRST = "learning_rate"
"""What is varied at first."""


class RowsArea(ScrolledColumn):
    """A scrolled column whose preferred height is the present height of its parts."""

    def sizeHint(self) -> QSize:
        """Qt: the size at which nothing scrolls."""
        return self.inside.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Qt: the least size. Room for a scroll bar would be higher than a single row."""
        return super().minimumSizeHint().boundedTo(self.sizeHint())


class SweepDialog(QDialog):
    """Fills in ``cnnviz sweep`` for the project of a window, and starts it as a process of its own."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench.window)
        self._bench = bench
        self._project = bench.editor.project
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Sweep of settings"))
        self.rows = SweepRows(tuple(targets(self._project)), bench.theme)
        self.add = QPushButton(self.tr("Vary something else"))
        self.trials = _number(1, MOST_TRIALS, USUAL_TRIALS, self.tr("Trials"))
        most_epochs = int(SETTINGS["epochs"].parameter.high)
        self.epochs = _number(1, most_epochs, self._project.recipe.epochs, self.tr("Epochs of each trial"))
        self.jobs = _number(1, MOST_JOBS, 1, self.tr("Trials at the same time"))
        self.pruner, self.name = ChoiceBox(), QLineEdit()
        self.pruner.setAccessibleName(self.tr("Pruner"))
        names = {
            "median": self.tr("median: end what is worse than half of the trials"),
            "hyperband": self.tr("Hyperband: few epochs for many, many epochs for few"),
            "none": self.tr("none: train every trial to its end"),
        }
        for name in get_args(PrunerName):
            self.pruner.addItem(names[name], name)
        OwnUndo(self.name)
        self.name.setAccessibleName(self.tr("Name"))
        self.name.setText(_free_name(bench))
        self.storage = QLineEdit()
        OwnUndo(self.storage)
        self.storage.setAccessibleName(self.tr("Storage"))
        self.storage.setPlaceholderText(self.tr("on this machine"))
        self.storage.setToolTip(
            self.tr(
                "Where the sweep is kept: a file, FILE.journal for a folder that machines share, or the URL of a"
                " database. Machines that run the same command there share its trials."
            )
        )
        self.command = QPlainTextEdit()
        self.command.setReadOnly(True)
        self.command.setTabChangesFocus(True)
        self.command.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.command.setFixedHeight(COMMAND_LINES * self.command.fontMetrics().lineSpacing() + 12)
        self.command.setAccessibleName(self.tr("Command"))
        self.hindrance, self.remark = ErrorLabel(lines=2), MutedLabel()
        self.remark.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.copy = QPushButton(self.tr("Copy the command"))
        self.start = QPushButton(self.tr("Start the sweep"))
        self.start.setProperty("primary", True)
        self.about = MutedLabel("")
        self._lay_out()
        self._connect()
        self.rows.add(FIRST)

    @property
    def plan(self) -> Plan:
        """What is filled in."""
        name, epochs = self.name.text().strip(), int(self.epochs.value())
        return Plan(
            self._source(name),
            name,
            self.rows.over,
            int(self.trials.value()),
            0 if epochs == self._project.recipe.epochs else epochs,
            int(self.jobs.value()),
            self.pruner.currentData(),
            settings.load().device,
            self._storage(),
        )

    def begin(self) -> None:
        """Start the process; the dialog closes once it runs."""
        if self._bench.sweeping.start(self.plan, self._project):
            self.accept()

    def copy_command(self) -> None:
        """Put the command on the clipboard; a project that has no file is written for it."""
        plan = self.plan
        if self._bench.sweeping.keep_project(plan, self._project):
            QGuiApplication.clipboard().setText(plan.command())

    def _storage(self) -> str:
        """Where the sweep is to be kept; empty for this machine. The command may be run in another folder."""
        typed = self.storage.text().strip()
        if not typed or wrong_storage(typed) is not None or is_url(typed):
            return typed
        return to_unicode(from_unicode(typed).expanduser().absolute())

    def _source(self, name: str) -> str:
        """What the command trains: the file of the project, or if that is not up to date a file for the sweep."""
        document = self._bench.document
        if document.path is not None and not document.unsaved:
            return to_unicode(document.path.absolute())
        return to_unicode(beside.project_file(name))

    def _lay_out(self) -> None:
        column = dialog_column(self)
        column.addWidget(
            MutedLabel(
                self.tr(
                    "A sweep trains this network many times, each time with other values, and finds out which are"
                    " best. Each trial is a run like any other."
                )
            )
        )
        self._area = RowsArea(self.rows, self.add)
        self._area.column.setSpacing(8)
        self._area.column.setAlignment(self.add, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._area, 1)
        column.addLayout(self._options())
        column.addWidget(self.command)
        # one place for both: only one is shown at a time
        place = QGridLayout()
        for part in (self.remark, self.hindrance):
            place.addWidget(part, 0, 0)
        column.addLayout(place)
        column.addLayout(button_row(self, (self.copy,), (self.start,)))
        room = self._bench.window.size()
        self.resize(min(SIZE[0], room.width() - FROM_WINDOW), min(SIZE[1], room.height() - FROM_WINDOW))

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: the sizes of the parts are known now."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Make the dialog as high as its rows need, within the greatest size."""
        column = self.layout()
        assert column is not None
        self._area.updateGeometry()
        most = min(SIZE[1], self._bench.window.height() - FROM_WINDOW)
        self.resize(self.width(), min(most, column.totalHeightForWidth(self.width())))

    def _options(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(3, 1)
        for at, (title, field) in enumerate(
            (
                (self.tr("Trials"), self.trials),
                (self.tr("Name"), self.name),
                (self.tr("Epochs of each"), self.epochs),
                (self.tr("Pruner"), self.pruner),
                (self.tr("At the same time"), self.jobs),
                (self.tr("Storage"), self.storage),
            )
        ):
            label = PlainLabel(title)
            label.setBuddy(field)
            grid.addWidget(label, at // 2, 2 * (at % 2))
            grid.addWidget(field, at // 2, 2 * (at % 2) + 1)
        grid.addWidget(self.about, 3, 0, 1, 4)
        return grid

    def _connect(self) -> None:
        self.rows.changed.connect(self._show)
        self.add.clicked.connect(self._add)
        for box in (self.trials, self.epochs, self.jobs):
            box.edited.connect(self._show)
        self.pruner.activated.connect(self._show)
        for field in (self.name, self.storage):
            field.textChanged.connect(self._show)
        self.copy.clicked.connect(self.copy_command)
        self.start.clicked.connect(self.begin)
        self._bench.sweeping.failed.connect(self._complain)
        self._bench.editor.changed.connect(self._follow)

    def _follow(self, _before: Project, project: Project) -> None:
        """The project has changed beside the dialog; rows of layers that are gone say so."""
        self._project = project
        self._show()

    def _add(self) -> None:
        # a hidden row has no height
        self.rows.add(self._next()).show()
        self._fit()

    def _next(self) -> str:
        """What another row varies at first: a parameter of the selected layer."""
        taken = {row.target.currentData() for row in self.rows.rows}
        found = [each.name for each in targets(self._project) if each.node == self._bench.selection.current]
        return next((name for name in found if name not in taken), "")

    def _show(self, *_: object) -> None:
        plan = self.plan
        right = self.rows.judge(self._project)
        if self.command.toPlainText() != plan.command():
            self.command.setPlainText(plan.command())
        self.about.setText(self._about(plan))
        hindrance = self.rows.complaint or self._hindrance(plan)
        self.remark.setText(self._remark(plan))
        self._complain(hindrance)
        self.copy.setEnabled(right and beside.is_name(plan.name))
        self.start.setEnabled(right and not hindrance)

    def _complain(self, sentence: str) -> None:
        """Say why the sweep cannot start; without a sentence the remark is shown."""
        self.hindrance.say(sentence)
        self.remark.setVisible(bool(self.remark.text()) and not sentence)

    def _hindrance(self, plan: Plan) -> str:
        """Why the sweep cannot start; empty if it can."""
        errors = self._bench.editor.report.errors
        if errors:
            return problem_sentence(errors[0])
        if not beside.is_name(plan.name):
            return self.tr("The name of a sweep has letters, digits, spaces and the signs . + - _ only.")
        if beside.running(plan.name):
            return self.tr("The sweep “{name}” runs already; choose another name.").format(name=plan.name)
        if plan.storage and (wrong := wrong_storage(plan.storage)) is not None:
            return text(wrong)
        return why_impossible()

    def _about(self, plan: Plan) -> str:
        """What the pruner does, and the time of the sweep if the speed of the network is known."""
        pruning = self.tr("The pruner ends trials early that do badly, so that the time goes into better trials.")
        forecast, recipe = self._bench.window.findChild(Forecast), self._project.recipe
        project = replace(self._project, recipe=replace(recipe, epochs=plan.epochs or recipe.epochs))
        report = self._bench.editor.report
        if forecast is None or not report.complete or not report.parameters:
            return pruning
        if (seconds := forecast.seconds(project, report)) is None:
            return pruning
        whole = self.tr("Without it the sweep would take {time} on this machine, at the speed of this network.")
        return f"{pruning} {whole.format(time=about(seconds * plan.trials))}"

    def _remark(self, plan: Plan) -> str:
        if not plan.storage and beside.is_name(plan.name) and is_there(storage_file(plan.name)):
            sentence = self.tr(
                "There is a sweep “{name}”: it goes on if it varies the same, up to this number of trials."
            )
            return sentence.format(name=plan.name)
        return ""


def show_sweep(bench: Workbench) -> SweepDialog:
    """Show the dialog over the window of ``bench``; if it is open already, bring it to the front."""
    found = bench.window.findChild(SweepDialog)
    dialog = found if isinstance(found, SweepDialog) else SweepDialog(bench)
    show_in_front(dialog)
    return dialog


def _number(low: int, high: int, value: int, name: str) -> NumberBox:
    box = NumberBox(low, high, whole=True)
    box.set_value(value)
    box.setAccessibleName(name)
    box.setMaximumWidth(110)
    return box


def _free_name(bench: Workbench) -> str:
    """A name that no sweep has yet, made from the name of the project."""
    path = bench.document.path
    base = path.stem if path is not None and beside.is_name(path.stem) else "sweep"
    names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    return next((name for name in names if not is_there(storage_file(name))), base)
