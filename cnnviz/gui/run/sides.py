"""The two sides of a comparison: moments, runs and samples that the user puts side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.inspection.moment import Sample
    from cnnviz.runs.summary import RunSummary


@dataclass(frozen=True)
class Side:
    """A side of a comparison: a run, a moment of it, and a sample.

    ``folder`` is the folder of a recorded run; None is the present run. ``step`` is the step of a recorded moment; None
    is the last moment of a recorded run, or the present state of the present run. ``sample`` is a sample that was kept;
    None is the sample of the window.
    """

    folder: Path | None = None
    step: int | None = None
    sample: Sample | None = None


class Sides(QObject):
    """Side A and side B. ``changed`` follows another choice, ``asked`` the wish to see the comparison.

    ``reference`` is the sample with which the sample on screen is compared; ``referenceChanged`` follows another one.
    """

    changed = Signal()
    asked = Signal()
    referenceChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pair: tuple[Side, Side] = (Side(step=0), Side())
        """Side A, at first the start of the present run, and side B, its present state."""
        self.reference: Sample | None = None

    def set_reference(self, sample: Sample) -> None:
        """Compare the samples that follow with this one."""
        self.reference = sample
        self.referenceChanged.emit()
        self.asked.emit()

    def choose(self, index: int, side: Side) -> None:
        """Put something on side A (0) or B (1)."""
        if side != self.pair[index]:
            side_a, side_b = self.pair
            self.pair = (side, side_b) if index == 0 else (side_a, side)
            self.changed.emit()

    def swap(self) -> None:
        """Exchange the sides."""
        side_a, side_b = self.pair
        self.pair = side_b, side_a
        self.changed.emit()

    def compare(self, runs: Sequence[tuple[Path, RunSummary]]) -> None:
        """Compare the last moments of two runs. A single run is compared with the present run."""
        sides = [Side(folder) for folder, _ in runs[:2]]
        self.pair = (Side(), sides[0]) if len(sides) == 1 else (sides[0], sides[1])
        self.changed.emit()
        self.asked.emit()
