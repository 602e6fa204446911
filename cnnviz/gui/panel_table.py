"""The table of panels: title, place, and the function that creates a panel and connects it to the workbench."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from cnnviz.gui.panels.code.panel import CodePanel
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.histograms.panel import HistogramsPanel
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.panels.problems.panel import ProblemsPanel
from cnnviz.gui.panels.recipe.panel import RecipePanel
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.panels.sample.panel import SamplePanel
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.run.replay import SPEEDS
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.runs.histories.recorded import recorded_history
from cnnviz.training.channels import MOVING
from cnnviz.training.facts import facts_for
from cnnviz.training.weight_watch import WeightWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.data.catalogue import Dataset
    from cnnviz.gui.widgets.panel import Panel
    from cnnviz.gui.workbench import Workbench


class At(Enum):
    """The places for panels."""

    LEFT = "left"
    LAYER = "layer"
    """A tab of the right place."""
    RUN = "run"
    """A tab of the bottom place."""
    BESIDE_RUN = "beside run"
    MIDDLE = "middle"
    """In the place of the network."""
    BAR = "bar"
    """Opened by a button of the top bar."""


@dataclass(frozen=True)
class PanelSpec:
    """A panel: ``make`` creates it and connects it to signals of the workbench. ``title`` is in English."""

    id: str
    title: str
    place: At
    make: Callable[[Workbench], Panel]

    @property
    def action(self) -> str:
        """The id of the command that brings the panel to the front."""
        return f"panel_{self.id}"


def _sample(bench: Workbench) -> Panel:
    panel, bridge = SamplePanel(bench.theme), bench.bridge
    bridge.failed.connect(panel.say_why_empty)
    panel.sampleChosen.connect(bridge.set_sample)
    panel.pixelPointed.connect(lambda pixel: bench.traces.point("sample", pixel))
    bench.traces.changed.connect(panel.show_trace)
    bench.traces.regionChanged.connect(panel.show_region)

    def show(dataset: Dataset) -> None:
        split = dataset.validation if len(dataset.validation.labels) else dataset.train
        panel.set_images(split.images, split.labels, dataset.classes)

    bridge.dataset.connect(show)
    panel.set_shape(facts_for(bench.editor.project).image)
    bench.editor.changed.connect(lambda _, new: panel.set_shape(facts_for(new).image))
    return panel


def _kernels(bench: Workbench) -> Panel:
    panel = KernelsPanel(bench.theme, bench.pins, bench.references)
    bench.bridge.dataset.connect(lambda dataset: panel.set_classes(dataset.classes))
    return panel


def _maps(bench: Workbench) -> Panel:
    panel = MapsPanel(bench.theme, bench.pins, bench.references)
    bench.bridge.dataset.connect(lambda dataset: panel.set_classes(dataset.classes))
    panel.valueHeld.connect(lambda place: bench.traces.point("held map", place))
    panel.valuePointed.connect(lambda place: bench.traces.point("maps", place))
    return panel


def _curves(bench: Workbench) -> Panel:
    panel, bridge = CurvesPanel(bench.theme), bench.bridge
    bridge.metrics.connect(panel.add_metrics)
    bridge.events.connect(panel.add_events)
    bridge.status.connect(lambda status: panel.set_run(status.batches, status.precision))
    bridge.status.connect(lambda status: panel.set_training(status.state in MOVING))
    past = bench.past
    moments, replay = bench.moments, bench.replay
    moments.changed.connect(panel.set_moments)
    panel.timeline.nameAsked.connect(panel.moments.edit_name)
    panel.timeline.pinAsked.connect(moments.turn_pin)
    panel.named.connect(moments.set_name)
    panel.head.replay.offer_speeds(SPEEDS)
    panel.head.replay.clicked.connect(replay.toggle)
    panel.head.replay.speedChosen.connect(replay.set_speed)
    replay.changed.connect(panel.head.replay.show_playing)
    past.opened.connect(lambda: panel.show_run(None if past.folder is None else recorded_history(past.folder)))
    past.changed.connect(panel.show_past)
    panel.timeline.asked.connect(past.go_to)
    panel.timeline.moved.connect(past.move)
    panel.timeline.nowAsked.connect(past.now)
    return panel


def _runs(bench: Workbench) -> Panel:
    panel = RunsPanel(bench.theme)
    panel.looked.connect(bench.past.open)
    bench.closers.append(panel.close_reading)
    return panel


def _problems(bench: Workbench) -> Panel:
    panel = ProblemsPanel(bench.editor, bench.selection, bench.theme)
    bench.bridge.status.connect(panel.show_status)
    return panel


def _recipe(bench: Workbench) -> Panel:
    panel = RecipePanel(bench.editor, bench.theme, bench.rate_finder)
    bench.bridge.dataset.connect(lambda dataset: panel.set_images(dataset.train.images))
    return panel


def _microscope(bench: Workbench) -> Panel:
    panel = Microscope(bench.theme, partial(WeightWatch, bench.bridge.session))
    panel.seen.connect(lambda region: bench.traces.point("microscope", region))
    panel.pointed.connect(lambda place: bench.traces.point("microscope value", place))
    bench.bridge.dataset.connect(lambda dataset: panel.set_classes(dataset.classes))
    return panel


PANELS: tuple[PanelSpec, ...] = (
    PanelSpec("sample", QT_TRANSLATE_NOOP("panels", "Sample"), At.LEFT, _sample),
    PanelSpec(
        "settings",
        QT_TRANSLATE_NOOP("panels", "Settings"),
        At.LAYER,
        lambda bench: SettingsPanel(bench.editor, bench.selection, bench.theme),
    ),
    PanelSpec("kernels", QT_TRANSLATE_NOOP("panels", "Kernels"), At.LAYER, _kernels),
    PanelSpec("maps", QT_TRANSLATE_NOOP("panels", "Maps"), At.LAYER, _maps),
    PanelSpec("spread", QT_TRANSLATE_NOOP("panels", "Spread"), At.LAYER, lambda bench: HistogramsPanel(bench.theme)),
    PanelSpec("curves", QT_TRANSLATE_NOOP("panels", "Curves"), At.RUN, _curves),
    PanelSpec("problems", QT_TRANSLATE_NOOP("panels", "Problems"), At.RUN, _problems),
    PanelSpec(
        "code",
        QT_TRANSLATE_NOOP("panels", "Code"),
        At.RUN,
        lambda bench: CodePanel(bench.editor, bench.selection, bench.document.beside, bench.theme),
    ),
    PanelSpec("runs", QT_TRANSLATE_NOOP("panels", "Runs"), At.RUN, _runs),
    PanelSpec(
        "layers",
        QT_TRANSLATE_NOOP("panels", "All layers"),
        At.BESIDE_RUN,
        lambda bench: LayerTable(bench.editor, bench.selection, bench.times, bench.theme),
    ),
    PanelSpec("microscope", QT_TRANSLATE_NOOP("panels", "Microscope"), At.MIDDLE, _microscope),
    PanelSpec("recipe", QT_TRANSLATE_NOOP("panels", "Recipe"), At.BAR, _recipe),
)
