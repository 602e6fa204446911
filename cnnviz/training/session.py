"""The training of a project: the state machine, and the background thread that runs the training loop.

=========== ==================================================== ==========================================
state       leaves it on                                         for
=========== ==================================================== ==========================================
untrained   play, one batch, one epoch                           running
running     pause; the requested batches are done                paused
running     the last epoch of the recipe is done                 finished
running     an exception, a loss that is not finite              failed
paused      play, one batch, one epoch, going on with a change   running
finished    play, one batch, one epoch: more epochs              running
running,    stop, after evaluating the test images               finished
paused
any         back: the previous run                               as it was
any         resume: the run of a checkpoint                      paused, finished
any         branch: a moment of a recorded run                   paused, finished
any         a new run with trained weights                       untrained
any         reset; a network that changes before its first step  untrained
any         close                                                closing
=========== ==================================================== ==========================================

``starting`` is shown after play while torch and the data are still being loaded. The thread runs from
:meth:`Session.start` to :meth:`Session.close` and answers commands also when idle. It uses no Qt, and it alone imports
torch.
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.jobs import Job
from cnnviz.sentence import Sentence, said
from cnnviz.training.channels import BatchMetrics, State, Status
from cnnviz.training.commands import (
    AddHook,
    Apply,
    Back,
    Branch,
    Close,
    Continue,
    Pace,
    Pause,
    Play,
    RemoveHook,
    Reset,
    Resume,
    Save,
    Stop,
    Transfer,
    Visit,
)
from cnnviz.training.events import Refused, RunFailed
from cnnviz.training.hooks import Hook, Place, When
from cnnviz.training.session_channels import SessionChannels
from cnnviz.training.torch_library import load_torch_library

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.run_source import RunSource
    from cnnviz.training.standing import Standing
    from cnnviz.training.state import TrainingState
    from cnnviz.training.trained_weights import TrainedWeights

log = logging.getLogger(__name__)


class Session:
    """The training of one project, controlled by commands and observed through channels.

    Commands return at once and are carried out in order between two batches; a command that cannot be carried out is
    answered by a ``Refused`` event. ``metrics`` and ``events`` are logs, ``weights`` are copied on request. ``device``
    is "auto", "cpu" or "cuda"; ``threads`` None means a thread for each physical core.
    """

    def __init__(self, project: Project, device: str = "auto", threads: int | None = None) -> None:
        self.device, self.threads = device, threads
        self.channels = SessionChannels(project)
        """The objects shared with the training thread. Other code uses the methods and the attributes below."""
        self.metrics, self.events = self.channels.metrics, self.channels.events
        self.weights = self.channels.weights
        self._play_asked = False
        self._job: Job[None, None] = Job("cnnviz-session", self._run)

    @property
    def standing(self) -> Standing:
        """The newest standing; its state is ``starting`` from the first command to train until torch and the data are
        loaded. To use several fields, read it once: the next reading may belong to another run."""
        standing = self.channels.standing.latest
        status = standing.status
        if self._play_asked and not status.ready and status.state is State.UNTRAINED:
            return replace(standing, status=replace(status, state=State.STARTING))
        return standing

    @property
    def status(self) -> Status:
        """The status of the newest :attr:`standing`."""
        return self.standing.status

    @property
    def command_waiting(self) -> bool:
        """Whether a command waits or the session is being closed: a long callback of :meth:`visit` should then end."""
        return self.channels.closing.is_set() or not self.channels.commands.empty()

    def trained(self) -> tuple[float, float]:
        """The number of images trained so far, and the training time in seconds, without pauses and evaluations."""
        times = [entry.seconds for entry in self.metrics.read()[0] if isinstance(entry, BatchMetrics)]
        return float(self.status.images), times[-1] if times else 0.0

    def trouble(self) -> str:
        """The sentence of the newest failure in English, else of the newest refusal; empty if there was neither.

        A save that failed does not count: training goes on.
        """
        events = self.events.read()[0]
        failed = [str(event.sentence) for event in events if isinstance(event, RunFailed)]
        refused = [str(event.sentence) for event in events if isinstance(event, Refused)]
        return (failed or refused or [""])[-1]

    def listen(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called on the training thread after each new standing; it must return at once."""
        self.channels.standing.listen(callback)

    def start(self) -> None:
        """Start the thread; it loads torch and the data, builds the network and waits for commands."""
        try:
            self._job.start()
        except RuntimeError as error:
            self._publish_failure(
                Sentence(
                    "The system gives this program no thread to train on ({reason}). Close other programs.",
                    reason=said(error),
                )
            )

    def play(self) -> None:
        """Train to the end of the recipe; after the end, train as many epochs again."""
        self._play(Play())

    def pause(self) -> None:
        """Stop after the current batch."""
        self.channels.commands.put(Pause())

    def batches(self, count: int = 1) -> None:
        """Train ``count`` batches, then pause."""
        self._play(Play(batches=count))

    def epoch(self) -> None:
        """Train to the end of the current epoch and validate, then pause."""
        self._play(Play(epochs=1))

    def stop(self) -> None:
        """End the run and evaluate it on the test images. Playing continues it as if it had not been stopped."""
        self.channels.commands.put(Stop())

    def pace(self, batches_per_second: float) -> None:
        """Slow motion: train at most ``batches_per_second``, in this run and later ones; 0 is full speed.

        Commands are still carried out at once.
        """
        self.channels.commands.put(Pace(batches_per_second))

    def reset(self, project: Project) -> None:
        """Start a new run of ``project`` with the initial weights of its seed. This run becomes the previous run."""
        self.channels.commands.put(Reset(project))

    def transfer(self, project: Project, weights: TrainedWeights | None = None) -> None:
        """Start a new run of ``project`` in which layers keep what this run has learned, or take over other
        ``weights``; see :func:`cnnviz.training.inheriting.inheritance`. This run becomes the previous run."""
        self.channels.commands.put(Transfer(project, weights))

    def back(self) -> None:
        """Go back to the previous run; the present one, if it has begun, becomes the previous run."""
        self.channels.commands.put(Back())

    def apply(self, project: Project) -> None:
        """Adopt an edit: live settings change at once, an untrained network is rebuilt, the rest waits for a reset."""
        self.channels.commands.put(Apply(project))

    def go_on(self, project: Project) -> None:
        """Continue the run with ``project``: layers that :func:`cnnviz.training.changes.continuation` keeps or recalls
        keep weights and optimizer state, the others start anew."""
        self.channels.commands.put(Continue(project))

    def save(self, folder: Path) -> None:
        """Write the run to a checkpoint ``folder``, created if needed; a ``RunSaved``, ``SaveFailed`` or ``Refused``
        event follows."""
        self.channels.commands.put(Save(folder))

    def resume(self, folder: Path, device: str | None = None) -> None:
        """Make the run of a checkpoint the current one; a ``RunResumed`` or ``Refused`` event follows.

        This run becomes the previous run. ``device`` None is the device of the checkpoint; on another one the last bits
        of later steps may differ.
        """
        self.channels.commands.put(Resume(folder, device))

    def branch(self, source: RunSource, device: str | None = None) -> None:
        """Make a new run, which goes on from a moment of a recorded run, the current one; a ``RunResumed`` or
        ``Refused`` event follows.

        This run becomes the previous run. ``device`` None is the device of the recorded run.
        """
        self.channels.commands.put(Branch(source, device))

    def visit(self, callback: Callable[[TrainingState | None], object]) -> None:
        """Have ``callback`` called once on the training thread, between two batches, with the state; None if there is
        none. It may read and clone the state; it must not keep the tensors themselves, which the next batch changes.
        """
        self.channels.commands.put(Visit(callback))

    def at(self, when: When, callback: Callable[[Place, TrainingState], object]) -> Callable[[], None]:
        """Have ``callback`` called on the training thread at each place between two batches for which ``when`` is true,
        in this run and later ones. It may read and clone the state. Returns a function that ends the calls."""
        hook = Hook(when, callback)
        self.channels.commands.put(AddHook(hook))
        return lambda: self.channels.commands.put(RemoveHook(hook))

    def close(self, timeout: float = 2.0) -> bool:
        """End the thread. Returns whether it ended within ``timeout`` seconds."""
        self.channels.closing.set()
        self.channels.commands.put(Close())
        return self._job.close(timeout)

    def _play(self, command: Play) -> None:
        self._play_asked = True
        self.channels.commands.put(command)

    def _run(self, _: Job[None, None]) -> None:
        try:
            load_torch_library()
            from cnnviz.training.driver import Driver

            driver = Driver(self.channels, self.device, self.threads)
        except Exception as error:
            log.exception("torch cannot be loaded")
            self._decline(
                Sentence("PyTorch could not be loaded, so nothing can be trained: {reason}", reason=said(error))
            )
            return
        driver.run()

    def _decline(self, sentence: Sentence) -> None:
        """Refuse commands with ``sentence`` until the session is closed: torch could not be loaded. Those that would
        change nothing now, such as a pause, are ignored."""
        self._publish_failure(sentence)
        channels = self.channels
        while True:
            command = channels.commands.get()
            if channels.closing.is_set() or isinstance(command, Close):
                break
            if isinstance(command, Visit):
                try:
                    command.callback(None)
                except Exception:
                    log.exception("a visitor has failed")
            elif not isinstance(command, Pause | Pace | Apply | AddHook | RemoveHook):
                self.events.append(Refused(0, sentence))
                self._publish(self.status)
        self._publish(Status(State.CLOSING, ready=True))

    def _publish_failure(self, sentence: Sentence) -> None:
        """Publish that nothing can be trained, because of the exception that is being handled."""
        self.events.append(RunFailed(0, 0, sentence, traceback.format_exc()))
        self._publish(Status(State.FAILED, ready=True))

    def _publish(self, status: Status) -> None:
        standing = self.channels.standing
        standing.publish(replace(standing.latest, status=status))
