"""A project being trained: the state machine, and the background thread that drives the loop.

=========== ==================================================== ==========================================
state       leaves on                                            to
=========== ==================================================== ==========================================
untrained   play, one batch, one epoch                           running
running     pause; the asked batches are done                    paused
running     the last epoch of the recipe is done                 finished
running     an exception, a loss that is not a number            failed
paused      play, one batch, one epoch, going on with a change   running
finished    play, one batch, one epoch: more epochs              running
running,    stop, once the test images are looked at             finished
paused
any         back: the run that was left by the last reset        as it was
any         resume: the run of a checkpoint                      paused, finished
any         reset; a network that changes before its first step  untrained
any         close                                                closing
=========== ==================================================== ==========================================

``starting`` is what play shows while torch and the data are still being loaded. The thread lives from
:meth:`Session.start` to :meth:`Session.close` and answers also when idle; it knows no Qt, and torch is imported on it
alone.
"""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.project.project import Project
from cnnviz.training.changes import Learned
from cnnviz.training.channels import (
    BatchMetrics,
    EventLog,
    KeptRun,
    Refused,
    RunFailed,
    State,
    Status,
    WeightsSlot,
)
from cnnviz.training.commands import (
    Apply,
    Back,
    Close,
    Command,
    Continue,
    Pace,
    Pause,
    Play,
    Reset,
    Resume,
    Save,
    Stop,
    Visit,
)
from cnnviz.training.metrics_log import MetricsLog

if TYPE_CHECKING:
    from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)


class Session:
    """The training of one project, steered by commands and watched through channels.

    Commands return at once and are taken in order between two batches; what cannot be obeyed is told as ``Refused``.
    ``status`` is the newest :class:`Status`, ``metrics`` and ``events`` are logs, ``weights`` is copied on demand.
    ``device`` is "auto", "cpu" or "cuda"; ``threads`` None takes a thread for each physical core.
    """

    def __init__(self, project: Project, device: str = "auto", threads: int | None = None) -> None:
        self.device, self.threads = device, threads
        self.metrics = MetricsLog()
        self.events = EventLog()
        self.weights = WeightsSlot()
        self.project = project
        """The project of the current run: what is being trained, whatever has been edited since."""
        self.dropped: tuple[Learned, ...] = ()
        """What is remembered of layers that changes took away from the current run, the newest last."""
        self.kept: KeptRun | None = None
        """The run that was left for the current one, where it can be gone back to."""
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.closing = threading.Event()
        """Set by :meth:`close`: the thread leaves at the loop's next yield, whatever else was asked before."""
        self._status = Status()
        self._asked = False
        self._listeners: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="cnnviz-session", daemon=True)

    @property
    def status(self) -> Status:
        """The newest status; ``starting`` from the first command until torch and the data are loaded."""
        status = self._status
        if self._asked and not status.ready and status.state is State.UNTRAINED:
            return replace(status, state=State.STARTING)
        return status

    def trained(self) -> tuple[float, float]:
        """Images up to now, and the seconds that training them took: pauses and evaluations do not count."""
        times = [one.seconds for one in self.metrics.read()[0] if isinstance(one, BatchMetrics)]
        return float(self.status.images), times[-1] if times else 0.0

    def trouble(self) -> str:
        """Why what was asked for will not come: the sentence of the newest failure, else that of the newest refusal;
        empty where all was obeyed. A save that failed is neither: training goes on."""
        told = self.events.read()[0]
        failed = [one.sentence for one in told if isinstance(one, RunFailed)]
        refused = [one.sentence for one in told if isinstance(one, Refused)]
        return (failed or refused or [""])[-1]

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the training thread after each new status; it must return at once."""
        self._listeners.append(callback)

    def publish(self, status: Status) -> None:
        """Replace the status; for the training thread."""
        self._status = status
        for callback in self._listeners:
            callback()

    def start(self) -> None:
        """Start the thread; it loads torch and the data, builds the network and waits for commands."""
        try:
            self._thread.start()
        except RuntimeError as error:
            sentence = f"The system gives this program no thread to train on ({error}). Close other programs."
            self.events.append(RunFailed(0, 0, sentence, traceback.format_exc()))
            self.publish(Status(State.FAILED, ready=True))

    def play(self) -> None:
        """Train to the end of the recipe; after the end, as many epochs more."""
        self._play(Play())

    def pause(self) -> None:
        """Stop after the current batch."""
        self.commands.put(Pause())

    def batches(self, count: int = 1) -> None:
        """Train ``count`` batches, then pause."""
        self._play(Play(batches=count))

    def epoch(self) -> None:
        """Train to the end of the current epoch and validate, then pause."""
        self._play(Play(epochs=1))

    def stop(self) -> None:
        """End the run here: look at the test images and finish. Playing goes on from here as if nothing had been."""
        self.commands.put(Stop())

    def pace(self, batches_per_second: float) -> None:
        """Slow motion: train at most so many batches a second from now on, in this run and the next; 0 is full speed.

        Commands are answered at once all the same.
        """
        self.commands.put(Pace(batches_per_second))

    def reset(self, project: Project) -> None:
        """Start over with ``project`` and the weights of its seed; the run so far is kept, see :meth:`back`."""
        self.commands.put(Reset(project))

    def back(self) -> None:
        """Go back to the run that is ``kept``; the present one, where it has begun, is kept in its place."""
        self.commands.put(Back())

    def apply(self, project: Project) -> None:
        """Take over an edit: what can change live does, an untrained network is rebuilt, the rest waits for a reset."""
        self.commands.put(Apply(project))

    def go_on(self, project: Project) -> None:
        """Go on with ``project`` and train: every layer that :func:`cnnviz.training.changes.continuation` keeps or
        recalls has its weights and what the optimizer remembers of them, the others start new."""
        self.commands.put(Continue(project))

    def save(self, folder: Path) -> None:
        """Write the run to the folder of a checkpoint, which is made; ``RunSaved``, ``SaveFailed`` or ``Refused``
        follows."""
        self.commands.put(Save(folder))

    def resume(self, folder: Path, device: str | None = None) -> None:
        """Go on with the run of a checkpoint, where it was; ``RunResumed`` or ``Refused`` follows.

        The run so far is kept, see :meth:`back`. On another ``device`` than that of the checkpoint (None) the last bits
        of what follows may differ.
        """
        self.commands.put(Resume(folder, device))

    def visit(self, callback: Callable[[TrainingState | None], object]) -> None:
        """Have ``callback`` called on the training thread, between two batches, with the state (None: there is none).

        It may read and clone and must return; what it keeps of the state itself will change under its hands.
        """
        self.commands.put(Visit(callback))

    def close(self, timeout: float = 2.0) -> bool:
        """End the thread; whether it has ended within ``timeout`` seconds."""
        self.closing.set()
        self.commands.put(Close())
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _play(self, command: Play) -> None:
        self._asked = True
        self.commands.put(command)

    def _run(self) -> None:
        try:
            from cnnviz.training.driver import Driver

            driver = Driver(self)
        except Exception as error:
            log.exception("torch cannot be loaded")
            self._decline(f"PyTorch could not be loaded, so nothing can be trained: {error}")
            return
        driver.run()

    def _decline(self, sentence: str) -> None:
        """Without a driver: answer every command with why it cannot be obeyed, until the session is closed."""
        self.events.append(RunFailed(0, 0, sentence, traceback.format_exc()))
        self.publish(Status(State.FAILED, ready=True))
        while True:
            command = self.commands.get()
            if self.closing.is_set() or isinstance(command, Close):
                break
            if isinstance(command, Visit):
                try:
                    command.callback(None)
                except Exception:
                    log.exception("a visitor has failed")
            elif not isinstance(command, Pause | Pace | Apply):
                self.events.append(Refused(0, sentence))
                self.publish(self._status)
        self.publish(Status(State.CLOSING, ready=True))
