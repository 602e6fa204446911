"""The past of a project, and what was undone: steps from a value to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.project.project import Project

MOST_STEPS = 1000


@dataclass(frozen=True)
class Step:
    """One edit; steps that follow each other with the same ``key`` are one, -1 is a step of its own."""

    label: str
    before: Project
    after: Project
    key: int = -1


class History:
    """Steps that can be undone and redone, with the names of Qt's QUndoStack.

    It is not one: where Python collects the window of an editor as garbage, a QUndoStack can delete its commands twice.
    """

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._most = most
        self._steps: list[Step] = []
        self._index = 0

    def push(self, step: Step) -> None:
        """Add a step; what was undone is gone. One of the same key goes on with the last, and ends where that began."""
        del self._steps[self._index :]
        if self._steps and step.key != -1 and step.key == self._steps[-1].key:
            step = replace(step, before=self._steps.pop().before)
        if step.after != step.before:
            self._steps.append(step)
        del self._steps[: -self._most]
        self._index = len(self._steps)

    def undo(self) -> Project | None:
        """The project before the last step; None where there is none."""
        if not self._index:
            return None
        self._index -= 1
        return self._steps[self._index].before

    def redo(self) -> Project | None:
        """The project after the step last undone; None where there is none."""
        if self._index == len(self._steps):
            return None
        self._index += 1
        return self._steps[self._index - 1].after

    def clear(self) -> None:
        """Forget everything."""
        self._steps.clear()
        self._index = 0

    def at(self, index: int) -> Project:
        """The project after ``index`` steps."""
        return self._steps[index].before if index < len(self._steps) else self._steps[-1].after

    def setIndex(self, index: int) -> None:
        """Let ``index`` steps be done, and the rest undone."""
        self._index = index

    def index(self) -> int:
        """How many steps are done."""
        return self._index

    def count(self) -> int:
        """How many steps there are, those undone included."""
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
