"""The current project and its past: every edit is one undoable step from a project to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from cnnviz.network.check import Facts, Report, check
from cnnviz.project.history import History, Step
from cnnviz.project.project import Project
from cnnviz.training.facts import facts_for


@dataclass(frozen=True)
class Preview:
    """What an edit named ``label`` would make of the project; nothing has been done yet."""

    label: str
    project: Project
    report: Report


class ProjectEditor(QObject):
    """Holds the project on screen, its check report and the undo stack.

    ``changed(old, new)`` follows every edit, undo, redo and :meth:`open`; by then ``project``, ``report`` and the undo
    stack are those after it. ``previewed(preview)`` follows :meth:`preview`, with None when there is nothing to see.
    """

    changed = Signal(object, object)
    previewed = Signal(object)

    def __init__(self, project: Project, facts: Facts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = History()
        self._gesture = 0
        self._facts = facts
        self.project = project
        self.report: Report = check(project.network, self._facts_for(project))
        self._preview: Preview | None = None

    def preview(self, label: str, project: Project) -> None:
        """Show what ``project`` would be like; until :meth:`end_preview`, or until the project changes."""
        report = check(project.network, self._facts_for(project), self.report)
        self._preview = Preview(label, project, report)
        self.previewed.emit(self._preview)

    def end_preview(self) -> None:
        """Show the project as it is."""
        if self._preview is not None:
            self._preview = None
            self.previewed.emit(None)

    def apply(self, label: str, project: Project, key: int = -1) -> None:
        """Make ``project`` the current one, as one undoable step named ``label``.

        Steps that follow each other with the same ``key`` (from :meth:`new_key`) are one step: a drag, a slider.
        """
        self.end_preview()
        if project == self.project:
            return
        old = self.project
        self.undo_stack.push(Step(label, old, project, key))
        self._take(project)
        self.changed.emit(old, self.project)

    def new_key(self) -> int:
        """A key for the steps of one gesture."""
        self._gesture += 1
        return self._gesture

    def undo(self) -> None:
        """Back to the project before the last step."""
        self.end_preview()
        self._step_to(self.undo_stack.undo())

    def redo(self) -> None:
        """Forward again to the project after the step last undone."""
        self.end_preview()
        self._step_to(self.undo_stack.redo())

    def go_to(self, fits: Callable[[Project], bool]) -> bool:
        """Undo to the last project that ``fits``, or else redo to the next one; where there is none nothing changes."""
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
        """Another project with no past."""
        self.end_preview()
        old = self.project
        self.undo_stack.clear()
        self._take(project)
        self.changed.emit(old, project)

    def _step_to(self, project: Project | None) -> None:
        if project is not None:
            old = self.project
            self._take(project)
            self.changed.emit(old, project)

    def _take(self, project: Project) -> None:
        old, self.project = self.project, project
        if project.dataset != old.dataset:
            self._facts = facts_for(project)
        elif project.network == old.network and project.recipe == old.recipe:
            return
        self.report = check(project.network, self._facts_for(project), self.report)

    def _facts_for(self, project: Project) -> Facts:
        recipe = project.recipe
        return replace(self._facts, batch_size=recipe.batch_size, state_tensors=recipe.state_tensors)
