"""The table of panels: title, place, and the function that creates a panel and connects it to the workbench.

These functions import the panels: a panel that is never shown is never loaded.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.panel_spec import At, PanelSpec
from cnnviz.gui.run.replay import SPEEDS
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.gui.widgets.panel_set import PanelSet
from cnnviz.training.channels import MOVING, State
from cnnviz.training.facts import facts_for

if TYPE_CHECKING:
    from cnnviz.data.catalogue import Dataset
    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.gui.widgets.panel import Panel
    from cnnviz.gui.workbench import Workbench
    from cnnviz.training.channels import Status


def _sample(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.sample.panel import SamplePanel

    panel, bridge = SamplePanel(bench.theme), bench.bridge
    bridge.failed.connect(panel.say_why_empty)
    panel.sampleChosen.connect(bridge.set_sample)
    panel.pixelPointed.connect(lambda pixel: bench.traces.point("sample", pixel))
    panel.why.study = lambda: bench.explaining
    panel.fool.studies = lambda: bench.fooling
    panel.fool.compared.connect(bench.sides.set_reference)
    bench.samples.asked.connect(panel.show_sample)
    bench.samples.asked.connect(bridge.set_sample)
    bench.traces.changed.connect(panel.show_trace)
    bench.traces.regionChanged.connect(panel.show_region)

    def show(dataset: Dataset) -> None:
        split = dataset.validation if len(dataset.validation.labels) else dataset.train
        panel.set_images(split.images, split.labels, dataset.classes)

    bench.follow_dataset(show)
    panel.set_shape(facts_for(bench.editor.project).image)
    bench.editor.changed.connect(lambda _, new: panel.set_shape(facts_for(new).image))
    return panel


def _settings(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.settings.panel import SettingsPanel

    panel = SettingsPanel(bench.editor, bench.selection, bench.theme)
    panel.left.connect(bench.requests.canvasAsked)
    return panel


def _kernels(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.kernels.panel import KernelsPanel

    panel = KernelsPanel(bench.theme, bench.pins, bench.references, bench.past)
    bench.closers.append(panel.film.close_reading)
    panel.weightClicked.connect(bench.requests.weightAsked)
    bench.open_map.weightOpened.connect(panel.follow)
    bench.follow_dataset(lambda dataset: panel.set_classes(dataset.classes))
    return panel


def _maps(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.maps.panel import MapsPanel

    panel = MapsPanel(bench.theme, bench.pins, bench.references)
    bench.follow_dataset(lambda dataset: panel.set_classes(dataset.classes))
    panel.valueHeld.connect(lambda place: bench.traces.point("held map", place))
    panel.valuePointed.connect(lambda place: bench.traces.point("maps", place))
    panel.valueClicked.connect(bench.requests.valueAsked)
    panel.mapEntered.connect(bench.requests.mapAsked)
    bench.open_map.valueOpened.connect(panel.follow)
    bench.open_map.left.connect(panel.let_go)
    return panel


def _spread(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.histograms.panel import HistogramsPanel

    return HistogramsPanel(bench.theme)


def _excites(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.excites.panel import ExcitesPanel
    from cnnviz.gui.run.climbing import Climbing
    from cnnviz.gui.run.exciting import Exciting

    study, climbing = Exciting(bench.bridge, bench.past, bench.window), Climbing(bench.bridge, bench.window)
    bench.closers += [study.close, climbing.close]
    panel = ExcitesPanel(study, climbing, bench.theme)
    bench.follow_dataset(lambda dataset: panel.set_classes(dataset.classes))
    panel.sampleAsked.connect(bench.samples.asked)
    panel.valuePointed.connect(lambda place: bench.traces.point("excites", place))
    panel.valueAsked.connect(bench.requests.valueAsked)
    panel.valueChosen.connect(bench.requests.valueFollowed)
    bench.open_map.opened.connect(panel.set_channel)
    if bench.open_map.last is not None:
        panel.set_channel(*bench.open_map.last)
    return panel


def _curves(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.curves.panel import CurvesPanel
    from cnnviz.runs.histories.recorded import recorded_history

    panel, bridge = CurvesPanel(bench.theme, bench.overlays), bench.bridge
    bridge.metrics.connect(panel.add_metrics)
    bridge.events.connect(panel.add_events)
    bridge.status.connect(lambda status: panel.set_run(status.batches, status.precision))
    bridge.status.connect(lambda status: panel.set_training(status.state in MOVING))
    bench.project_run.opening.connect(panel.empty.set_opening)
    panel.row.wrong.clicked.connect(lambda: bench.show_mistakes())

    def count_images(dataset: Dataset) -> None:
        panel.row.images = len(dataset.validation)

    bench.follow_dataset(count_images)
    past = bench.past
    moments, replay = bench.moments, bench.replay
    panel.set_moments(moments.known)
    moments.changed.connect(panel.set_moments)
    panel.timeline.nameAsked.connect(panel.moments.edit_name)
    panel.timeline.pinAsked.connect(moments.toggle_pin)
    panel.named.connect(moments.set_name)
    panel.head.replay.offer_speeds(SPEEDS)
    panel.head.replay.clicked.connect(replay.toggle)
    panel.head.replay.speedChosen.connect(replay.set_speed)
    replay.changed.connect(panel.head.replay.show_playing)
    past.opened.connect(lambda: panel.show_run(None if past.folder is None else recorded_history(past.folder)))
    bench.watching.grown.connect(panel.grow_run)
    past.changed.connect(panel.show_past)
    panel.timeline.asked.connect(past.go_to)
    panel.timeline.moved.connect(past.move)
    panel.timeline.nowAsked.connect(past.now)
    return panel


def _code(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.code.panel import CodePanel

    panel = CodePanel(bench.editor, bench.selection, bench.document.beside, bench.theme)
    panel.chosen.connect(bench.requests.layerAsked)
    return panel


def _layers(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.layer_table.panel import LayerTable

    panel = LayerTable(bench.editor, bench.selection, bench.times, bench.theme)
    panel.chosen.connect(bench.requests.layerAsked)
    return panel


def _runs(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.runs.panel import RunsPanel
    from cnnviz.gui.run.run_names import listed_folder

    def present() -> str:
        folder = listed_folder(bench.bridge.recorder, bench.bridge.session.status.run)
        return "" if folder is None else folder.name

    panel = RunsPanel(bench.theme)
    panel.model.present = present
    bench.bridge.moments.connect(lambda *_: panel.model.mark_present())
    panel.continued.connect(bench.going_on.continue_run)
    panel.looked.connect(bench.look)
    panel.opened.connect(bench.requests.projectAsked)
    panel.overlaid.connect(bench.overlays.add)
    panel.model.labelled.connect(lambda *_: bench.requests.runsNamed.emit())
    panel.moved.connect(bench.requests.runsNamed)
    panel.compared.connect(bench.sides.compare)
    bench.closers.append(panel.close_reading)
    return panel


def _compare(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.compare.panel import ComparePanel

    panel = ComparePanel(bench.bridge, bench.sides, bench.selection, bench.theme)
    panel.overlayAsked.connect(bench.overlays.add)
    panel.sampleAsked.connect(bench.samples.asked)
    bench.follow_dataset(panel.set_dataset)
    bench.closers.append(panel.close_sides)
    return panel


def _mistakes(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.mistakes.panel import MistakesPanel

    panel = MistakesPanel(bench.predicting, bench.epoch_predictions, bench.theme)
    panel.sampleAsked.connect(bench.samples.asked)
    bench.requests.mistakesAsked.connect(panel.show_mistakes)

    def follow(status: Status) -> None:
        panel.set_finished(finished=status.state is State.FINISHED)

    follow(bench.bridge.session.status)
    bench.bridge.status.connect(follow)
    return panel


def _points(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.points.panel import PointsPanel

    panel = PointsPanel(bench.projecting, bench.selection, bench.theme)
    panel.sampleAsked.connect(bench.samples.asked)
    return panel


def _problems(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.problems.panel import ProblemsPanel

    panel = ProblemsPanel(bench.editor, bench.selection, bench.theme)
    panel.show_status(bench.bridge.session.status)
    bench.bridge.status.connect(panel.show_status)
    return panel


def _recipe(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.recipe.panel import RecipePanel

    panel = RecipePanel(bench.editor, bench.theme, bench.rate_finder)
    bench.follow_dataset(lambda dataset: panel.set_images(dataset.train.images))
    panel.show_status(bench.bridge.session.status)
    bench.bridge.status.connect(panel.show_status)
    panel.sweepAsked.connect(bench.requests.sweepAsked)
    bench.closers.append(panel.close_finder)
    return panel


def _microscope(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.microscope.panel import Microscope
    from cnnviz.training.weight_watch import WeightWatch

    panel = Microscope(bench.theme, partial(WeightWatch, bench.bridge.session))
    panel.seen.connect(lambda region: bench.traces.point("microscope", region))
    panel.pointed.connect(lambda place: bench.traces.point("microscope value", place))
    panel.pinAsked.connect(bench.pins.toggle)

    def follow(looking: Looking) -> None:
        weight = None if looking.weight is None else looking.weight.index
        bench.open_map.follow(looking.place, whole=looking.whole, weight=weight)

    panel.moved.connect(follow)
    bench.follow_dataset(lambda dataset: panel.set_classes(dataset.classes))
    return panel


def _data(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.data.panel import DataPage

    page = DataPage(bench.editor, bench.theme)
    bench.closers.append(page.close_reading)
    return page


def _sweep(bench: Workbench) -> Panel:
    from cnnviz.gui.panels.sweep.panel import SweepPage
    from cnnviz.gui.run.sweep_watch import SweepWatch

    watch = SweepWatch(bench.window)
    bench.closers.append(watch.close)
    return SweepPage(watch, bench.theme)


PANELS: tuple[PanelSpec, ...] = (
    PanelSpec("sample", QT_TRANSLATE_NOOP("panels", "Sample"), At.LEFT, "SamplePanel", _sample),
    PanelSpec("settings", QT_TRANSLATE_NOOP("panels", "Settings"), At.LAYER, "SettingsPanel", _settings),
    PanelSpec("kernels", QT_TRANSLATE_NOOP("panels", "Kernels"), At.LAYER, "KernelsPanel", _kernels),
    PanelSpec("maps", QT_TRANSLATE_NOOP("panels", "Maps"), At.LAYER, "MapsPanel", _maps),
    PanelSpec("spread", QT_TRANSLATE_NOOP("panels", "Spread"), At.LAYER, "HistogramsPanel", _spread),
    PanelSpec("excites", QT_TRANSLATE_NOOP("panels", "Excites"), At.LAYER, "ExcitesPanel", _excites),
    PanelSpec("curves", QT_TRANSLATE_NOOP("panels", "Curves"), At.RUN, "CurvesPanel", _curves),
    PanelSpec("mistakes", QT_TRANSLATE_NOOP("panels", "Mistakes"), At.RUN, "MistakesPanel", _mistakes),
    PanelSpec("points", QT_TRANSLATE_NOOP("panels", "Points"), At.RUN, "PointsPanel", _points),
    PanelSpec("runs", QT_TRANSLATE_NOOP("panels", "Runs"), At.RUN, "RunsPanel", _runs),
    PanelSpec("compare", QT_TRANSLATE_NOOP("panels", "Compare"), At.RUN, "ComparePanel", _compare),
    PanelSpec("problems", QT_TRANSLATE_NOOP("panels", "Problems"), At.RUN, "ProblemsPanel", _problems),
    PanelSpec("code", QT_TRANSLATE_NOOP("panels", "Code"), At.RUN, "CodePanel", _code),
    PanelSpec("layers", QT_TRANSLATE_NOOP("panels", "All layers"), At.BESIDE_RUN, "LayerTable", _layers),
    PanelSpec("microscope", QT_TRANSLATE_NOOP("panels", "Microscope"), At.MIDDLE, "Microscope", _microscope),
    PanelSpec("data", QT_TRANSLATE_NOOP("panels", "Data"), At.MIDDLE, "DataPage", _data),
    PanelSpec("sweep", QT_TRANSLATE_NOOP("panels", "Sweep"), At.MIDDLE, "SweepPage", _sweep),
    PanelSpec("recipe", QT_TRANSLATE_NOOP("panels", "Recipe"), At.BAR, "RecipePanel", _recipe),
)


def panels_of(bench: Workbench) -> PanelSet:
    """The panels of a window, none of them made yet."""

    def make(spec: PanelSpec) -> Panel:
        panel = spec.make(bench)
        panel.message.connect(bench.requests.message)
        panel.failed.connect(bench.requests.failed)
        return panel

    return PanelSet({spec.id: partial(make, spec) for spec in PANELS})


def titles(place: At) -> dict[str, str]:
    """The titles of the panels of a place, by id."""
    return {spec.id: QCoreApplication.translate("panels", spec.title) for spec in PANELS if spec.place is place}


def id_of(kind: type[Panel]) -> str:
    """The id of the panel of a class."""
    return next(spec.id for spec in PANELS if spec.kind == kind.__name__)
