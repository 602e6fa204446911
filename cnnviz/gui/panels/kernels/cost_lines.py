"""The lines below the kernels: parameters, operations and receptive field of the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.panels.kernels import words
from cnnviz.gui.widgets.muted import MutedLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.network.report import NodeReport, Shapes


class CostLines(MutedLabel):
    """Shows the costs of a layer in the network whose kernels are shown, which may have been changed on screen since.

    The costs are those of the layer on screen where no network has run, or where it had no such layer.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._node: str | None = None
        self._drawn: NodeReport | None = None
        """The report of the layer on screen."""
        self._fits = False
        self._run: Shapes | None = None
        """The shapes of the network that has run."""

    def set_fits(self, fits: bool) -> None:
        """Set whether there is room for the lines."""
        self._fits = fits
        self._fit()

    def show_layer(self, node: str | None, report: NodeReport | None) -> None:
        """Show another layer, or the same one after an edit."""
        self._node, self._drawn = node, report
        self._write()

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the costs in the network of a snapshot; None if no network has run."""
        run = None if snapshot is None or snapshot.moment is None else snapshot.moment.shapes
        if run is not self._run:
            self._run = run
            self._write()

    def _write(self) -> None:
        report = self._drawn
        # of a layer with a problem, of which nothing is known, there is a sentence instead of kernels
        known = report is not None and (report.output is not None or report.parameters)
        if known and self._run is not None and self._node is not None:
            report = self._run.nodes.get(self._node, report)
        self.setText(words.costs(report))
        self._fit()

    def _fit(self) -> None:
        self.setVisible(self._fits and bool(self.text()))
