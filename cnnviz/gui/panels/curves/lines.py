"""The lines and symbols that the curves are drawn with, how near the pointer reads a mark, and the narrowest range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from pyqtgraph import PlotDataItem

    from cnnviz.gui.widgets.plot import Plot

NEAR = 6
"""The pointer reads the change at a mark up to this distance, in pixels."""
NARROWEST = 10
"""The fewest steps to which the user can zoom in."""


def curves_of(plot: Plot) -> dict[str, PlotDataItem]:
    """New curves in ``plot``, by what they show: ``loss``, ``loss raw``, ``loss validation`` …

    ``loss beyond`` are triangles at the top, for losses that are higher than the axis.
    """
    add, dash, none = plot.add_curve, Qt.PenStyle.DashLine, Qt.PenStyle.NoPen
    return {
        "accuracy raw": add("good", alpha=0.3),
        "loss raw": add("accent", alpha=0.3),
        "accuracy": add("good", 2),
        "loss": add("accent", 2),
        "accuracy validation": add("good", 1.8, dash, symbol="o"),
        "loss validation": add("accent", 1.8, dash, symbol="o"),
        "accuracy test": add("good", 1, none, symbol="d", size=12),
        "loss test": add("accent", 1, none, symbol="d", size=12),
        "loss beyond": add("accent", 1, none, symbol="t1"),
    }
