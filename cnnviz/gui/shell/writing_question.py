"""The question before a window closes that still writes files: an export, or a replay."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QProgressBar

from cnnviz.gui.shell.dialog_parts import lay_out_question
from cnnviz.gui.widgets.muted import MutedLabel
from cnnviz.gui.widgets.plain import PlainLabel, title_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.run.exporting import Exporting
    from cnnviz.gui.shell.replay_export import ReplayExport

WIDTH = 460
"""Width of the text, in pixels."""
POLL_MILLISECONDS = 40
CANCELLING_SECONDS = 20.0
"""How long the window stays open at most until what was cancelled has ended."""


@dataclass(frozen=True)
class Writing:
    """Files that are being written: the ``question`` about them, and the sentence while the window ``waits`` for them.

    ``failed`` tells after the end whether they could not be written.
    """

    question: str
    waits: str
    running: Callable[[], bool]
    cancel: Callable[[], object]
    failed: Callable[[], bool]


class WritingDialog(QDialog):
    """Asks whether to wait for files that are being written, or to cancel them; ``wait``, ``give_up`` and ``stay`` are
    its buttons.

    It is accepted if the window may close: when they are written, or when what was cancelled has ended and left nothing
    behind. If they cannot be written, it is rejected, so that the window can say why.
    """

    def __init__(self, writing: Writing, name: str, window: QWidget) -> None:
        """``name`` is that of the project in ``window``."""
        super().__init__(window)
        self._writing = writing
        self._cancelled: float | None = None
        """When it was cancelled."""
        self.setWindowTitle(title_text(self.tr("Close “%s”") % name))
        self.question = PlainLabel(writing.question)
        self.question.setStyleSheet("font-weight: 600")
        self._detail = MutedLabel(
            self.tr("Wait, and the window closes at the end. If you cancel it, no unfinished files are left.")
        )
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        self.wait = buttons.addButton(self.tr("Wait"), role.AcceptRole)
        self.give_up = buttons.addButton(self.tr("Cancel it and close"), role.DestructiveRole)
        self.stay = buttons.addButton(self.tr("Do not close"), role.RejectRole)
        self.wait.setProperty("primary", True)
        self.wait.setDefault(True)
        self.give_up.setAutoDefault(False)
        lay_out_question(self, (self.question, self._detail), (bar, buttons), WIDTH)
        self.wait.clicked.connect(self._wait)
        self.give_up.clicked.connect(self._give_up)
        buttons.rejected.connect(self.reject)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def done(self, result: int) -> None:
        """Qt asks to end the dialog."""
        self._timer.stop()
        super().done(result)

    def _wait(self) -> None:
        self.question.setText(self._writing.waits)
        # Enter must not cancel: a button that is disabled passes its focus on to the next one
        self.stay.setDefault(True)
        self.stay.setFocus()
        self.wait.setEnabled(False)

    def _give_up(self) -> None:
        self._cancelled = monotonic()
        self._writing.cancel()
        self.question.setText(self.tr("Cancelling …"))
        for button in (self.wait, self.give_up, self.stay):
            button.setEnabled(False)

    def _look(self) -> None:
        if not self._writing.running():
            failed = self._cancelled is None and self._writing.failed()
            self.done(QDialog.DialogCode.Rejected if failed else QDialog.DialogCode.Accepted)
        elif self._cancelled is not None and monotonic() > self._cancelled + CANCELLING_SECONDS:
            self.accept()


def may_close(exporting: Exporting | None, replay: ReplayExport | None, name: str, window: QWidget) -> bool:
    """Ask about files that are still being written, if there are any; returns whether the window may close.

    ``exporting`` and ``replay`` are None if the window, with the project ``name``, has never used them.
    """
    for writing in _writings(exporting, replay):
        if writing.running():
            dialog = WritingDialog(writing, name, window)
            agreed = dialog.exec() == QDialog.DialogCode.Accepted
            dialog.deleteLater()
            if not agreed:
                return False
    return True


def _writings(exporting: Exporting | None, replay: ReplayExport | None) -> list[Writing]:
    """What a window can write beside its other work."""
    translate = QCoreApplication.translate
    found = []
    if exporting is not None:
        found.append(
            Writing(
                translate("WritingDialog", "An export is still being written."),
                translate("WritingDialog", "The window closes when the export is finished."),
                lambda: exporting.running,
                exporting.cancel,
                lambda: exporting.any_failed,
            )
        )
    if replay is not None:
        found.append(
            Writing(
                translate("WritingDialog", "A replay is still being saved."),
                translate("WritingDialog", "The window closes when the replay is saved."),
                lambda: replay.running,
                replay.cancel,
                lambda: replay.failed,
            )
        )
    return found
