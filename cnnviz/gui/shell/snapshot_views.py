"""The parts of a window that show snapshots: the canvas, its colour scale, and the panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.gui.builder.canvas import Canvas
    from cnnviz.gui.builder.overlays.map_scale import MapScaleControl
    from cnnviz.gui.widgets.panel_set import PanelSet
    from cnnviz.gui.workbench import Workbench
    from cnnviz.inspection.snapshot import Snapshot


class SnapshotViews:
    """Draws each new snapshot in the canvas and in the visible panels, on the scale that is chosen in ``scale``."""

    def __init__(self, bench: Workbench, canvas: Canvas, scale: MapScaleControl, panels: PanelSet) -> None:
        self._bridge = bridge = bench.bridge
        self._canvas, self._scale, self._panels = canvas, scale, panels
        bridge.snapshot.connect(self.show)
        bench.follow_dataset(lambda dataset: canvas.set_class_names(dataset.classes))
        bench.selection.changed.connect(self.show_again)
        panels.when_made("maps", scale.attach)
        scale.chosen.connect(canvas.set_map_scale)
        scale.chosen.connect(lambda _: self.show_again())
        scale.choiceAsked.connect(bridge.choose_maps_again)

    def show_again(self) -> None:
        """Draw the present snapshot again, because something else is to be shown of it."""
        self.show(self._bridge.shown)

    def show(self, snapshot: Snapshot | None) -> None:
        """Draw a snapshot; None removes the displayed values, because the network cannot run."""
        canvas = self._canvas
        if snapshot is None:
            canvas.show_snapshot(None)
            self._scale.show_step(None)
            for panel in self._panels.existing():
                panel.clear_snapshot()
            return
        if not canvas.isHidden():
            canvas.show_snapshot(snapshot)
            self._scale.show_step(snapshot.step, canvas.drawn_maps(), recorded=snapshot.recorded)
        for panel in self._panels.existing():
            if panel.isVisible():
                panel.show_snapshot(snapshot)
