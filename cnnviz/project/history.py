"""The undo history of a project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.project.project import Project

MOST_STEPS = 1000


@dataclass(frozen=True)
class Step:
    """One edit. Consecutive steps with the same ``key`` are merged; a step with key -1 is not."""

    label: str
    before: Project
    after: Project
    key: int = -1


class History:
    """Steps that can be undone and redone. Apart from :meth:`at`, the methods have the names of those of Qt's
    QUndoStack.

    A QUndoStack itself is not used: it can delete its commands twice when Python collects an editor's window.
    """

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._most = most
        self._steps: list[Step] = []
        self._index = 0

    def push(self, step: Step) -> None:
        """Add a step and drop the steps that were undone. A step with the key of the last step is merged with it; the
        result is dropped if nothing has changed in the end."""
        del self._steps[self._index :]
        if self._steps and step.key != -1 and step.key == self._steps[-1].key:
            step = replace(step, before=self._steps.pop().before)
        if step.after != step.before:
            self._steps.append(step)
        del self._steps[: -self._most]
        self._index = len(self._steps)

    def undo(self) -> Project | None:
        """Undo a step: the project before it; None if there is no step."""
        if not self._index:
            return None
        self._index -= 1
        return self._steps[self._index].before

    def redo(self) -> Project | None:
        """Redo a step: the project after it; None if there is no step."""
        if self._index == len(self._steps):
            return None
        self._index += 1
        return self._steps[self._index - 1].after

    def clear(self) -> None:
        """Forget all steps."""
        self._steps.clear()
        self._index = 0

    def at(self, index: int) -> Project:
        """The project after ``index`` steps."""
        return self._steps[index].before if index < len(self._steps) else self._steps[-1].after

    def setIndex(self, index: int) -> None:
        """Treat ``index`` steps as done, and the rest as undone."""
        self._index = index

    def index(self) -> int:
        """The number of steps that are done."""
        return self._index

    def count(self) -> int:
        """The number of steps, including those that were undone."""
        return len(self._steps)

    def canUndo(self) -> bool:
        """Whether there is a step to undo."""
        return self._index > 0

    def canRedo(self) -> bool:
        """Whether there is a step to redo."""
        return self._index < len(self._steps)

    def undoText(self) -> str:
        """The label of the step that would be undone."""
        return self._steps[self._index - 1].label if self.canUndo() else ""

    def redoText(self) -> str:
        """The label of the step that would be redone."""
        return self._steps[self._index].label if self.canRedo() else ""
