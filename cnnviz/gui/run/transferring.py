"""What can be kept of a run after a change of images or of the last layer: trained layers with a new last one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cnnviz.gui.language import counted
from cnnviz.network.check import examine
from cnnviz.network.layers import Dense
from cnnviz.training.changes import Change, Continuation, compare, continuation
from cnnviz.training.facts import facts_for
from cnnviz.training.inheriting import heads, inheritance, only_new_trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.widgets.notice_bar import Choice

MOST_NAMES = 2
"""The most layers that are named on a button."""


class Transferring(QObject):
    """Offers to keep what the run has learned, and does it. ``begin`` prepares for a new run of the session."""

    def __init__(self, editor: ProjectEditor, bridge: Bridge, begin: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._bridge, self._begin = editor, bridge, begin
        self.possible = False
        """Whether the project on screen has other images or layers than the run, and can keep some of its layers."""

    def plan(self) -> Continuation:
        """Which layers keep what they have learned if the project on screen is trained."""
        standing, project = self._bridge.session.standing, self._editor.project
        if project.dataset != standing.project.dataset:
            return inheritance(standing.project, project, self._editor.report)
        before = examine(standing.project.network, facts_for(standing.project))
        return continuation(standing.project.network, before, project.network, self._editor.report, standing.dropped)

    def choices(self, change: Change, plan: Continuation) -> list[Choice]:
        """The buttons for a notice about a change; also sets :attr:`possible`."""
        kept, new = (*plan.kept, *plan.recalled), plan.new
        self.possible = bool(kept) and (not change.continuable or self._is_head(new))
        if not self.possible:
            return []
        detail = self.tr("Keep what they have learned: %s.") % ", ".join(kept)
        if new:
            detail += "\n" + self.tr("Start new: %s.") % ", ".join(new)
        choices: list[Choice] = []
        if new:
            frozen = self.tr("The kept layers are frozen, so this is faster; undo, or their lock, frees them.")
            choices.append((self._train_new_label(new), self.train_new, f"{detail}\n{frozen}"))
        if not change.continuable:
            choices.append((self.tr("Keep the weights, train all"), self.train_all, detail))
        return choices

    def _is_head(self, new: tuple[str, ...]) -> bool:
        """Whether the layers that start new make a head: each is Dense or one of the last layers with weights."""
        network = self._editor.project.network
        last = heads(network, self._editor.report)
        return bool(new) and all(name in last or isinstance(network[name], Dense) for name in new)

    def _train_new_label(self, new: tuple[str, ...]) -> str:
        """The text of the button that trains only the layers that start new."""
        if len(new) <= MOST_NAMES:
            return self.tr("Keep the weights, train only {layers}").format(layers=", ".join(new))
        return counted(
            "Keep the weights, train only {count} new layers", "Keep the weights, train only 1 new layer", len(new)
        )

    def train_new(self) -> None:
        """Freeze what has been learned, in a step that can be undone, and train the layers that start new."""
        project = self._editor.project
        if (plan := self.plan()).new:
            network = only_new_trained(project.network, plan)
            self._editor.apply(self.tr("Freeze what was learned"), replace(project, network=network))
        self.train_all()

    def train_all(self) -> None:
        """Go on with what has been learned: in the same run, or for other images in a new one."""
        session, project = self._bridge.session, self._editor.project
        if compare(session.standing.project, project).continuable:
            session.go_on(project)
            return
        self._begin()
        session.transfer(project)
        session.play()
