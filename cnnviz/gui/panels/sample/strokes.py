"""Strokes on a drawing with pen, eraser or the tool that moves the ink. No Qt."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.data.ink import Point
    from cnnviz.gui.panels.sample.history import Drawing

PEN = 0.08
"""Initial width of the pen, as a share of the sheet: strokes are then about as wide as in MNIST."""
NARROWEST, WIDEST = 0.03, 0.25
ERASER = 2.0
"""Width of the eraser, in widths of the pen."""
STEP = 1 / 28
"""The side of an MNIST pixel, as a share of the sheet."""


class Tool(Enum):
    """What dragging does: draw, erase, or move all ink."""

    PEN = "pen"
    ERASER = "eraser"
    MOVE = "move"


class Strokes:
    """Draws on ``drawing`` with ``tool``; all positions are in pixels of the sheet."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.tool = Tool.PEN
        self.width_share = PEN
        self._from: Point = (0.0, 0.0)
        self._last: Point | None = None
        """The end of the present stroke so far; None without a stroke."""
        self._erasing = False

    @property
    def down(self) -> bool:
        """Whether there is a stroke at present."""
        return self._last is not None

    def width(self, *, erasing: bool = False) -> float:
        """The width of pen or eraser, in pixels of the sheet."""
        side: int = min(self.drawing.sheet.shape)
        return self.width_share * side * (ERASER if erasing else 1)

    def change_width(self, factor: float) -> None:
        """Multiply the width of the pen, within its limits."""
        self.width_share = max(NARROWEST, min(WIDEST, self.width_share * factor))

    def begin(self, at: Point, *, erase: bool = False) -> None:
        """Begin a stroke; with ``erase`` it erases, whatever the tool."""
        self.end()
        self.drawing.begin()
        self._from = self._last = at
        self._erasing = erase or self.tool is Tool.ERASER
        if self._erasing or self.tool is Tool.PEN:
            self._line(at, at)

    def extend(self, to: Point) -> None:
        """Continue the stroke, if there is one."""
        if self._last is None:
            return
        if self._erasing or self.tool is Tool.PEN:
            self._line(self._last, to)
        else:
            self.drawing.move(round(to[1] - self._from[1]), round(to[0] - self._from[0]))
        self._last = to

    def end(self) -> bool:
        """End the stroke. Returns whether there was one."""
        if self._last is None:
            return False
        self._last = None
        self.drawing.end()
        return True

    def nudge(self, right: int, down: int) -> None:
        """Move all ink to the right and down, in MNIST pixels, as one step."""
        self.end()
        step = max(1, round(min(self.drawing.sheet.shape) * STEP))
        self.drawing.begin()
        self.drawing.move(down * step, right * step)
        self.drawing.end()

    def replace(self, sheet: NDArray[np.uint8]) -> None:
        """Replace the sheet, uint8 (H, W), by another of the same size, as one step; a stroke ends."""
        self.end()
        self.drawing.replace(sheet)

    def clear(self) -> None:
        """Remove all ink, as one step."""
        self.replace(np.zeros_like(self.drawing.sheet))

    def invert(self) -> None:
        """Invert the sheet: ink becomes ground, ground becomes ink."""
        self.replace(255 - self.drawing.sheet)

    def undo(self) -> None:
        """Undo the last step, or the present stroke."""
        self.end()
        self.drawing.undo()

    def redo(self) -> None:
        """Redo the last step that was undone."""
        self.end()
        self.drawing.redo()

    def _line(self, start: Point, end: Point) -> None:
        self.drawing.line(start, end, self.width(erasing=self._erasing), erase=self._erasing)
