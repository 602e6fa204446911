"""A drawing and the steps that led to it. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.data.ink import draw_line, moved
from cnnviz.gui.panels.sample.steps import Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.data.ink import Point

MOST_STEPS = 100
"""Steps that can be undone: a sheet takes 80 kB."""


class Drawing:
    """A sheet of ink, uint8 (H, W), with undo and redo: a stroke is one step, however long it is.

    Between :meth:`begin` and :meth:`end` the ink changes without a step of its own.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.sheet: NDArray[np.uint8] = np.zeros(size, np.uint8)
        """The ink, uint8 (H, W): 0 to 255."""
        self._before: NDArray[np.uint8] | None = None
        """The sheet before the present gesture; None without a gesture."""
        self._steps: Steps[NDArray[np.uint8]] = Steps(MOST_STEPS)

    @property
    def empty(self) -> bool:
        """Whether there is no ink."""
        return not self.sheet.any()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return self._steps.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return self._steps.can_redo

    def begin(self) -> None:
        """Begin a gesture, such as a stroke."""
        self._before, self.sheet = self.sheet, self.sheet.copy()

    def line(self, start: Point, end: Point, width: float, *, erase: bool = False) -> None:
        """Draw or erase a line as a part of the gesture; ``width`` is in pixels of the sheet."""
        draw_line(self.sheet, start, end, width, erase=erase)

    def move(self, down: int, right: int) -> None:
        """Move the ink down and to the right, in pixels, from where it was when the gesture began."""
        assert self._before is not None
        self.sheet = moved(self._before, down, right)

    def end(self) -> None:
        """End the gesture; if it has changed the sheet, it is one step."""
        before, self._before = self._before, None
        if before is not None:
            self._note(before)

    def replace(self, sheet: NDArray[np.uint8]) -> None:
        """Replace the sheet by another of the same size, as one step."""
        self.end()
        before, self.sheet = self.sheet, sheet
        self._note(before)

    def undo(self) -> None:
        """Undo the last step; a gesture is ended first and undone."""
        self.end()
        self.sheet = self._steps.undo(self.sheet)

    def redo(self) -> None:
        """Redo the last step that was undone."""
        self.end()
        self.sheet = self._steps.redo(self.sheet)

    def _note(self, before: NDArray[np.uint8]) -> None:
        if not np.array_equal(before, self.sheet):
            self._steps.note(before)
