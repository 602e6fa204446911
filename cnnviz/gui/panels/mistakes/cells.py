"""Where the cells of the confusion matrix lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

ABOVE = 2
"""Lines above the cells: the titles of both axes, and the names of the columns. Without room, the names only."""


@dataclass(frozen=True)
class Cells:
    """Cells of ``width`` × ``height`` pixels. They begin at x = ``left``, below ``above`` lines of their height."""

    left: float
    width: float
    height: float
    above: int = ABOVE

    def rect(self, row: int, column: int) -> QRectF:
        """Where a cell is drawn; also beyond the first and last row and column."""
        x, y = self.left + column * self.width, (row + self.above) * self.height
        return QRectF(x, y, self.width, self.height)

    def at(self, point: QPoint) -> tuple[int, int]:
        """Row and column below a point, also beyond the first and last."""
        return int(point.y() // self.height) - self.above, int((point.x() - self.left) // self.width)
