"""The trainer carries out the commands of a session: runs begin, train, adopt changes, pause, end and fail."""

from __future__ import annotations

import logging
import math
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.check import examine
from cnnviz.sentence import Sentence
from cnnviz.training import keeping, loop
from cnnviz.training.changes import Continuation, compare, relabelled
from cnnviz.training.channels import State, at_rest
from cnnviz.training.commands import Play
from cnnviz.training.comparison import decide_precision
from cnnviz.training.continuing import continued
from cnnviz.training.events import EpochsAdded, NetworkChanged, RunFailed, RunFinished
from cnnviz.training.facts import facts_of_data
from cnnviz.training.failure import NotANumber, explain
from cnnviz.training.hooks import Hooks, Place
from cnnviz.training.live import add_epochs
from cnnviz.training.pace import step_of
from cnnviz.training.reporter import Reporter
from cnnviz.training.resources import TrainingResources
from cnnviz.training.runs import Runs
from cnnviz.training.trained_weights import TrainedWeights, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.training.run import Run
    from cnnviz.training.run_source import RunSource
    from cnnviz.training.session_channels import SessionChannels
    from cnnviz.training.state import TrainingState

log = logging.getLogger(__name__)


class Trainer:
    """Trains one run after the other on the training thread, and publishes them through ``channels``.

    ``device`` and ``threads`` are as for a session.
    """

    def __init__(self, channels: SessionChannels, device: str, threads: int | None) -> None:
        self.hooks = Hooks()
        self._reporter = Reporter(channels)
        self._resources = TrainingResources(device, threads)
        self._runs = Runs(channels.standing.latest.project, self._reporter, self._resources)
        self._wanted = self._run.project
        """The project on screen, which may differ from the project of the run."""

    @property
    def state(self) -> TrainingState | None:
        """The state of the current run; None if its network cannot be trained."""
        return self._run.state

    @property
    def _run(self) -> Run:
        return self._runs.current

    @property
    def running(self) -> bool:
        """Whether training runs, so that :meth:`advance` should be called."""
        return self._reporter.status.state is State.RUNNING

    def wait(self) -> float:
        """In slow motion, the seconds until the next batch may begin; 0 or less if it may begin now."""
        if not self._reporter.status.pace:
            return 0.0
        return self._run.batch_at + 1 / self._reporter.status.pace - time.perf_counter()

    def pace(self, batches_per_second: float) -> None:
        """Set slow motion; 0 is full speed."""
        before, pace = self._reporter.status.pace, max(0.0, batches_per_second)
        if pace != before:
            self._reporter.clock.change_pace(full_speed=not pace)
        # the speed of slow motion must not pass for the full speed
        over = {"images_per_second": 0.0, "seconds_left": None} if before and not pace else {}
        self._reporter.publish(pace=pace, **over)

    def begin(self, project: Project, weights: TrainedWeights | None = None) -> None:
        """Begin a run of ``project`` at step 0, with the ``weights`` that its layers inherit if they are given; if it
        cannot be trained it has no weights."""
        self._call_settled()
        self._runs.begin(project, weights)
        run, self._wanted = self._run, project
        try:
            status = self._runs.build()
        except Exception as error:  # noqa: BLE001 - the run fails, not the thread
            run.state = None
            self.fail(error)
            return
        if run.state is not None:
            run.moments = self._moments(run, run.state)
        self._runs.publish_weights(settled=True)
        self._runs.publish(status)

    def transfer(self, project: Project, weights: TrainedWeights | None) -> None:
        """Begin a run of ``project`` with what the current run has learned, or with other trained ``weights``."""
        run = self._run
        if weights is None:
            if run.state is None or not run.begun or self._runs.failed:
                self._runs.refuse(
                    self._runs.why_not() or Sentence("Nothing has been trained yet, so there are no weights to keep.")
                )
                return
            weights = weights_of(run.state, run.project, run.number)
        self.begin(project, weights)

    def back(self) -> None:
        """Go back to the previous run; the present one, if it has begun, becomes the previous run."""
        self._call_settled()
        if self._runs.back():
            self._prepare_resumed()

    def resume(self, folder: Path, device: str | None) -> None:
        """Make the run of a checkpoint the current one; the present one, if it has begun, becomes the previous run."""
        self._call_settled()
        if self._runs.resume(folder, device):
            self._prepare_resumed()

    def branch(self, source: RunSource, device: str | None) -> None:
        """Make a new run from a moment of a recorded run the current one; the present one, if it has begun, becomes the
        previous run."""
        self._call_settled()
        if self._runs.branch(source, device):
            self._prepare_resumed()

    def _prepare_resumed(self) -> None:
        """Prepare the current run, which was suspended, to go on."""
        run = self._run
        assert run.state is not None
        self._wanted = run.project
        run.moments = self._moments(run, run.state, placed=True)

    def save(self, folder: Path) -> None:
        """Write the run to a checkpoint ``folder``; refused for a run that has failed."""
        run = self._run
        if run.state is None or self._runs.failed:
            self._runs.refuse(self._runs.why_not() or Sentence("There is no run that could be saved."))
            return
        # a loss that is not finite ends the run here, before it replaces a good checkpoint
        self._runs.flush()
        self._reporter.append_event(keeping.save(run.number, run.state, run.project, folder, self._reporter.metrics()))
        self._reporter.publish()

    def play(self, command: Play) -> None:
        """Train as far as ``command`` says."""
        if self.state is None and not self._runs.failed:
            # the obstacle may be gone, such as another program that took the memory
            self.begin(self._wanted, self._run.weights)
        run, status = self._run, self._reporter.status
        if run.state is not None and run.obstacle is not None:
            # a run whose weights can be looked at; its images may be there by now
            self._runs.look_for_obstacle()
        if run.state is None or run.obstacle is not None or self._runs.failed:
            self._runs.refuse(self._runs.why_not() or Sentence("There is no network that can be trained."))
            return
        run.stop_at(command.batches, command.epochs)
        if status.state is State.FINISHED and run.state.epoch >= run.state.epochs:
            epochs = command.epochs or (1 if command.batches else run.state.recipe.epochs)
            rate, raised = add_epochs(run.state, epochs, status.batches)
            self._reporter.append_event(EpochsAdded(run.number, run.state.step, epochs, rate, raised))
        run.batch_at = -math.inf
        self._reporter.clock.restart(run.state.step)
        self._resources.begin()
        self._reporter.publish(state=State.RUNNING, epochs=run.state.epochs)

    def pause(self) -> None:
        """Pause the run."""
        self._settle(State.PAUSED)

    def stop(self) -> None:
        """End the run and evaluate it on the test images; it can be continued in the middle of its epoch."""
        run, state = self._run, self._reporter.status.state
        if state is State.FINISHED:
            return
        if run.state is None or not run.begun or self._resources.data is None or self._runs.failed:
            self._runs.refuse(
                self._runs.why_not() or Sentence("Nothing has been trained yet, so there is nothing to test.")
            )
            return
        if state is State.RUNNING:
            self._runs.flush()
        run.stop_at(None, None)
        run.moments = self._moments(run, run.state, ended=True)
        self._reporter.clock.restart(run.state.step)
        self._reporter.publish(state=State.RUNNING)

    def _moments(
        self, run: Run, state: TrainingState, *, ended: bool = False, placed: bool = False
    ) -> Iterator[loop.Moment]:
        """The training loop (skipped if ``ended``), then the test, then the same again for epochs that are added.

        ``placed``: the precision is known, also at step 0.
        """
        assert self._resources.data is not None
        if state.step == 0 and not placed:
            # commands are carried out between the steps of the comparison
            state.placement = (yield from decide_precision(state, run.project)).agreed()
            self._reporter.publish(precision=state.placement.precision)
            self._reporter.clock.restart(state.step)
        while True:
            if not ended:
                yield from loop.train(state, self._resources.data)
            ended = False
            yield from loop.test(state, self._resources.data)
            self._runs.flush()
            self._reporter.append_event(RunFinished(run.number, state.step))
            self._settle(State.FINISHED)
            yield loop.Evaluating("test")

    def advance(self) -> None:
        """Make one step of the loop, and publish its result."""
        run = self._run
        assert run.state is not None
        try:
            moment = next(run.moments)
            if isinstance(moment, loop.BatchDone):
                self._batch_done(moment, run, run.state)
            elif isinstance(moment, loop.Evaluated):
                self._evaluated(moment, run, run.state)
            elif isinstance(moment, loop.Evaluating) and self._reporter.clock.due() and self.running:
                self._runs.flush()
                self._reporter.publish(validating=True)
            if self._reporter.weights_requested and self.running:
                self._runs.publish_weights(settled=False)
        except Exception as error:  # noqa: BLE001 - the run fails, not the thread
            self.fail(error)

    def _batch_done(self, moment: loop.BatchDone, run: Run, state: TrainingState) -> None:
        self._reporter.add_batch(moment)
        slow = self._reporter.status.pace > 0
        if slow:
            run.batch_at = time.perf_counter()
        # also before an evaluation, whose time does not count as training
        if slow or self._reporter.clock.due() or state.batch == self._reporter.status.batches:
            self._runs.flush()
        if self.hooks:
            self.hooks.call(Place(run.number, state.epoch, state.batch, state.step), state)
        ranks = state.placement.ranks
        if state.step == run.stop_at_step or (ranks is not None and ranks.stopping):
            self._settle(State.PAUSED)

    def _evaluated(self, moment: loop.Evaluated, run: Run, state: TrainingState) -> None:
        self._runs.flush()
        self._reporter.add_evaluation(moment, state)
        if self.hooks:
            self.hooks.call(Place(run.number, state.epoch, state.batch, state.step, moment.title), state)
        if state.epoch == run.stop_at_epoch and state.epoch < state.epochs:
            self._settle(State.PAUSED)

    def _settle(self, state: State) -> None:
        """Stop training in ``state``, and publish the last values and weights, so that the screen shows this moment."""
        if not self.running:
            return
        self._runs.flush()
        self._call_settled()
        self._runs.remember_pace()
        self._runs.publish_weights(settled=True)
        self._reporter.publish_standing(status=at_rest(self._reporter.status, state))
        if self.state is not None and not self._run.begun and compare(self._run.project, self._wanted).restart:
            self.begin(self._wanted, self._run.weights)

    def _call_settled(self) -> None:
        """Call the hooks where a run that has been running stands still."""
        run, state = self._run, self._run.state
        if self.hooks and self.running and run.begun and state is not None:
            self.hooks.call(Place(run.number, state.epoch, state.batch, state.step, settled=True), state)

    def apply(self, project: Project) -> None:
        """Adopt the parts of an edit that can change now; see :func:`cnnviz.training.changes.compare`."""
        self._wanted = project
        run, status = self._run, self._reporter.status
        change = compare(run.project, project)
        begun = run.begun or (run.state is not None and status.state is State.RUNNING)
        if (change.restart or change.relabelled) and not begun:
            self.begin(project, run.weights)
            return
        if run.state is None:
            return
        if change.relabelled and not change.restart:
            network = relabelled(run.project.network, project.network)
            assert network is not None
            layers = self._replace_project(replace(run.project, network=network))
            if change.refrozen and layers is not None:
                self._publish_changed(layers, tuple(name for name in network.order if name in network.frozen))
        if not change.live:
            return
        state, augmented = run.state, run.project.recipe.augments
        run.project, changes = run.live.apply(state, run.project, project, change.live)
        if run.project.recipe.augments != augmented:
            self._reporter.forget_pace()
        self._reporter.append_changes(state.step, changes)
        loop.set_rate(state, status.batches)
        if "epochs" in change.live:
            state.epochs = max(run.project.recipe.epochs, state.epoch + (state.batch > 0))
        self._runs.publish(replace(self._reporter.status, epochs=state.epochs))

    def go_on(self, project: Project) -> None:
        """Continue the run with a change that is not live: layers that fit keep their weights. Refused if the change
        needs a new run."""
        self.apply(project)
        run = self._run
        if run.state is None or not run.begun or self._runs.failed:
            self.play(Play())
            return
        change = compare(run.project, project)
        if change.restart:
            if not change.continuable:
                self._runs.refuse(Sentence("This change needs a training from scratch."))
                return
            if (layers := self._replace_project(project)) is None:
                return
            self._publish_changed(layers)
        if not self.running:
            self.play(Play())

    def _replace_project(self, project: Project) -> Continuation | None:
        """Turn the state into a training of ``project`` at the same step; returns where each layer's weights come from.

        If ``project`` cannot be trained, the change is refused and None is returned.
        """
        run = self._run
        assert run.state is not None
        self._runs.flush()
        report = examine(project.network, self._resources.facts(project, run.state.placement))
        # a run that cannot be trained as it is may still be renamed
        hindrance = report.flaw if run.obstacle is not None else next(iter(report.errors), None)
        if hindrance is not None:
            self._runs.refuse(hindrance.said)
            return None
        before = examine(run.project.network, facts_of_data(run.project))
        state, layers = continued(run.state, run.project, before, project, report, run.dropped)
        if step_of(project, report) != step_of(run.project, before):
            self._reporter.forget_pace()
        run.state, run.project = state, project
        run.moments = self._moments(run, state)
        self._runs.publish(self._reporter.status)
        self._runs.publish_weights(settled=not self.running)
        return layers

    def _publish_changed(self, layers: Continuation, frozen: tuple[str, ...] | None = None) -> None:
        """Publish that the run trains another network from now on; ``frozen`` is as in :class:`NetworkChanged`."""
        run = self._run
        assert run.state is not None
        kept = (*layers.kept, *layers.recalled)
        self._reporter.append_event(NetworkChanged(run.number, run.state.step, run.project, kept, layers.new, frozen))

    def fail(self, error: Exception) -> None:
        """End the run because of ``error``, and publish a sentence. The run stays, to be looked at or started over."""
        log.error("training stopped", exc_info=error)
        run = self._run
        error = self._cause(error)
        sentence = explain(error, run.project.recipe.batch_size)
        detail = "".join(traceback.format_exception(error))
        self._reporter.drop_batches()
        with suppress(Exception):
            self._runs.publish_weights(settled=True)
        step = run.state.step if run.state else 0
        self._reporter.append_event(RunFailed(run.number, step, sentence, detail, isinstance(error, NotANumber)))
        status = at_rest(self._reporter.status, State.FAILED)
        self._runs.publish(replace(status, run=run.number, ready=True))

    def _cause(self, error: Exception) -> Exception:
        """Publish the batches before ``error``, and return the error to report.

        If ``error`` is a loss that is not finite, that is the first such loss, with its layer. If the device no longer
        answers, neither can be found out.
        """
        try:
            self._runs.flush()
        except NotANumber as before:
            error = before if isinstance(error, NotANumber) else error
        except Exception:
            log.warning("the last batches cannot be read", exc_info=True)
        if isinstance(error, NotANumber) and error.layer is None and self.state is not None and self._resources.data:
            with suppress(Exception):
                error.layer = loop.suspect(self.state, self._resources.data.train)
        return error

    def close(self) -> None:
        """Restore torch's settings, and publish that the session ends."""
        self._call_settled()
        self._resources.close()
        self._reporter.publish(state=State.CLOSING)
