"""Reads files of weights and networks on a separate thread, and adds networks with them to the library of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cnnviz.files import shown
from cnnviz.gui.importable import NETWORK_SUFFIX
from cnnviz.gui.language import text
from cnnviz.jobs import Job, JobError
from cnnviz.project.templates import TEMPLATES
from cnnviz.sentence import SaidError, Sentence, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.imports.imported import Imported
    from cnnviz.imports.weights.prepared import Prepared
    from cnnviz.imports.weights.stored import WeightsFile
    from cnnviz.project.project import Project

POLL_MILLISECONDS = 20
CLOSING_SECONDS = 10.0
"""How long a thread that reads weights is waited for."""


@dataclass(frozen=True)
class Target:
    """The network that weights are to be imported into: that on screen, or with a ``template`` a new one; ``file_head``
    takes the file's number of classes."""

    template: str = ""
    file_head: bool = False


@dataclass(frozen=True, eq=False)
class Opened:
    """A file that was opened: weights, ``prepared`` for a network, or an ``imported`` network with its weights."""

    target: Target
    prepared: Prepared | None = None
    imported: Imported | None = None


@dataclass(frozen=True)
class Added:
    """A network whose weights are in the library, as the ``run`` of this id; ``sentence`` says where they come from.

    ``new_network`` is the name of the network if it is another one than that on screen, else empty.
    """

    project: Project
    run: str
    sentence: str
    new_network: str


class Importer(QObject):
    """Opens the file at ``path`` for the ``project`` on screen.

    ``opened(Opened)`` follows :meth:`open` and :meth:`choose`, ``progress(int)`` carries the share of the weights that
    is read, in percent, and ``added(Added)`` follows :meth:`add`. ``failed(str)`` says what could not be done.
    """

    opened = Signal(object)
    progress = Signal(int)
    added = Signal(object)
    failed = Signal(str)

    def __init__(self, path: Path, project: Project, name: str, template: Callable[[str], Project], parent: QObject):
        """``name`` is the name of the project; ``template`` returns the project of a template by its key."""
        super().__init__(parent)
        self._path, self._project, self._name, self._template = path, project, name, template
        self._file: WeightsFile | None = None
        self._job: Job[int, Opened | Added] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    @property
    def ended(self) -> bool:
        """Whether no thread reads a file."""
        return self._job is None or self._job.latest.ended

    def open(self) -> None:
        """Open the file, and match it with the project on screen, or else with a template for which it has all
        weights."""
        network = self._path.suffix.lower() == NETWORK_SUFFIX
        self._start(self._read_network if network else self._open_weights)

    def choose(self, target: Target) -> None:
        """Match the file with another network."""
        self._start(lambda _: self._prepared(target))

    def add(self, opened: Opened) -> None:
        """Read all weights, and add the network with them to the library."""
        self._start(lambda job: self._add(job, opened))

    def cancel(self) -> None:
        """Stop reading; no signal follows. The thread ends soon after."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()

    def close(self) -> bool:
        """Stop reading; returns whether the thread has ended."""
        self._timer.stop()
        return self._job is None or self._job.close(CLOSING_SECONDS)

    def _start(self, work: Callable[[Job[int, Opened | Added]], Opened | Added]) -> None:
        def saying(job: Job[int, Opened | Added]) -> Opened | Added:
            try:
                return work(job)
            except SaidError as error:
                raise JobError(error.sentence) from error

        before = self._job
        if before is not None:
            before.cancel()
        self._job = Job("cnnviz-import", saying, said, after=before).start()
        self._timer.start()

    def _poll(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None:
            return
        if not state.ended:
            if state.progress is not None:
                self.progress.emit(state.progress)
            return
        self._job = None
        self._timer.stop()
        if state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
        elif isinstance(state.result, Opened):
            self.opened.emit(state.result)
        elif state.result is not None:
            self.added.emit(state.result)

    def _open_weights(self, job: Job[int, Opened | Added]) -> Opened:
        from cnnviz.imports.weights.choosing import fitting_template, is_whole
        from cnnviz.imports.weights.opening import open_weights
        from cnnviz.imports.weights.prepared import prepare

        self._file = open_weights(self._path)
        prepared = prepare(self._file, self._project, self._name)
        if is_whole(prepared.plan):
            return Opened(Target(), prepared)
        return self._prepared(Target(fitting_template(self._file, lambda: not job.cancelled.is_set())))

    def _read_network(self, _: Job[int, Opened | Added]) -> Opened:
        from cnnviz.imports.onnx.reading import network_of

        return Opened(Target(), imported=network_of(self._path))

    def _prepared(self, target: Target) -> Opened:
        from cnnviz.imports.weights.prepared import prepare

        assert self._file is not None
        project = self._template(target.template) if target.template else self._project
        name = target.template or self._name
        return Opened(target, prepare(self._file, project, name, file_head=target.file_head))

    def _add(self, job: Job[int, Opened | Added], opened: Opened) -> Opened | Added:
        from cnnviz.imports.weights.filling import filled
        from cnnviz.imports.weights.prepared import about_import
        from cnnviz.jobs import CancelledError
        from cnnviz.runs.imported import add_imported
        from cnnviz.runs.recorder import runs_folder

        if (imported := opened.imported) is not None:
            name, origin = shown(self._path.stem), Sentence("Imported from {name}.", name=shown(self._path.name))
            run = add_imported(runs_folder(), imported.project, imported.weights, name, self._path, str(origin))
            return self._unless_cancelled(job, opened, Added(imported.project, run, text(origin), name))
        prepared = opened.prepared
        assert prepared is not None
        count = len(prepared.plan.pairs)

        def proceed(done: int) -> bool:
            job.report(100 * done // count)
            return not job.cancelled.is_set()

        try:
            tensors, _ = filled(prepared.project, prepared.file, prepared.plan, proceed)
        except CancelledError:
            return opened
        origin = about_import(prepared)
        run = add_imported(runs_folder(), prepared.project, tensors, prepared.network, self._path, str(origin))
        template = opened.target.template
        added = Added(prepared.project, run, text(origin), TEMPLATES[template].title if template else "")
        return self._unless_cancelled(job, opened, added)

    def _unless_cancelled(self, job: Job[int, Opened | Added], opened: Opened, added: Added) -> Opened | Added:
        """What was added; if the user has cancelled meanwhile, its run is deleted."""
        from cnnviz.runs.library import Library
        from cnnviz.runs.recorder import runs_folder

        if not job.cancelled.is_set():
            return added
        Library(runs_folder()).delete(added.run)
        return opened
