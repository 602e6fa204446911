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
any         back: the previous run                               as it was
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
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.jobs import Job
from cnnviz.training.channels import BatchMetrics, Refused, RunFailed, State, Status
from cnnviz.training.commands import (
    AddHook,
    Apply,
    Back,
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
    Visit,
)
from cnnviz.training.hooks import Hook, Place, When
from cnnviz.training.session_channels import SessionChannels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.standing import Standing
    from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)


class Session:
    """The training of one project, steered by commands and watched through channels.

    Commands return at once and are taken in order between two batches; one that cannot be obeyed is answered by a
    ``Refused`` event. ``metrics`` and ``events`` are logs, ``weights`` are copied on demand. ``device`` is "auto",
    "cpu" or "cuda"; ``threads`` None is a thread for each physical core.
    """

    def __init__(self, project: Project, device: str = "auto", threads: int | None = None) -> None:
        self.device, self.threads = device, threads
        self.channels = SessionChannels(project)
        """What is shared with the training thread; others use the methods and the attributes below."""
        self.metrics, self.events = self.channels.metrics, self.channels.events
        self.weights = self.channels.weights
        self._play_asked = False
        self._job: Job[None, None] = Job("cnnviz-session", self._run)

    @property
    def standing(self) -> Standing:
        """The newest standing; its state is ``starting`` from the first command to train until torch and the data are
        loaded. Who needs several of its fields reads this once, as the next reading may be of another run."""
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
        """Whether a command is to be obeyed or the session is being closed: what visits it at length ends then."""
        return self.channels.closing.is_set() or not self.channels.commands.empty()

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
        """Have ``callback`` called on the training thread after each new standing; it must return at once."""
        self.channels.standing.listen(callback)

    def start(self) -> None:
        """Start the thread; it loads torch and the data, builds the network and waits for commands."""
        try:
            self._job.start()
        except RuntimeError as error:
            sentence = f"The system gives this program no thread to train on ({error}). Close other programs."
            self._publish_failure(sentence)

    def play(self) -> None:
        """Train to the end of the recipe; after the end, as many epochs more."""
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
        """End the run here: look at the test images and finish. Playing goes on from here as if nothing had been."""
        self.channels.commands.put(Stop())

    def pace(self, batches_per_second: float) -> None:
        """Slow motion: train at most so many batches a second from now on, in this run and the next; 0 is full speed.

        Commands are answered at once all the same.
        """
        self.channels.commands.put(Pace(batches_per_second))

    def reset(self, project: Project) -> None:
        """Start over with ``project`` and the weights of its seed. The run so far becomes the previous run."""
        self.channels.commands.put(Reset(project))

    def back(self) -> None:
        """Go back to the previous run; the present one, where it has begun, takes its place."""
        self.channels.commands.put(Back())

    def apply(self, project: Project) -> None:
        """Take over an edit: what can change live does, an untrained network is rebuilt, the rest waits for a reset."""
        self.channels.commands.put(Apply(project))

    def go_on(self, project: Project) -> None:
        """Go on with ``project`` and train: every layer that :func:`cnnviz.training.changes.continuation` keeps or
        recalls has its weights and what the optimizer remembers of them, the others start new."""
        self.channels.commands.put(Continue(project))

    def save(self, folder: Path) -> None:
        """Write the run to the folder of a checkpoint, which is made; ``RunSaved``, ``SaveFailed`` or ``Refused``
        follows."""
        self.channels.commands.put(Save(folder))

    def resume(self, folder: Path, device: str | None = None) -> None:
        """Go on with the run of a checkpoint, where it was; ``RunResumed`` or ``Refused`` follows.

        The run so far becomes the previous run. On another ``device`` than that of the checkpoint (None) the last bits
        of what follows may differ.
        """
        self.channels.commands.put(Resume(folder, device))

    def visit(self, callback: Callable[[TrainingState | None], object]) -> None:
        """Have ``callback`` called once on the training thread, between two batches, with the state (None: there is
        none). It may read and clone, and must return; what it keeps of the state itself is changed by the next batch.
        """
        self.channels.commands.put(Visit(callback))

    def at(self, when: When, callback: Callable[[Place, TrainingState], object]) -> Callable[[], None]:
        """Have ``callback`` called on the training thread, between two batches, wherever ``when`` is true, in this run
        and the next. It may clone the state, and must return. Returns a function that ends this."""
        hook = Hook(when, callback)
        self.channels.commands.put(AddHook(hook))
        return lambda: self.channels.commands.put(RemoveHook(hook))

    def close(self, timeout: float = 2.0) -> bool:
        """End the thread; whether it has ended within ``timeout`` seconds."""
        self.channels.closing.set()
        self.channels.commands.put(Close())
        return self._job.close(timeout)

    def _play(self, command: Play) -> None:
        self._play_asked = True
        self.channels.commands.put(command)

    def _run(self, _: Job[None, None]) -> None:
        try:
            from cnnviz.training.driver import Driver

            driver = Driver(self.channels, self.device, self.threads)
        except Exception as error:
            log.exception("torch cannot be loaded")
            self._decline(f"PyTorch could not be loaded, so nothing can be trained: {error}")
            return
        driver.run()

    def _decline(self, sentence: str) -> None:
        """Without a driver: answer every command with why it cannot be obeyed, until the session is closed."""
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

    def _publish_failure(self, sentence: str) -> None:
        """Nothing can be trained at all, because of the exception that is being handled."""
        self.events.append(RunFailed(0, 0, sentence, traceback.format_exc()))
        self._publish(Status(State.FAILED, ready=True))

    def _publish(self, status: Status) -> None:
        standing = self.channels.standing
        standing.publish(replace(standing.latest, status=status))
