"""New runs that go on from a moment of a recorded run, and what training means while a recorded moment is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped
from cnnviz.training.channels import MOVING
from cnnviz.training.events import Refused, RunResumed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.runs.continuing import RecordedStart
    from cnnviz.training.events import Event
    from cnnviz.training.origin import Origin

    Command = Callable[[Any], object]
    """What is carried out in a window, which it gets."""


class GoingOn(QObject):
    """Begins new runs from recorded moments. The present run stays in the library.

    ``asked(str, list)`` carries a question and its choices, for a bar; ``answered`` follows when it is out of date.
    ``elsewhere(RecordedStart, Project, command)`` asks to begin a run of another network in a window of its project,
    and to carry out the command there. ``failed(str)`` says why no run could begin.
    """

    asked = Signal(str, object)
    answered = Signal()
    elsewhere = Signal(object, object, object)
    failed = Signal(str)

    def __init__(self, past: Past, bridge: Bridge, belongs_here: Callable[[Path], bool], window: QObject) -> None:
        """``belongs_here`` returns whether a recorded run is of the network that ``window`` draws."""
        super().__init__(window)
        self._past, self._bridge, self._belongs_here, self._window = past, bridge, belongs_here, window
        self._awaited: tuple[Origin, Command] | None = None
        """The moment from which a run is to begin, and the command that is carried out then."""
        bridge.events.connect(self._follow)
        past.changed.connect(lambda _: self.answered.emit())

    def train(self, command: Command) -> None:
        """Carry out a command that trains; while a recorded moment is shown, ask first from where."""
        step, status = self._past.step, self._bridge.session.status
        if step is None or status.state in MOVING:
            command(self._window)
            return
        if (start := self._start(step)) is None:
            return
        sentence = self.tr("Step {step} is shown. Train from where?").format(step=grouped(step))
        if not start.origin.exact:
            sentence += " " + self.tr(
                "Only the weights were recorded there: a new run from here goes on with a new optimizer."
            )
        tooltip = self.tr("Begin a new run at step {step}; the present one stays in the library").format(
            step=grouped(step)
        )
        choices = [
            (self.tr("Go on from now"), lambda: self._go_on(command)),
            (self.tr("New run from here"), lambda: self._begin_where_drawn(start, command), tooltip),
        ]
        self.asked.emit(sentence, choices)

    def new_run(self) -> None:
        """Begin a new run at the moment that is shown; it stands still until it is trained."""
        if self._past.step is not None and (start := self._start(self._past.step)) is not None:
            self._begin_where_drawn(start)

    def continue_run(self, folder: Path, step: int | None = None) -> None:
        """Begin a new run at a moment of a run of the library; None is the newest moment that is exact."""
        if (start := self._read_start(folder, step)) is not None:
            self._begin_where_drawn(start)

    def begin(self, start: RecordedStart, command: Command = lambda _: None) -> None:
        """Begin a run in this window, and carry out ``command`` once it stands there."""
        self.answered.emit()
        self._awaited = start.origin, command
        self._bridge.session.branch(start)

    def _begin_where_drawn(self, start: RecordedStart, command: Command = lambda _: None) -> None:
        """Begin a run here if it goes on from the present run or from one of the network that is drawn here, else in a
        window of its network."""
        # not at the top of the file: the first window does not need it
        from cnnviz.runs.folder import RunError
        from cnnviz.runs.live_changes import trained_project

        if start.folder == self._past.present or self._belongs_here(start.folder):
            self.begin(start, command)
            return
        self.answered.emit()
        try:
            project = trained_project(start.folder, start.origin.step)
        except RunError as error:
            self.failed.emit(text(error.sentence))
        else:
            self.elsewhere.emit(start, project, command)

    def _start(self, step: int) -> RecordedStart | None:
        """The moment after ``step`` of the run that is looked at."""
        folder = self._past.folder or self._past.present
        return None if folder is None else self._read_start(folder, step)

    def _read_start(self, folder: Path, step: int | None) -> RecordedStart | None:
        """The moment after ``step``, the newest exact one for None; None after a failure, which is reported."""
        # not at the top of the file: the first window does not need it
        from cnnviz.runs.continuing import recorded_start
        from cnnviz.runs.folder import RunError

        try:
            return recorded_start(folder, step)
        except RunError as error:
            self.failed.emit(text(error.sentence))
            return None

    def _go_on(self, command: Command) -> None:
        self._past.now()
        self.answered.emit()
        command(self._window)

    def _follow(self, events: Sequence[Event]) -> None:
        for event in events:
            if self._awaited is None:
                return
            origin, command = self._awaited
            if isinstance(event, Refused):
                self._awaited = None
            elif isinstance(event, RunResumed) and event.origin == origin:
                self._awaited = None
                # Past does this only if the number of the run is another; a run takes over that of a run without steps
                self._past.now()
                command(self._window)
