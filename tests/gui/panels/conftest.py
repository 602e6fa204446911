"""Projects and snapshots of made-up values for the panels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from runs_table_kit import write_runs

from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.document.selection import Selection
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.panels.sample.panel import SamplePanel
from cnnviz.gui.run.layer_times import LayerTimes
from cnnviz.gui.theme import DARK
from cnnviz.inspection.answers.kernels import Kernels, KernelsOf
from cnnviz.inspection.answers.maps import Maps, MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput, Prediction
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.report import Facts
from cnnviz.project.templates import TEMPLATES
from cnnviz.runs.library import Library
from cnnviz.runs.recorder import runs_folder
from cnnviz.runs.summary import Facts as RunFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network

MakeSnapshot = Callable[..., Snapshot]
MakeSamplePanel = Callable[..., SamplePanel]


@pytest.fixture
def editor() -> Iterator[ProjectEditor]:
    made = ProjectEditor(TEMPLATES["pytorch-tutorial"].project(), Facts((1, 28, 28), 10))
    yield made
    made.trials.stop()


@pytest.fixture
def selection() -> Selection:
    return Selection()


@pytest.fixture
def table(qtbot: QtBot, editor: ProjectEditor, selection: Selection) -> Iterator[LayerTable]:
    times = LayerTimes(editor, "cpu", 1)
    panel = LayerTable(editor, selection, times, DARK)
    qtbot.addWidget(panel)
    yield panel
    assert times.close()


@pytest.fixture
def curves_panel(qtbot: QtBot) -> CurvesPanel:
    panel = CurvesPanel(DARK)
    qtbot.addWidget(panel)
    panel.resize(800, 220)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def sample_panel(qtbot: QtBot) -> MakeSamplePanel:
    """Makes a shown Sample place of a width and height; ``images``, uint8 (N, 1, 28, 28), get labels 0 to 9 in turn."""

    def make(width: int, height: int, images: NDArray[np.uint8] | None = None) -> SamplePanel:
        panel = SamplePanel(DARK)
        qtbot.addWidget(panel)
        panel.resize(width, height)
        with qtbot.waitExposed(panel):
            panel.show()
        if images is not None:
            panel.set_images(images, np.arange(len(images)) % 10, tuple("0123456789"))
        return panel

    return make


@pytest.fixture
def sample() -> Sample:
    return Sample(np.arange(784, dtype=np.uint8).reshape(1, 28, 28), label=7, index=3)


@pytest.fixture
def make_snapshot(editor: ProjectEditor, sample: Sample) -> MakeSnapshot:
    """Builds a snapshot from weights and maps by node; of the tutorial network unless another is given."""

    def make(
        weights: Mapping[str, Array] | None = None,
        maps: Mapping[str, Array] | None = None,
        *,
        step: int = 1,
        signed: bool = True,
        logits: Array | None = None,
        network: Network | None = None,
        settled: bool = False,
    ) -> Snapshot:
        network = network or editor.project.network
        logits = np.linspace(-3, 3, 10, dtype=np.float32) if logits is None else logits
        shares = np.exp(logits) / np.exp(logits).sum()
        return Snapshot(
            run=1,
            step=step,
            network=network,
            sample=sample,
            answers={
                **{
                    MapsOf(node): Maps(values, tuple(range(len(values))), len(values), signed, 1.0)
                    for node, values in (maps or {}).items()
                },
                **{
                    KernelsOf(node): Kernels(values, None, 1.0, network.inputs[node][0])
                    for node, values in (weights or {}).items()
                },
                NetworkOutput(): Prediction(logits, shares.astype(np.float32)),
            },
            settled=settled,
            seconds=0.01,
        )

    return make


@pytest.fixture
def runs_panel(qtbot: QtBot, recording: None) -> Iterator[RunsPanel]:
    """The Runs panel alone, with three runs, of which one is named and two are of the same network."""
    write_runs(
        RunFacts("fast", 1.0, 7000, "CPU", "bfloat16", batch_size=50),
        RunFacts("fast", 2.0, 7000, "CPU", "float32"),
        RunFacts("deep", 3.0, 2_000_000, "CPU", "float32", parent="20260101-000001-aaaaaaaa", parent_step=1200),
    )
    Library(runs_folder()).label("20260101-000001-aaaaaaaa", "with dropout", "rate 0.01, seed 3")
    shown = RunsPanel(DARK)
    place = QWidget()
    column = QVBoxLayout(place)
    for part in (shown.controls(), shown):
        column.addWidget(part)
    shown.controls().show()
    qtbot.addWidget(place)
    place.resize(900, 300)
    with qtbot.waitActive(place):
        place.show()
        place.activateWindow()
    qtbot.waitUntil(lambda: len(shown.model.runs) == 3)
    shown.table.setFocus()
    yield shown
    assert shown.close_reading()
