"""The recorded run that belongs to a project: its file names it, and opening the file shows it as it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped
from cnnviz.network.check import examine
from cnnviz.training.changes import continuation, learned
from cnnviz.training.events import Refused, RunResumed, RunStarted
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.project.project import Project
    from cnnviz.runs.continuing import RecordedStart
    from cnnviz.sentence import SaidError
    from cnnviz.training.events import Event
    from cnnviz.training.origin import Origin

CONTINUED = "continued"
"""The subject of the notice about a training that goes on in a new run."""


class ProjectRun(QObject):
    """Knows the run that a window trains, and opens a run of the library in its place.

    ``project`` returns the project on screen. ``opening(bool)`` follows whether a run is being opened, for which
    training has to be loaded first. ``failed(str)`` says why a run could not be opened. ``continued(str)`` says, when a
    run that was opened is trained, in which run the training goes on.
    """

    opening = Signal(bool)
    failed = Signal(str)
    continued = Signal(str)

    def __init__(self, bridge: Bridge, project: Callable[[], Project], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._project = bridge, project
        self._opened: dict[int, Origin] = {}
        """The moments from which runs go on, by the numbers of the runs."""
        self._untold: dict[int, Origin] = {}
        """Those of them that were opened as they were left, and of whose going on nothing was said."""
        bridge.events.connect(self._follow)
        bridge.moments.connect(lambda run, _: self._tell_continued(run))

    @property
    def name(self) -> str:
        """The name of the current run for a project file: its id in the library.

        A run that was opened and not trained since has the id and the step that it was opened at, as ``id@step``. The
        name is empty if the run is not recorded.
        """
        if (folder := self._bridge.own_folder) is not None:
            return folder.name
        origin = self._opened.get(self._bridge.session.status.run)
        return "" if origin is None else f"{origin.run}@{origin.step}"

    def rename(self, before: str, now: str) -> None:
        """Give the runs of this window that were recorded under the name ``before`` the name ``now`` of the project."""
        # not at the top of the file: most windows record no run before the project is saved
        from cnnviz.runs.folder import RunError
        from cnnviz.runs.library import Library
        from cnnviz.runs.summary import summarize

        recorder = self._bridge.recorder
        for folder in () if recorder is None else recorder.folders.values():
            try:
                if summarize(folder).facts.network == before:
                    Library(folder.parent).set_network(folder.name, now)
            except RunError as error:
                self.failed.emit(text(error.sentence))

    def reopen(self, name: str) -> None:
        """Show a run of the library at the step in ``name``, else at its last moment; the project on screen stays."""
        # not at the top of the file: most windows open no run
        from cnnviz.runs.continuing import recorded_start
        from cnnviz.runs.folder import RunError, moments
        from cnnviz.runs.library import Library
        from cnnviz.runs.recorder import runs_folder

        run, step = split(name)
        try:
            folder = Library(runs_folder()).folder(run)
            # the moment at this step may have been deleted to save space; then the last one is shown
            known = step if step in moments(folder) else None
            self.show_start(recorded_start(folder, known, reopened=True))
        except RunError as error:
            self._fail(error)

    def show_start(self, start: RecordedStart) -> None:
        """Show a moment of a recorded run; the project on screen stays."""
        from cnnviz.runs.folder import RunError

        try:
            trained = start.project
        except RunError as error:
            self._fail(error)
            return
        if kept_share(trained, self._project()):
            self._bridge.session.branch(start)
            self.opening.emit(True)
        else:
            self.failed.emit(
                self.tr("The project opens untrained, because the run that it was saved with has other layers.")
            )

    def _fail(self, error: SaidError) -> None:
        self.failed.emit(self.tr("The project opens untrained. %s") % text(error.sentence))

    def _follow(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, RunResumed | RunStarted | Refused):
                self.opening.emit(False)
            if isinstance(event, RunResumed) and event.origin is not None:
                self._opened[event.run] = event.origin
                if event.origin.reopened and event.origin.step:
                    self._untold[event.run] = event.origin
            elif isinstance(event, RunStarted):
                # the number of a run that was never trained is used again
                self._opened.pop(event.run, None)
                self._untold.pop(event.run, None)

    def _tell_continued(self, run: int) -> None:
        """Once the training of a run that was opened is recorded, say in which run: the opened one is not added to."""
        recorder = self._bridge.recorder
        if run not in self._untold or recorder is None or run not in recorder.folders:
            return
        from cnnviz.runs.summary import name_in

        origin, before = self._untold.pop(run), recorder.resumed.folder(run)
        assert before is not None
        sentence = self.tr(
            "Training goes on from step {step} in a new run, “{run}”. “{before}” stays in the library as it was."
        )
        names = {"run": name_in(recorder.folders[run]), "before": name_in(before)}
        self.continued.emit(sentence.format(step=grouped(origin.step), **names))


def split(name: str) -> tuple[str, int | None]:
    """The id and the step in the name of a run; the step is None if the name is an id only."""
    run, _, step = name.partition("@")
    return run, int(step) if step else None


def kept_share(trained: Project, project: Project) -> float:
    """The share, in [0, 1], of the layers of ``project`` that can keep their weights from a run of ``trained``.

    It counts layers with weights only, and is 1 if ``trained`` has none.
    """
    before, now = (examine(one_project.network, facts_of_data(one_project)) for one_project in (trained, project))
    if not learned(trained.network, before):
        return 1.0
    plan = continuation(trained.network, before, project.network, now)
    return len(plan.kept) / max(1, plan.count)
