"""The question before a window closes: which unsaved work would be lost, and how to save it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QProgressBar, QPushButton, QWidget

from cnnviz.files import shown
from cnnviz.gui.localized import grouped
from cnnviz.gui.run.keeping import TrainingKeeper, Unkept, ask_new_folder
from cnnviz.gui.shell.dialog_parts import lay_out_question
from cnnviz.gui.widgets.plain import PlainLabel, title_text
from cnnviz.gui.widgets.restyling import restyle

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.document.document import Document

WIDTH = 540
"""Width of the text, in pixels."""


class ClosingDialog(QDialog):
    """Asks about unsaved changes of the project and about an unsaved training, together.

    It is accepted if the window may close. ``keep``, ``only_save``, ``discard`` and ``cancel`` are its buttons.
    """

    def __init__(self, document: Document, keeper: TrainingKeeper, parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._keeper = document, keeper
        self._unsaved = False
        self._unkept: tuple[Unkept, ...] = ()
        self._folder: Path | None = None
        """The folder to which the current run is written before the window closes; None if it is not written."""
        self.setWindowTitle(title_text(self.tr("Close “%s”") % document.name))
        self._question, self._detail, self.error = PlainLabel(), PlainLabel(), PlainLabel()
        self._question.setStyleSheet("font-weight: 600")
        self._detail.setProperty("role", "muted")
        self.error.setProperty("role", "error")
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        self.keep = self._buttons.addButton("", role.AcceptRole)
        self.only_save = self._buttons.addButton(self.tr("Save the project only"), role.ActionRole)
        self.discard = self._buttons.addButton("", role.DestructiveRole)
        self.cancel = self._buttons.addButton(self.tr("Cancel"), role.RejectRole)
        labels = (self._question, self._detail, self.error)
        lay_out_question(self, labels, (self._progress, self._buttons), WIDTH)
        self.keep.clicked.connect(self._keep)
        self.only_save.clicked.connect(self._save)
        self.discard.clicked.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        document.failed.connect(self._fail)
        keeper.failed.connect(self._fail)
        keeper.kept.connect(self._kept)
        self._ask()

    def _ask(self, error: str = "") -> None:
        """Show the question for the work that would be lost now; ``error`` is why an attempt to save it failed."""
        self._unsaved, self._unkept = self._document.unsaved, self._keeper.unkept
        training = bool(self._unkept)
        present = any(unkept.present for unkept in self._unkept)
        if training and not present:
            question, keep = self._question_of_left(self._keeper.name_of(self._unkept[0].run)), ""
            discard = self.tr("Close without them") if self._unsaved else self.tr("Close without it")
        elif self._unsaved and training:
            question = self.tr("The changes to “%s” are not saved, and its training has not been kept.")
            keep, discard = self.tr("Save and keep …"), self.tr("Close without them")
        elif training:
            question = self.tr("The training of “%s” has not been kept.")
            keep, discard = self.tr("Keep it …"), self.tr("Close without it")
        else:
            question = self.tr("Save the changes to “%s” before closing?")
            keep, discard = self.tr("Save"), self.tr("Close without saving")
        self._question.setText(question.replace("%s", self._document.name))
        self._detail.setText(details := self._details())
        self._detail.setVisible(bool(details))
        self.keep.setText(keep)
        self.discard.setText(discard)
        self.keep.setVisible(bool(keep))
        self.only_save.setVisible(self._unsaved and training)
        # if only the previous run would be lost, every way to close loses it
        self._make_default(self.keep if keep else self.cancel)
        self.error.setText(error)
        self.error.setVisible(bool(error))
        for label in (self._question, self._detail, self.error):
            # the layout asks for the preferred height of a label, not for its height at this width
            label.ensurePolished()
            label.setFixedHeight(max(0, label.heightForWidth(WIDTH)))
        self._set_busy(False)

    def _question_of_left(self, run: str) -> str:
        """The question if nothing of the current run would be lost, but the previous run would."""
        if self._unsaved:
            question = self.tr(
                "The changes to “%s” are not saved, and “{run}”, which you left for “{other}”, has not been kept."
            )
        else:
            question = self.tr("“{run}”, which you left for “{other}”, has not been kept.")
        return question.format(run=run, other=self._keeper.name_of())

    def _make_default(self, default: QPushButton) -> None:
        """Make a button the default one, which Enter presses."""
        for button in (self.keep, self.cancel):
            restyle(button, "primary", button is default)
        default.setDefault(True)
        default.setFocus()

    def _details(self) -> str:
        lines = []
        present = any(unkept.present for unkept in self._unkept)
        for unkept in self._unkept:
            line = self.tr("“{run}”, trained to step {step}.")
            line = line.format(run=self._keeper.name_of(unkept.run), step=grouped(unkept.step))
            if not unkept.present and present:
                line += " " + self.tr("It was left for the present run; to keep it, cancel and go back to it.")
            elif not unkept.present:
                line += " " + self.tr("To keep it, cancel and go back to it: Train > Back to the run before.")
            lines.append(line)
        if not self._unkept and self._keeper.recorded:
            lines.append(self.tr("What was trained is kept in Runs."))
        if present:
            lines.append(
                self.tr("Kept in a folder, it goes on at another time, bit for bit: File > Open a kept training.")
            )
        return "\n".join(lines)

    def _set_busy(self, busy: bool) -> None:
        self._progress.setVisible(busy)
        for button in (self.keep, self.only_save, self.discard):
            button.setEnabled(not busy)

    def _save(self) -> None:
        if self._document.save():
            self.accept()

    def _keep(self) -> None:
        """Save the project, then pause the training and write it; the dialog is accepted when that is done."""
        if self._unsaved and not self._document.save():
            return
        if not self._unkept:
            self.accept()
            return
        folder = ask_new_folder(self._document.suggested_folder(), self)
        if folder is None:
            self._ask()
            return
        self.error.hide()
        self._question.setText(self.tr("The training is paused and written to “%s” …") % shown(folder.name))
        self._set_busy(True)
        self._folder = folder
        self._keeper.keep(folder, pause=True)

    def _kept(self, folder: Path) -> None:
        """A run was written: accept if it was requested here or nothing is left to lose; else ask again."""
        if folder == self._folder or not (self._document.unsaved or self._keeper.unkept):
            self.accept()
        else:
            self._ask()

    def _fail(self, sentence: str) -> None:
        self._ask(sentence)


def may_close(document: Document, keeper: TrainingKeeper, parent: QWidget) -> bool:
    """Ask about unsaved work, if there is any; returns whether the window may close."""
    if not document.unsaved and not keeper.unkept:
        return True
    dialog = ClosingDialog(document, keeper, parent)
    agreed = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return agreed
