"""The Problems tab: all problems of the network, with their fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnviz.gui.panels.problems.summary import summary
from cnnviz.gui.run.loss_watch import Course
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.problem_rows import ProblemRows
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.training.channels import State, Status

if TYPE_CHECKING:
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.theme import Theme
    from cnnviz.network.problems import Problem


class ProblemsPanel(Panel):
    """The list of problems. A click selects the node, a button applies a fix; ``message`` reports a refused fix."""

    def __init__(
        self, editor: ProjectEditor, selection: Selection, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._editor, self._selection = editor, selection
        self._failed, self._course, self._spoilt = False, Course.ORDINARY, False
        self._summary = PlainLabel()
        self._summary.setWordWrap(True)
        self.problems = ProblemRows(editor, theme)
        self.problems.chosen.connect(self._choose)
        self.problems.refused.connect(self.message)
        scroll = ScrolledColumn(self.problems)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        outer.addWidget(self._summary)
        outer.addWidget(scroll, 1)
        editor.changed.connect(self._refresh)
        editor.fixesFound.connect(self._show_problems)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.problems.set_theme(theme)

    def show_status(self, status: Status) -> None:
        """Show in the summary whether the run has failed."""
        failed = status.state is State.FAILED
        if failed != self._failed:
            self._failed = failed
            self._show_summary()

    def set_course(self, course: Course) -> None:
        """Say in the summary if the loss shows that the run does not learn."""
        self._course = course
        self._show_summary()

    def set_spoilt(self, spoilt: bool) -> None:
        """Say in the summary if the weights of the present run learn nothing any more."""
        self._spoilt = spoilt
        self._show_summary()

    def text(self) -> str:
        """The line above the list."""
        return self._summary.text()

    def _refresh(self) -> None:
        self._show_summary()
        self._show_problems()

    def _show_summary(self) -> None:
        report = self._editor.report
        self._summary.setText(summary(report, failed=self._failed, course=self._course, spoilt=self._spoilt))
        learns = self._course is Course.ORDINARY and not self._spoilt
        good = not report.problems and not self._failed and learns
        role = "good" if good else "muted" if report.trainable and not self._failed else "error"
        restyle(self._summary, "role", role)

    def _show_problems(self) -> None:
        self.problems.show_problems(self._editor.report.problems)

    def _choose(self, problem: Problem) -> None:
        if problem.node is not None:
            self._selection.select([problem.node], problem.node)
