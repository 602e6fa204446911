"""Strokes on a drawing: what pen, eraser and hand do between pressing and lifting. No Qt."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnviz.data.ink import Point
    from cnnviz.gui.panels.sample.history import Drawing

PEN = 0.08
"""Width of the pen at first, as a share of the sheet: strokes become about as wide as those of MNIST."""
NARROWEST, WIDEST = 0.03, 0.25
ERASER = 2.0
"""The eraser is so many times as wide as the pen."""
STEP = 1 / 28
"""A pixel of MNIST, as a share of the sheet."""


class Tool(Enum):
    """What pressing and dragging does."""

    PEN = "pen"
    ERASER = "eraser"
    MOVE = "move"


class Strokes:
    """Draws on ``drawing`` with the ``tool`` of now; places are in pixels of the sheet."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.tool = Tool.PEN
        self.width_share = PEN
        self._from: Point = (0.0, 0.0)
        self._last: Point | None = None
        """Where the stroke under way has got to."""
        self._erasing = False

    @property
    def down(self) -> bool:
        """Whether a stroke is under way."""
        return self._last is not None

    def width(self, *, erasing: bool = False) -> float:
        """The width of pen or eraser, in pixels of the sheet."""
        side: int = min(self.drawing.sheet.shape)
        return self.width_share * side * (ERASER if erasing else 1)

    def change_width(self, factor: float) -> None:
        """Another pen, within the limits."""
        self.width_share = max(NARROWEST, min(WIDEST, self.width_share * factor))

    def begin(self, at: Point, *, erase: bool = False) -> None:
        """Press the tool at a place; ``erase`` whatever the tool is."""
        self.end()
        self.drawing.begin()
        self._from = self._last = at
        self._erasing = erase or self.tool is Tool.ERASER
        if self._erasing or self.tool is Tool.PEN:
            self._line(at, at)

    def extend(self, to: Point) -> None:
        """Drag it there."""
        if self._last is None:
            return
        if self._erasing or self.tool is Tool.PEN:
            self._line(self._last, to)
        else:
            self.drawing.move(round(to[1] - self._from[1]), round(to[0] - self._from[0]))
        self._last = to

    def end(self) -> bool:
        """Lift it; whether a stroke was under way."""
        if self._last is None:
            return False
        self._last = None
        self.drawing.end()
        return True

    def nudge(self, right: int, down: int) -> None:
        """Move all ink by pixels of MNIST."""
        self.end()
        step = max(1, round(min(self.drawing.sheet.shape) * STEP))
        self.drawing.begin()
        self.drawing.move(down * step, right * step)
        self.drawing.end()

    def clear(self) -> None:
        """Take all ink away."""
        self.end()
        self.drawing.replace(np.zeros_like(self.drawing.sheet))

    def invert(self) -> None:
        """Make ink of the ground and ground of the ink."""
        self.end()
        self.drawing.replace(255 - self.drawing.sheet)

    def undo(self) -> None:
        """Take back the last step, or the stroke that is under way."""
        self.end()
        self.drawing.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        self.end()
        self.drawing.redo()

    def _line(self, start: Point, end: Point) -> None:
        self.drawing.line(start, end, self.width(erasing=self._erasing), erase=self._erasing)
