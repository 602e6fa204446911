"""What the window says of a run without being asked: it failed, it is over, or the network has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from cnnviz.gui.bridge import Bridge
from cnnviz.gui.editor import ProjectEditor
from cnnviz.gui.notice_bar import NoticeBar
from cnnviz.training.changes import changed_nodes, compare
from cnnviz.training.channels import Evaluation, Event, Metrics, RunFailed, RunStarted, State, Status


class RunNotices(QObject):
    """Follows status, events and edits; says in the bar what needs a decision and on the canvas what comes next.

    ``hint(str)`` is the line on the canvas, ``changed_since(frozenset)`` the nodes that differ from those in training.
    """

    hint = Signal(str)
    changed_since = Signal(object)

    def __init__(self, editor: ProjectEditor, bridge: Bridge, bar: NoticeBar) -> None:
        super().__init__(bar)
        self._editor, self._bridge, self._bar = editor, bridge, bar
        self._status = Status()
        self._tested: Evaluation | None = None
        self._differs = False
        """The notice that the project differs from the run was given; the user may have closed it."""
        self._shown: tuple[str, frozenset[str]] = ("", frozenset())
        bridge.status.connect(self._follow)
        bridge.events.connect(self._read_events)
        bridge.metrics.connect(self._read_metrics)
        editor.changed.connect(lambda *_: self.refresh())

    def start_over(self) -> None:
        """A new run with the project on screen."""
        self._bar.withdraw("failed")
        self._bridge.session.reset(self._editor.project)

    def refresh(self) -> None:
        """Say what holds now."""
        running = self._bridge.session.project
        change = compare(running, self._editor.project)
        begun = self._status.step > 0
        differs = begun and change.restart
        if differs and not self._differs:
            self._bar.say(
                "changed",
                self.tr("The network or its recipe has changed since the start of this run, which goes on as it was."),
                (self.tr("Train from scratch"), self._from_scratch),
                (self.tr("Undo the change"), self._undo),
            )
        elif not differs:
            self._bar.withdraw("changed")
        self._differs = differs
        nodes = changed_nodes(running.network, self._editor.project.network) if begun else frozenset()
        shown = (self._hint(), nodes)
        if shown[0] != self._shown[0]:
            self.hint.emit(shown[0])
        if shown[1] != self._shown[1]:
            self.changed_since.emit(shown[1])
        self._shown = shown

    def _hint(self) -> str:
        if not self._editor.project.network.nodes or not self._editor.report.trainable:
            return ""
        if self._status.state is State.UNTRAINED:
            return self.tr("Press Space to train")
        if self._status.state is State.FINISHED and self._tested is not None:
            accuracy = f"{100 * self._tested.accuracy:.2f}"
            return self.tr("Done: %s %% of the test images are right. Press Space for more epochs.") % accuracy
        return ""

    def _from_scratch(self) -> None:
        self.start_over()
        self._bridge.session.play()

    def _undo(self) -> None:
        """Back to where the project fits the run, be it behind or ahead of this step."""
        running = self._bridge.session.project
        if not self._editor.go_to(lambda project: not compare(running, project).restart):
            self._bar.withdraw("changed")

    def _follow(self, status: Status) -> None:
        old, self._status = self._status, status
        # comparing two projects takes a while, and what is said depends on nothing else of a status
        if (old.state, old.run, old.step > 0) != (status.state, status.run, status.step > 0):
            self.refresh()

    def _read_metrics(self, metrics: Sequence[Metrics]) -> None:
        tested = [one for one in metrics if isinstance(one, Evaluation) and one.split == "test"]
        if tested:
            self._tested = tested[-1]
            self.refresh()

    def _read_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, RunStarted):
                self._bar.withdraw("failed")
                self._tested = None
            elif isinstance(event, RunFailed):
                copy = partial(QGuiApplication.clipboard().setText, event.detail)
                self._bar.say(
                    "failed",
                    event.sentence,
                    (self.tr("Start over"), self.start_over),
                    (self.tr("Copy the details"), copy),
                )
