"""Notices about a run: it failed, it has ended, or the network has changed since it began."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped, rounded
from cnnviz.gui.run.changed_names import changed_between
from cnnviz.gui.run.continuation_words import beginning, detail, difference, offer, with_seed
from cnnviz.gui.run.previous_run_offer import PREVIOUS_RUN, PreviousRunOffer, state_of
from cnnviz.gui.run.project_run import CONTINUED
from cnnviz.gui.run.run_end import RunEnd, run_end
from cnnviz.gui.run.run_names import session_run_name
from cnnviz.gui.run.transferring import Transferring
from cnnviz.project.recipe import SETTINGS
from cnnviz.training.changes import Change, Continuation, LayerChange, changed_nodes, compare, layer_changes
from cnnviz.training.channels import MOVING, Evaluation, Metrics, State, Status
from cnnviz.training.events import (
    EpochsAdded,
    Event,
    NetworkChanged,
    Refused,
    RunFailed,
    RunFinished,
    RunResumed,
    RunStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.widgets.notice_bar import Choice, NoticeBar
    from cnnviz.project.project import Project
    from cnnviz.training.origin import Origin

IMPORTED, PASTED, ADDED_EPOCHS = "imported", "pasted", "added"
"""The subjects of notices about a network that came from elsewhere, and about epochs that were added."""
OF_ONE_RUN = ("failed", "refused", ADDED_EPOCHS, IMPORTED, PASTED, CONTINUED)
"""The subjects of notices that are out of date when another run takes the place of the present one."""


class RunNotices(QObject):
    """Follows status, events and edits. Posts notices that need a decision, and a hint about the next action.

    ``hint(str)`` is for the canvas; ``changed_since(frozenset)`` carries the nodes that differ from the trained
    network, ``marked(dict)`` what is marked at layers, a :class:`LayerChange` by node. ``differs(str)`` carries the
    name of the run if the network or recipe on screen needs another one, else "";
    ``ended(RunEnd or None)`` carries the end of the present run.
    """

    hint = Signal(str)
    changed_since = Signal(object)
    marked = Signal(object)
    differs = Signal(str)
    ended = Signal(object)

    def __init__(
        self, editor: ProjectEditor, bridge: Bridge, bar: NoticeBar, warning: Callable[[], str] = lambda: ""
    ) -> None:
        """``warning`` returns a text about the time of a long training, else an empty text."""
        super().__init__(bar)
        self._warning = warning
        self._editor, self._bridge, self._bar = editor, bridge, bar
        self._status = Status()
        self._tested: dict[int, Evaluation] = {}
        """The newest evaluation on the test images, by run."""
        self.continuable = False
        """Whether the run can continue with the project on screen, which differs from the trained one."""
        self._differs: tuple[str, ...] | None = None
        """The texts about a difference between project and run that were posted last, although the user may have closed
        them; None without a difference."""
        self._failed = False
        self._needs_other_run = False
        """Whether the project on screen cannot be trained by the present run."""
        self.trained = ""
        """The name of the present run, if the network or recipe on screen needs another one; else empty."""
        self._run: int | None = None
        """The number of the present run; None before the first."""
        self.awaits_run = False
        """Whether a new run was requested, so that differences from the ending run are not posted."""
        self._announced: tuple[type[RunStarted | RunResumed], Callable[[], object]] | None = None
        """The event of a requested run, and the function that tells of it."""
        self.offer = PreviousRunOffer(bridge, bar)
        self.transferring = Transferring(editor, bridge, self._expect_run, self)
        self._hint_shown = ""
        self._changed_nodes: frozenset[str] = frozenset()
        self._marks: dict[str, LayerChange] = {}
        self._end: RunEnd | None = None
        bridge.status.connect(self._follow)
        # with its first moment a run gets its name in the library
        bridge.moments.connect(lambda *_: self.read_names())
        bridge.events.connect(self._read_events)
        bridge.metrics.connect(self._read_metrics)
        bridge.observerFailed.connect(self._post_observer_failed)
        editor.changed.connect(lambda *_: self.refresh())

    def announce(self, event: type[RunStarted | RunResumed], tell: Callable[[], object]) -> None:
        """Call ``tell``, which posts a notice, at this event of a requested run, in place of the usual notice."""
        self._announced = event, tell

    def start_over(self) -> None:
        """Start a new run with the project on screen."""
        self._expect_run()
        self._bridge.session.reset(self._editor.project)

    def back(self) -> None:
        """Go back to the run before, also from a run that was requested and has not begun."""
        self.awaits_run = False
        self._bridge.session.back()

    def _expect_run(self) -> None:
        """A new run is about to be requested."""
        self._bar.withdraw("failed")
        self.awaits_run = True

    def start_over_new(self) -> None:
        """Start a new run with other initial weights, by an edit that increments the seed of the recipe."""
        project = self._editor.project
        seed = (project.recipe.seed + 1) % (SETTINGS["seed"].parameter.high + 1)
        # the edit of the seed is no difference to be posted
        self.awaits_run = self._status.begun
        self._editor.apply(self.tr("New weights"), replace(project, recipe=replace(project.recipe, seed=int(seed))))
        if self._bridge.session.status.begun:
            self.announce(RunStarted, partial(self.offer.post, with_seed(int(seed))))
        self.start_over()

    def go_on(self) -> None:
        """Continue training with the project on screen, keeping weights that fit."""
        self._bridge.session.go_on(self._editor.project)

    def refresh(self) -> None:
        """Update notices and hint."""
        running = self._bridge.session.standing.project
        begun = self._status.begun
        change = compare(running, self._editor.project) if begun and not self.awaits_run else None
        self._needs_other_run = change is not None and change.restart
        self._show_trained()
        plan = self._post_difference(change)
        nodes = changed_nodes(running.network, self._editor.project.network) if begun else frozenset()
        hint, end = self._hint(), run_end(self._status, self._tested.get(self._status.run))
        if hint != self._hint_shown:
            self._hint_shown = hint
            self.hint.emit(hint)
        if nodes != self._changed_nodes:
            self._changed_nodes = nodes
            self.changed_since.emit(nodes)
        if (marks := layer_changes(nodes, plan)) != self._marks:
            self._marks = marks
            self.marked.emit(marks)
        if end != self._end:
            self._end = end
            self.ended.emit(end)

    def _post_difference(self, change: Change | None) -> Continuation | None:
        """Post a notice about a difference, with choices; a notice that the user has closed is not repeated.

        Returns which layers keep their weights if the project on screen is trained; None if it cannot keep any.
        """
        self.continuable = change is not None and change.continuable
        self.transferring.possible = False
        if change is None or not change.restart:
            self._bar.withdraw("changed")
            self._differs = None
            return None
        choices: list[Choice] = [(self.tr("Undo the change"), self._undo)]
        other_images = self._editor.project.dataset != self._bridge.session.standing.project.dataset
        plan: Continuation | None = None
        if self._editor.report.trainable and self._status.state is not State.FAILED:
            choices.insert(0, (self.tr("Train from scratch"), self.from_scratch))
            if change.continuable or other_images:
                plan = self.transferring.plan()
                choices[:0] = self.transferring.choices(change, plan)
                # a run that would keep nothing is trained from scratch
                if change.continuable and (plan.kept or plan.recalled or not plan.new):
                    choices.insert(0, (offer(plan), self.go_on, detail(plan)))
        frozen, moving = self._editor.project.network.frozen, self._status.state in MOVING
        sentence = difference(self.trained, plan, images=other_images, moving=moving, frozen=frozen)
        texts = (sentence, *(part for label, _, *tip in choices for part in (label, *tip)))
        if self._differs is not None and texts[1:] == self._differs[1:]:
            self._bar.reword("changed", sentence)
        elif self._differs is None or self._bar.says("changed"):
            self._bar.post("changed", sentence, *choices)
        self._differs = texts
        return plan

    def paused(self) -> str:
        """The sentence about a training that was paused because another run took its place; empty if none was."""
        previous = self._bridge.session.standing.previous
        return state_of(previous, self._bridge.recorder) if previous is not None and previous.interrupted else ""

    def _show_origin(self, event: RunResumed, origin: Origin) -> None:
        """A run continues from a recorded moment: show its project, and post where it begins unless it was reopened."""
        lines = []
        if not origin.reopened:
            before = self._editor.project
            differed = self._take_project(event.project, self.tr("New run from a moment"))
            lines.append(
                self.tr("This is a new run: it begins at step {step}, with the network and recipe of that moment.")
                .format(step=grouped(event.step))
            )  # fmt: skip
            if differed and (changed := changed_between(before, event.project)):
                lines.append(self.tr("Changed on screen: %s. Undo changes it back.") % changed)
        if not origin.exact:
            lines.append(self.tr("Only the weights were recorded there, so it goes on with a new optimizer."))
        if lines:
            self.offer.post(" ".join(lines), without_previous=True)
        else:
            self._bar.withdraw(PREVIOUS_RUN)

    def _replace_notices(self, event: RunStarted | RunResumed) -> bool:
        """Withdraw the notices about the run before, and post the announced notice about the run that begins.

        Returns whether there is no need to post another notice about that run.
        """
        # a run that was never trained is built again after an edit, with the same number
        same_run = isinstance(event, RunStarted) and event.run == self._run
        if self._run is not None and not same_run:
            for subject in OF_ONE_RUN:
                self._bar.withdraw(subject)
        self._run = event.run
        if self._announced is None or not isinstance(event, self._announced[0]):
            return same_run
        (_, tell), self._announced = self._announced, None
        self._bar.withdraw(PREVIOUS_RUN)
        tell()
        return True

    def read_names(self) -> None:
        """Show the names that runs have now in the library."""
        self._show_trained()
        self.offer.reword()

    def _show_trained(self) -> None:
        self.trained = self._name(self._status.run) if self._needs_other_run else ""
        self.differs.emit(self.trained)

    def _name(self, run: int) -> str:
        return session_run_name(self._bridge.recorder, run)

    def _take_project(self, project: Project, label: str = "") -> bool:
        """Show the project that a run trains, as an undoable step; nodes of an unchanged network keep their places.

        Returns whether anything differed.
        """
        before = self._editor.project
        layout = before.layout if before.network == project.network else project.layout
        self._editor.apply(label or self.tr("Back to the run before"), replace(project, layout=layout))
        return self._editor.project is not before

    def _post_added(self, event: EpochsAdded) -> None:
        base = self._bridge.session.standing.project.recipe.learning_rate
        sentence = self.tr(
            "The schedule had brought the rate near 0, where nothing more is learned. The added epochs train at a rate"
            " of %s: %d %% of the recipe's."
        )
        self._bar.tell(ADDED_EPOCHS, sentence % (rounded(event.rate, 3), round(100 * event.rate / base)))

    def _post_observer_failed(self, sentence: str) -> None:
        if sentence:
            self._bar.post("observer", self.tr("%s Training is not touched; the details are in the log.") % sentence)
        else:
            self._bar.withdraw("observer")

    def _hint(self) -> str:
        if not self._editor.project.network.nodes or not self._editor.report.trainable:
            return ""
        if self._status.state is not State.UNTRAINED:
            return ""
        return " · ".join(part for part in (self.tr("Click here or press F5 to train"), self._warning()) if part)

    def from_scratch(self) -> None:
        """Train a new run of the project on screen."""
        self.start_over()
        self._bridge.session.play()

    def _undo(self) -> None:
        """Undo or redo to the project that the run trains."""
        running = self._bridge.session.standing.project
        if not self._editor.go_to(lambda project: not compare(running, project).restart):
            self._bar.withdraw("changed")

    def _follow(self, status: Status) -> None:
        old, self._status = self._status, status
        # comparing two projects takes time, and the notices depend on nothing else of a status
        if (old.state, old.run, old.begun) != (status.state, status.run, status.begun):
            self.refresh()

    def _read_metrics(self, metrics: Sequence[Metrics]) -> None:
        tested = {each.run: each for each in metrics if isinstance(each, Evaluation) and each.split == "test"}
        if tested:
            self._tested |= tested
            self.refresh()

    def _read_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, RunStarted):
                posted = self._replace_notices(event)
                # another run without steps may have had this number
                self._tested.pop(event.run, None)
                self.awaits_run = False
                # a failed run is kept too, for the menu, but returning to it is not offered
                if self._failed:
                    self._bar.withdraw(PREVIOUS_RUN)
                elif not posted:
                    self.offer.post(beginning(event.inherited))
                self._failed = False
                self.refresh()
            elif isinstance(event, RunResumed):
                posted = self._replace_notices(event)
                if event.origin is not None:
                    if not posted:
                        self._show_origin(event, event.origin)
                    self.refresh()
                    continue
                if self._take_project(event.project):
                    sentence = self.tr("This is “{run}” again, and its network and recipe are those on screen.")
                else:
                    sentence = self.tr("This is “{run}” again.")
                self.offer.post(sentence.format(run=self._name(event.run)), names=event.run)
                self.refresh()
            elif isinstance(event, EpochsAdded) and event.raised:
                self._post_added(event)
            elif isinstance(event, RunFinished):
                self._bar.withdraw(ADDED_EPOCHS)
                self.offer.end()
            elif isinstance(event, NetworkChanged):
                self._bar.withdraw("refused")
                self.refresh()
            elif isinstance(event, Refused):
                self._announced = None
                self._bar.post("refused", text(event.sentence))
            elif isinstance(event, RunFailed):
                self._failed = True
                copy = partial(QGuiApplication.clipboard().setText, event.detail)
                self._bar.post(
                    "failed",
                    text(event.sentence),
                    (self.tr("Start over"), self.start_over),
                    (self.tr("Copy the details"), copy),
                )
