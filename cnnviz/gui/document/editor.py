"""The current project and its undo history: every edit is an undoable step from one project to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz.gui.document.fix_trials import FixTrials
from cnnviz.gui.document.recent_reports import RecentReports
from cnnviz.network.check import examine, judging
from cnnviz.network.report import Facts, Report
from cnnviz.network.trial import Trials
from cnnviz.project.history import History, Step
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cnnviz.network.problems import Fix, Problem
    from cnnviz.project.project import Project


@dataclass(frozen=True)
class Preview:
    """The project as an edit named ``label`` would make it. The edit has not been applied."""

    label: str
    project: Project
    report: Report


class ProjectEditor(QObject):
    """Holds the project on screen, its check report and the undo stack.

    ``changed(old, new)`` follows every edit, undo, redo and :meth:`open`, after ``project``, ``report`` and the undo
    stack have been updated; after an undo or redo ``stepped(old, new)`` follows it. ``opened`` comes before the
    ``changed`` of :meth:`open`. ``previewed(preview)`` follows :meth:`preview`; it carries None when a preview ends.

    ``report`` lists all problems at once. Their fixes are tried shortly afterwards; for the first project the owner
    starts ``trials``. ``fixesFound`` follows when fixes were added to the report. Until then a problem keeps the fixes
    that mended it before the edit.
    """

    changed = Signal(object, object)
    stepped = Signal(object, object)
    opened = Signal()
    previewed = Signal(object)
    fixesFound = Signal()

    def __init__(self, project: Project, facts: Facts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = History()
        self._gesture = 0
        self._facts = facts
        self.project = project
        self.trials = FixTrials(self)
        self.trials.tried.connect(self._take_fixes)
        self.report: Report = Report({}, ())
        self._reports = RecentReports()
        self._examine()
        self._preview: Preview | None = None

    def preview(self, label: str, project: Project) -> None:
        """Preview ``project`` until :meth:`end_preview`, or until the project changes."""
        report = examine(project.network, self._facts_for(project), self.report)
        self._preview = Preview(label, project, report)
        self.previewed.emit(self._preview)

    def end_preview(self) -> None:
        """End the preview."""
        if self._preview is not None:
            self._preview = None
            self.previewed.emit(None)

    def apply(self, label: str, project: Project, key: int = -1) -> None:
        """Make ``project`` the current project, as an undoable step named ``label``.

        Successive steps with the same ``key`` (from :meth:`new_key`) are merged, for example those of a drag.
        """
        self.end_preview()
        if project == self.project:
            return
        old = self.project
        self.undo_stack.push(Step(label, old, project, key))
        self._set_project(project)
        self.changed.emit(old, self.project)
        self.trials.start()

    def new_key(self) -> int:
        """A key that merges the steps of a gesture, see :meth:`apply`."""
        self._gesture += 1
        return self._gesture

    def undo(self) -> None:
        """Go back to the project before the last step."""
        self.end_preview()
        self._step_to(self.undo_stack.undo())

    def redo(self) -> None:
        """Restore the step that was last undone."""
        self.end_preview()
        self._step_to(self.undo_stack.redo())

    def go_to(self, fits: Callable[[Project], bool]) -> bool:
        """Undo to the latest project that ``fits``, or else redo to the next; returns False if there is none."""
        self.end_preview()
        start = self.undo_stack.index()
        for index in (*range(start - 1, -1, -1), *range(start + 1, self.undo_stack.count() + 1)):
            project = self.undo_stack.at(index)
            if fits(project):
                self.undo_stack.setIndex(index)
                self._step_to(project)
                return True
        return False

    def open(self, project: Project) -> None:
        """Open another project, with an empty undo history."""
        self.end_preview()
        old = self.project
        self.undo_stack.clear()
        self._set_project(project)
        self.opened.emit()
        self.changed.emit(old, project)
        self.trials.start()

    def _step_to(self, project: Project | None) -> None:
        if project is not None:
            old = self.project
            self._set_project(project)
            self.changed.emit(old, project)
            self.stepped.emit(old, project)
            self.trials.start()

    def _set_project(self, project: Project) -> None:
        old, self.project = self.project, project
        if project.dataset != old.dataset:
            self._facts = facts_for(project)
        elif project.network == old.network and project.recipe == old.recipe:
            return
        self._examine()

    def try_first(self, node: str) -> None:
        """Try the fixes for the problems of a node before the others."""
        self.trials.prefer([place for place, problem in enumerate(self.report.problems) if problem.node == node])

    def finish_trials(self, nodes: Iterable[str | None] | None = None) -> None:
        """Try the fixes for the problems of these nodes now; None means all nodes."""
        chosen = None if nodes is None else frozenset(nodes)
        problems = enumerate(self.report.problems)
        self.trials.finish([place for place, problem in problems if chosen is None or problem.node in chosen])

    def mends(self, fix: Fix) -> bool:
        """Whether a fix mends a problem of the current network."""
        self.finish_trials({problem.node for problem in self.report.problems if fix in problem.untried})
        return any(fix in problem.fixes for problem in self.report.problems)

    def _examine(self) -> None:
        facts, network, before = self._facts_for(self.project), self.project.network, self.report
        examined = self._reports.of(network, facts, before)
        fixes_before = {problem.identity: problem.fixes for problem in before.problems}
        self.report = replace(examined, problems=tuple(_kept(problem, fixes_before) for problem in examined.problems))
        # new problems are tried first
        order = sorted(
            (place for place, problem in enumerate(examined.problems) if problem.untried),
            key=lambda place: examined.problems[place].identity in fixes_before,
        )
        self.trials.begin(Trials(network, facts, examined, judging), order)

    def _take_fixes(self, results: Mapping[int, Problem]) -> None:
        problems = (results.get(place, problem) for place, problem in enumerate(self.report.problems))
        self.report = replace(self.report, problems=tuple(problems))
        self.fixesFound.emit()

    def _facts_for(self, project: Project) -> Facts:
        recipe = project.recipe
        return replace(self._facts, batch_size=recipe.batch_size, state_tensors=recipe.state_tensors)


def _kept(problem: Problem, fixes_before: Mapping[tuple[str | None, str], tuple[Fix, ...]]) -> Problem:
    """A problem with the fixes that mended it before the edit."""
    fixes = fixes_before.get(problem.identity, ())
    return replace(problem, fixes=tuple(fix for fix in fixes if fix in problem.untried)) if fixes else problem
