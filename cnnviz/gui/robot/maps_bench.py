"""A benchmark of drawing hundreds of maps in a panel: new values, colours, painting."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.robot.percentiles import percentiles
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Input
from cnnviz.network.shapes import infer

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme

COUNT, SIDE = 512, 28
ROOM = QSize(1920, 1140)
"""The size of an enlarged place on a large screen, in which all maps are in view."""
FRAMES, WARM = 40, 5
"""Measured frames, and frames before them that are not."""
SNAPSHOTS = 4
"""So many different ones are shown in turn."""


def draw_maps(theme: Theme) -> dict[str, float]:
    """``p50`` and ``p95`` of a frame with :data:`COUNT` maps of :data:`SIDE` × :data:`SIDE`, in milliseconds."""
    network = chain(("input", Input((1, SIDE, SIDE))), ("conv", Conv2d(COUNT, (3, 3), padding="same")))
    sample, report = Sample(np.zeros((1, SIDE, SIDE), np.uint8)), infer(network)
    numbers = np.random.default_rng(0)
    activations = [numbers.standard_normal((COUNT, SIDE, SIDE), np.float32) for _ in range(SNAPSHOTS)]
    panel = MapsPanel(theme)
    panel.resize(ROOM)
    panel.show()
    panel.bars.hide()
    QApplication.processEvents()
    panel.set_layer("conv", network["conv"], report.nodes["conv"])
    milliseconds = []
    for frame in range(WARM + FRAMES):
        maps = Maps(activations[frame % SNAPSHOTS], tuple(range(COUNT)), total=COUNT, signed=True, limit=3.0, full=5.0)
        snapshot = Snapshot(1, frame, network, sample, {MapsOf("conv"): maps}, settled=False, seconds=0.0)
        began = time.perf_counter()
        panel.show_snapshot(snapshot)
        panel.grid.viewport().repaint()
        milliseconds.append(1000 * (time.perf_counter() - began))
    rows, columns = panel.grid.visible()
    assert len(rows) * len(columns) >= COUNT
    panel.close()
    panel.deleteLater()
    return percentiles(milliseconds[WARM:])
