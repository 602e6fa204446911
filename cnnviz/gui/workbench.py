"""The objects that parts of a window share: project, selection, file, training and measured times."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz import settings
from cnnviz.gui.document.document import Document
from cnnviz.gui.document.editor import ProjectEditor
from cnnviz.gui.document.pins import Pins
from cnnviz.gui.document.sample_choice import SampleChoice
from cnnviz.gui.document.selection import Selection
from cnnviz.gui.document.traces import Traces
from cnnviz.gui.run.archives import RunArchives
from cnnviz.gui.run.bridge import Bridge
from cnnviz.gui.run.going_on import GoingOn
from cnnviz.gui.run.layer_times import LayerTimes
from cnnviz.gui.run.moment_study import VALIDATION
from cnnviz.gui.run.moments import Moments
from cnnviz.gui.run.open_map import OpenMap
from cnnviz.gui.run.overlays import Overlays
from cnnviz.gui.run.past import Past
from cnnviz.gui.run.predicting import Predicting
from cnnviz.gui.run.project_run import ProjectRun
from cnnviz.gui.run.references import References
from cnnviz.gui.run.replay import Replay
from cnnviz.gui.run.run_names import listed_folder
from cnnviz.gui.run.run_scales import RunScales
from cnnviz.gui.run.sides import Sides
from cnnviz.gui.run.watching import Watching
from cnnviz.training.changes import same_layers
from cnnviz.training.facts import facts_for
from cnnviz.training.rate_finder import RateFinder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from cnnviz.data.catalogue import Dataset
    from cnnviz.gui.run.epoch_predictions import EpochPredictions
    from cnnviz.gui.run.explaining import Explaining
    from cnnviz.gui.run.exporting import Exporting
    from cnnviz.gui.run.fooling import Fooling
    from cnnviz.gui.run.projecting import Projecting
    from cnnviz.gui.run.robustness import RobustnessStudy
    from cnnviz.gui.run.sweeping import Sweeping
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Questions
    from cnnviz.project.project import Project


class Requests(QObject):
    """What panels ask of their window.

    ``message(str)`` is shown in the status line, ``failed(str)`` as a notice.

    ``panelAsked(id)`` brings a panel to the front, ``mistakesAsked`` shows all mistakes in the Mistakes tab.
    ``valueAsked(Place)`` opens the microscope at a value, ``valueFollowed(Place)`` moves it there if it is open,
    ``mapAsked(node, channel)`` opens it at a map, ``weightAsked(node, index)`` at a weight.

    ``projectAsked(Project)`` and ``fileAsked(Path)`` open a project in a window of its own, ``watchAsked(Path,
    Project)`` that of a recorded run in this folder, to follow the run there; it takes the place of an unused window.
    ``lookAsked(Path, Project, panel)`` does so to look at the run, with this panel in front, and leaves this window as
    it is, and so does ``runAsked(RecordedStart, Project, command)`` to begin a run there and to carry out a command
    that gets that window. ``sweepAsked`` opens the dialog of a sweep.
    ``canvasAsked`` gives the keyboard to the canvas, ``layerAsked`` scrolls the canvas to the selected layers.

    ``runsNamed`` follows when a run was given a name, deleted or brought back, ``sweepStarted(where, name)`` the start
    of a sweep.
    """

    message = Signal(str)
    failed = Signal(str)
    panelAsked = Signal(str)
    valueAsked = Signal(object)
    valueFollowed = Signal(object)
    mapAsked = Signal(str, int)
    weightAsked = Signal(str, object)
    mistakesAsked = Signal()
    projectAsked = Signal(object)
    fileAsked = Signal(object)
    watchAsked = Signal(object, object)
    lookAsked = Signal(object, object, str)
    runAsked = Signal(object, object, object)
    sweepAsked = Signal()
    canvasAsked = Signal()
    layerAsked = Signal()
    runsNamed = Signal()
    sweepStarted = Signal(str, str)


class Workbench:
    """The shared objects of a project. ``theme`` is the present theme; widgets get later ones by ``set_theme``."""

    def __init__(
        self, project: Project, path: Path | None, theme: Theme, questions: Callable[[], Questions], window: QWidget
    ) -> None:
        """``questions`` returns the questions for the next snapshot; ``window`` is the parent of all objects."""
        preferences = settings.load()
        device, threads = preferences.device, preferences.threads or None
        self.theme, self.window = theme, window
        self.requests = Requests(window)
        self.editor = ProjectEditor(project, facts_for(project), window)
        self.selection = Selection(window)
        self.pins, self.traces, self.samples = Pins(window), Traces(window), SampleChoice(window)
        self.open_map = OpenMap(window)
        self.editor.changed.connect(self.pins.follow)
        self.document = Document(self.editor, path, window)
        self.bridge = Bridge(project, questions, device, threads, window)
        self.bridge.window_key = self.document.key
        self.document.changed.connect(self._name_runs)
        self._name_runs()
        self.past = Past(self.bridge, window)
        self.past.drawn = lambda: self.editor.project.network
        self.editor.changed.connect(lambda before, after: self.past.follow_names(before.network, after.network))
        self.editor.changed.connect(self._leave_other_images)
        self.watching = Watching(self.past, window)
        self.predicting = Predicting(self.bridge, self.past, window)
        self.going_on = GoingOn(self.past, self.bridge, self._belongs_here, window)
        self.going_on.elsewhere.connect(self.requests.runAsked)
        self.moments = Moments(self.past, self.bridge, window)
        self.replay = Replay(self.past, self.bridge, window)
        self.run_scales = RunScales(self.past, self.bridge, window)
        self.project_run = ProjectRun(self.bridge, lambda: self.editor.project, window)
        self.archives = RunArchives(self.bridge, self.project_run, lambda: self.editor.project, window)
        # not only when the window closes, because the program may be killed
        self.bridge.moments.connect(lambda *_: self.document.remember_run())
        self.document.saved.connect(lambda _: self.document.remember_run())
        self.document.run_of = lambda: self.project_run.name
        self.document.named.connect(self._rename_runs)
        self.references = References(lambda: self.bridge.source.first, window)
        self.bridge.snapshot.connect(self.references.follow)
        self.bridge.snapshot.connect(self.traces.follow)
        self.overlays = Overlays(window)
        self.overlays.on_screen = lambda: (
            self.past.folder or listed_folder(self.bridge.recorder, self.bridge.session.status.run)
        )
        self.past.opened.connect(self.overlays.changed)
        self.overlays.failed.connect(self.requests.failed)
        self.editor.changed.connect(self.overlays.follow_edit)
        self.requests.runsNamed.connect(self.overlays.read_names)
        self.overlays.asked.connect(lambda: self.requests.panelAsked.emit("curves"))
        self.sides = Sides(window)
        self.sides.asked.connect(lambda: self.requests.panelAsked.emit("compare"))
        self.closers: list[Callable[[], bool]] = [self.predicting.close, self.overlays.close]
        """Functions that end further threads when the workbench is closed; each returns whether they have ended."""
        self.times = LayerTimes(self.editor, device, threads, window)

    @cached_property
    def explaining(self) -> Explaining:
        """What explains the answers to samples; made on first use."""
        from cnnviz.gui.run.explaining import Explaining

        study = Explaining(self.bridge, self.past, self.window)
        self.closers.append(study.close)
        return study

    @cached_property
    def fooling(self) -> tuple[Fooling, RobustnessStudy]:
        """What attacks samples, and what measures the accuracy under attack; made on first use."""
        from cnnviz.gui.run.fooling import Fooling
        from cnnviz.gui.run.robustness import RobustnessStudy

        shared = self.bridge, self.past, self.window
        fooling, robustness = Fooling(*shared), RobustnessStudy(*shared)
        self.closers += [fooling.close, robustness.close]
        return fooling, robustness

    @cached_property
    def sweeping(self) -> Sweeping:
        """Starts sweeps, and knows which of them still run; made on first use."""
        from cnnviz.gui.run.sweeping import Sweeping

        sweeping = Sweeping(self.window)
        sweeping.failed.connect(self.requests.failed)
        sweeping.started.connect(self.requests.sweepStarted)
        return sweeping

    @cached_property
    def projecting(self) -> Projecting:
        """What draws the outputs of a layer as points; made on first use."""
        from cnnviz.gui.run.projecting import Projecting

        study = Projecting(self.bridge, self.past, self.window)
        self.closers.append(study.close)
        return study

    @cached_property
    def exporting(self) -> Exporting:
        """What exports the network for other programs; made on first use."""
        from cnnviz.gui.run.exporting import Exporting

        exporting = Exporting(
            self.bridge, self.past, lambda: self.editor.project, lambda: self.document.beside("").name, self.window
        )
        exporting.message.connect(self.requests.message)
        self.closers.append(exporting.close)
        return exporting

    def look(self, run: Path, panel: str = "curves") -> None:
        """Show a recorded run at its last moment, with a panel in front: here if it is the present run or has the
        layers of the network that is drawn here, else in a window of its network, because its maps would be drawn
        under layers that did not compute them."""
        project = _trained(run)
        # without its project its curves can be looked at; why its moments cannot is said when they are loaded
        if project is None or self.draws(run, project):
            self.show_run(run, panel)
        else:
            self.requests.lookAsked.emit(run, project, panel)

    def draws(self, run: Path, project: Project) -> bool:
        """Whether a run of ``project`` is the present run, or has the layers of the network that is drawn here."""
        present = run == listed_folder(self.bridge.recorder, self.bridge.session.status.run)
        return present or same_layers(project.network, self.editor.project.network)

    def _belongs_here(self, run: Path) -> bool:
        # a run whose project cannot be read begins nowhere; the session says why
        return (project := _trained(run)) is None or self.draws(run, project)

    def show_run(self, run: Path, panel: str = "curves") -> None:
        """Show a recorded run at its last moment in this window, with a panel in front, and follow it."""
        # not at the top of the file: the first window does not need it
        from cnnviz.runs.folder import moments

        self.past.open(run, tuple(moments(run)))
        if panel == "mistakes":
            self.show_mistakes()
        else:
            self.requests.panelAsked.emit(panel)

    def show_mistakes(self, split: str = VALIDATION) -> None:
        """Show the mistakes for the images of a split: ``"validation"``, or ``"test"`` once a run has ended."""
        self.predicting.choose(split)
        self.requests.panelAsked.emit("mistakes")
        self.requests.mistakesAsked.emit()

    @cached_property
    def epoch_predictions(self) -> EpochPredictions:
        """The predictions at the end of each epoch; made on first use."""
        from cnnviz.gui.run.epoch_predictions import EpochPredictions

        study = EpochPredictions(self.bridge, self.past, self.predicting)
        self.closers.append(study.close)
        return study

    def rate_finder(self, project: Project) -> RateFinder:
        """A search for a learning rate, which starts from the weights of a new training."""
        session = self.bridge.session
        return RateFinder(project, session.weights.latest, session.device, session.threads)

    def follow_dataset(self, show: Callable[[Dataset], object]) -> None:
        """Call ``show`` with the dataset of the project as soon as it is loaded, and with each later dataset."""
        if self.bridge.images is not None:
            show(self.bridge.images)
        self.bridge.dataset.connect(show)

    def _leave_other_images(self, before: Project, after: Project) -> None:
        """Show the present, and no trace, if an edit has chosen other images: no recorded moment has answers for
        them."""
        if not before.dataset.is_of_same_images(after.dataset):
            self.past.now()
            self.traces.clear()

    def _name_runs(self) -> None:
        self.bridge.name = self.document.network

    def _rename_runs(self, before: str, now: str) -> None:
        self.project_run.rename(before, now)
        self.requests.runsNamed.emit()

    def reopen(self, named: str) -> None:
        """Show the run that the project's file was left with; ``named`` is the run that the file names, or empty."""
        if run := self.document.left_with(named):
            self.project_run.reopen(run)

    def close(self) -> bool:
        """End all threads; returns whether they have ended within the time that a window may take to close."""
        ended = self._close()
        self.document.remember_run()
        return ended

    def _close(self) -> bool:
        return all(
            [
                *(close() for close in self.closers),
                self.archives.close(),
                self.times.close(),
                self.run_scales.close(),
                self.past.close(),
                self.watching.close(),
                self.bridge.close(),
            ]
        )


def _trained(run: Path) -> Project | None:
    """The project that a recorded run trains now; None if it cannot be read."""
    # not at the top of the file: the first window does not need it
    from cnnviz.runs.folder import RunError, moments
    from cnnviz.runs.live_changes import trained_project

    with suppress(RunError):
        return trained_project(run, max(moments(run), default=0))
    return None
