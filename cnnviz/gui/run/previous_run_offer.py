"""The notice about a run that takes the place of another one, which leads back to that one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import grouped
from cnnviz.gui.run.run_names import is_deleted, is_lasting, session_run_name, untrained_beginning

if TYPE_CHECKING:
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.widgets.notice_bar import NoticeBar
    from cnnviz.runs.recorder import Recorder
    from cnnviz.training.standing import PreviousRun

PREVIOUS_RUN = "kept"
"""The subject of the notice."""


class PreviousRunOffer:
    """Says how the present run began and how the previous one was left, and offers to go back to that."""

    def __init__(self, bridge: Bridge, bar: NoticeBar) -> None:
        self._bridge, self._bar = bridge, bar
        self._sentence = self._name = ""
        self._previous: PreviousRun | None = None
        self._run_named: int | None = None
        """The run that the sentence names; None if it names none."""

    def post(self, sentence: str, *, names: int | None = None, without_previous: bool = False) -> None:
        """Post a sentence about the run that begins, and offer the previous run. If there is none, or it was deleted,
        the sentence is only posted with ``without_previous``.

        ``names`` is the run that the sentence names: once it has another name, the sentence is left out.
        """
        self._previous = self._bridge.session.standing.previous
        if self._deleted():
            self._previous = None
        self._sentence, self._run_named = sentence, names
        self._name = "" if names is None else session_run_name(self._bridge.recorder, names)
        if self._previous is not None:
            # the menu Train leads back too
            self._bar.tell(
                PREVIOUS_RUN, self._words(), (QCoreApplication.translate("RunNotices", "Back to it"), self._back)
            )
            return
        self._bar.withdraw(PREVIOUS_RUN)
        if without_previous:
            self._bar.tell(PREVIOUS_RUN, sentence)

    def reword(self) -> None:
        """Name the runs as they are named now. One that was deleted is not offered any more."""
        if self._deleted():
            self._previous = None
            self._bar.withdraw(PREVIOUS_RUN)
        if self._previous is not None and self._bar.says(PREVIOUS_RUN):
            self._bar.reword(PREVIOUS_RUN, self._words())

    def end(self) -> None:
        """The present run has ended: how it began is of no interest now. A run that would be lost is still offered."""
        if self._previous is None or is_lasting(self._bridge.recorder, self._previous.run):
            self._bar.withdraw(PREVIOUS_RUN)

    def _deleted(self) -> bool:
        return self._previous is not None and is_deleted(self._bridge.recorder, self._previous.run)

    def _back(self) -> None:
        self._bridge.session.back()

    def _words(self) -> str:
        recorder, words = self._bridge.recorder, []
        if self._run_named is None or session_run_name(recorder, self._run_named) == self._name:
            words.append(self._sentence)
        if self._previous is not None:
            words.append(state_of(self._previous, recorder))
        return " ".join(words)


def state_of(previous: PreviousRun, recorder: Recorder | None) -> str:
    """The sentence about the state of the previous run. Only a run on disk is said to be kept."""
    translate, beginning = QCoreApplication.translate, untrained_beginning(recorder, previous.run)
    if not is_lasting(recorder, previous.run):
        if previous.interrupted:
            sentence = translate("RunNotices", "“{run}” was being trained: it was paused at step {step}.")
        else:
            sentence = translate("RunNotices", "“{run}” was trained to step {step}.")
        warning = translate("RunNotices", "It is not recorded: this window holds it until yet another run begins.")
        sentence = f"{sentence} {warning}"
    elif previous.interrupted:
        sentence = translate("RunNotices", "“{run}” was being trained: it was paused at step {step} and is kept.")
    elif beginning is not None and beginning.origin is not None and not beginning.origin.reopened:
        sentence = translate("RunNotices", "“{run}” has not been trained yet.")
    else:
        sentence = translate("RunNotices", "“{run}” is kept as it was after step {step}.")
    return sentence.format(run=session_run_name(recorder, previous.run), step=grouped(previous.step))
