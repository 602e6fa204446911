"""The notice about a run that takes the place of another one, which leads back to that one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import grouped
from cnnviz.gui.run.run_names import is_lasting, session_run_name, untrained

if TYPE_CHECKING:
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.widgets.notice_bar import NoticeBar
    from cnnviz.runs.recorder import Recorder
    from cnnviz.training.standing import PreviousRun

SUBJECT = "kept"


class PreviousRunOffer:
    """Says how the present run began and how the previous one was left, and offers to go back to that."""

    def __init__(self, bridge: Bridge, bar: NoticeBar) -> None:
        self._bridge, self._bar = bridge, bar
        self._sentence = self._name = ""
        self._previous: PreviousRun | None = None
        self._named: int | None = None
        """The run that the sentence names; None if it names none."""

    def post(self, sentence: str, *, names: int | None = None, always: bool = False) -> None:
        """Post a sentence about the run that begins, and offer the previous run; without one only if ``always``.

        ``names`` is the run that the sentence names: once it has another name, the sentence is left out.
        """
        self._previous = self._bridge.session.standing.previous
        self._sentence, self._named = sentence, names
        self._name = "" if names is None else session_run_name(self._bridge.recorder, names)
        if self._previous is not None:
            self._bar.post(SUBJECT, self._words(), (QCoreApplication.translate("RunNotices", "Back to it"), self._back))
            return
        self._bar.withdraw(SUBJECT)
        if always:
            self._bar.tell(SUBJECT, sentence)

    def reword(self) -> None:
        """Name the runs as they are named now."""
        if self._previous is not None and self._bar.says(SUBJECT):
            self._bar.reword(SUBJECT, self._words())

    def end(self) -> None:
        """The present run has ended: how it began is old. A run that would be lost is still offered."""
        if self._previous is None or is_lasting(self._bridge.recorder, self._previous.run):
            self._bar.withdraw(SUBJECT)

    def _back(self) -> None:
        self._bridge.session.back()

    def _words(self) -> str:
        recorder, words = self._bridge.recorder, []
        if self._named is None or session_run_name(recorder, self._named) == self._name:
            words.append(self._sentence)
        if self._previous is not None:
            words.append(left(self._previous, recorder))
        return " ".join(words)


def left(previous: PreviousRun, recorder: Recorder | None) -> str:
    """How the previous run was left: only of a run that is on disk it is said that it is kept."""
    translate, began = QCoreApplication.translate, untrained(recorder, previous.run)
    if not is_lasting(recorder, previous.run):
        if previous.interrupted:
            sentence = translate("RunNotices", "“{run}” was being trained: it was paused at step {step}.")
        else:
            sentence = translate("RunNotices", "“{run}” was trained to step {step}.")
        held = translate("RunNotices", "It is not recorded: this window holds it until yet another run begins.")
        sentence = f"{sentence} {held}"
    elif previous.interrupted:
        sentence = translate("RunNotices", "“{run}” was being trained: it was paused at step {step} and is kept.")
    elif began is not None and began.origin is not None and not began.origin.reopened:
        sentence = translate("RunNotices", "“{run}” has not been trained yet.")
    else:
        sentence = translate("RunNotices", "“{run}” is kept as it was after step {step}.")
    return sentence.format(run=session_run_name(recorder, previous.run), step=grouped(previous.step))
