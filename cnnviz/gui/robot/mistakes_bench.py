"""Measures the Mistakes tab: how long the predictions for 10,000 images take until all views are painted, and how soon
a click on a cell shows its images."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.mistakes.panel import CALIBRATION, CLASSES, MistakesPanel
from cnnviz.gui.robot.percentiles import percentiles
from cnnviz.gui.robot.person import LEFT
from cnnviz.gui.run.moment_study import VALIDATION
from cnnviz.gui.run.predicting import TEST

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.robot.person import Person

CLICKS = 30
PATIENCE_SECONDS = 120.0


def measure_mistakes(window: MainWindow, person: Person) -> dict[str, float]:
    """Milliseconds: ``all`` from the choice of the test images until everything about them is drawn, ``p50`` and
    ``p95`` from a click on a cell until its images are drawn. Training stands still."""
    panel, study = window.panel(MistakesPanel), window.bench.predicting
    window.show_panel("mistakes")
    person.until(lambda: study.latest is not None and not study.running, "the validation images", PATIENCE_SECONDS)
    began = time.perf_counter()
    study.choose(TEST)
    person.until(lambda: study.latest is not None and not study.running, "the test images", PATIENCE_SECONDS)
    for view in (CALIBRATION, CLASSES):
        panel.show_view(view)
        panel.repaint()
    panel.show_mistakes()
    panel.repaint()
    passed = time.perf_counter() - began
    clicks = [_click(panel, at) for at in range(CLICKS)]
    study.choose(VALIDATION)
    window.show_panel("curves")
    return {"all": round(1000 * passed), **percentiles(clicks)}


def _click(panel: MistakesPanel, at: int) -> float:
    """Click a cell and paint its images; milliseconds."""
    assert panel.matrix.state is not None
    classes = panel.matrix.state.classes
    # another cell each time
    label, predicted = classes[at % len(classes)], classes[at // 3 % len(classes)]
    QApplication.processEvents()
    began = time.perf_counter()
    QTest.mouseClick(panel.matrix, LEFT, pos=panel.matrix.cell_rect(label, predicted).center().toPoint())
    panel.repaint()
    panel.gallery.viewport().repaint()
    return 1000 * (time.perf_counter() - began)
