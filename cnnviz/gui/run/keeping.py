"""Storing trainings in folders, from which they can be opened again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnviz.files import from_unicode, shown, to_unicode
from cnnviz.gui.file_places import beginning, remember
from cnnviz.gui.language import text
from cnnviz.gui.run.run_names import session_run_name
from cnnviz.network.names import numbered
from cnnviz.training.channels import State
from cnnviz.training.events import Event, Refused, RunFailed, RunResumed, RunSaved, SaveFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cnnviz.gui.run.bridge import Bridge


@dataclass(frozen=True)
class Unkept:
    """A run, trained for ``step`` batches, that is not stored. ``present`` is False for the previous run."""

    run: int
    step: int
    present: bool = True


class TrainingKeeper(QObject):
    """Stores the trainings of a window, as ``cnnviz train --save`` does, and knows which are stored.

    ``kept(Path)`` and ``message(str)`` follow when a run is stored; ``failed(str)`` reports why it could not be.
    """

    kept = Signal(object)
    message = Signal(str)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._session = bridge, bridge.session
        self._steps: dict[int, int] = {}
        """The step at which each run was last stored."""
        self._run_told_of = 0
        """The run for which the notice of :meth:`tell_of_saving` was shown."""
        self._folder: Path | None = None
        """The folder to which the current run is being written; None if none is."""
        self._cursor = 0
        bridge.events.connect(self._follow)

    def name_of(self, run: int | None = None) -> str:
        """The name of a run of this window, or of the current run."""
        return session_run_name(self._bridge.recorder, self._session.status.run if run is None else run)

    @property
    def unkept(self) -> tuple[Unkept, ...]:
        """The trainings that would be lost now, the current one first. A failed run is not listed: it cannot be
        continued. Nor is one that is recorded: it stays in the library."""
        self._catch_up()
        recorder = self._bridge.recorder
        standing = self._session.standing
        status, previous = standing.status, standing.previous
        runs = []
        if status.step > 0 and status.state is not State.FAILED:
            runs.append(Unkept(status.run, status.step))
        if previous is not None and previous.step > 0:
            runs.append(Unkept(previous.run, previous.step, present=False))
        return tuple(
            unkept
            for unkept in runs
            if self._steps.get(unkept.run) != unkept.step and not (recorder and recorder.records(unkept.run))
        )

    @property
    def recorded(self) -> bool:
        """Whether the current run has been trained and is in the library, where it stays."""
        status, recorder = self._session.status, self._bridge.recorder
        return status.step > 0 and recorder is not None and recorder.records(status.run)

    def ask(self, suggested: Path, parent: QWidget) -> None:
        """Ask for a folder, and write the current run to it."""
        if (folder := ask_new_folder(suggested, parent)) is not None:
            self.keep(folder)

    def keep(self, folder: Path, *, pause: bool = False) -> None:
        """Write the current run to ``folder`` between two batches; with ``pause`` it is paused then."""
        self._folder = folder
        if pause:
            self._session.pause()
        self._session.save(folder)

    def tell_of_saving(self, path: Path) -> None:
        """Say where the project was saved, and once per run that this file does not contain the training."""
        sentence = self.tr("Saved as “%s”.") % shown(path)
        present = next((unkept.run for unkept in self.unkept if unkept.present), self._run_told_of)
        if present != self._run_told_of and self._folder is None:
            self._run_told_of = present
            sentence += " " + self.tr("The training is not in this file: File > Keep the training …")
        self.message.emit(sentence)

    def _follow(self, events: Sequence[Event]) -> None:
        self._catch_up()
        for event in events:
            if self._folder is None:
                return
            if isinstance(event, RunSaved) and event.folder == self._folder:
                self._folder = None
                self.message.emit(self.tr("The training is kept in “%s”.") % shown(event.folder))
                self.kept.emit(event.folder)
            elif isinstance(event, SaveFailed | Refused | RunFailed):
                self._folder = None
                self.failed.emit(text(event.sentence))

    def _catch_up(self) -> None:
        events, self._cursor = self._session.events.read(self._cursor)
        for event in events:
            if isinstance(event, RunSaved) or (isinstance(event, RunResumed) and event.folder is not None):
                self._steps[event.run] = event.step


def ask_new_folder(suggested: Path, parent: QWidget) -> Path | None:
    """Ask for a new folder for a training; None if the dialog is cancelled."""
    title = QCoreApplication.translate("keeping", "Keep the training in a new folder")
    suggested = beginning("training", suggested)
    dialog = QFileDialog(parent, title, to_unicode(suggested.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setLabelText(QFileDialog.DialogLabel.FileName, QCoreApplication.translate("keeping", "&New folder:"))
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, QCoreApplication.translate("keeping", "&Keep"))
    dialog.selectFile(to_unicode(_unused(suggested).name))
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    return _remember(chosen[0]) if chosen else None


def ask_kept_folder(start: Path, parent: QWidget) -> Path | None:
    """Ask for the folder of a stored training; None if the dialog is cancelled."""
    title = QCoreApplication.translate("keeping", "Open the folder of a kept training")
    start = beginning("training", start / "training").parent
    chosen = QFileDialog.getExistingDirectory(parent, title, to_unicode(start))
    return _remember(chosen) if chosen else None


def _remember(chosen: str) -> Path:
    """Let the next dialog start from the chosen folder, which is returned."""
    folder = from_unicode(chosen)
    remember("training", folder)
    return folder


def _unused(path: Path) -> Path:
    """``path``, or, if it exists already, with the first free number from 2 on at its end."""
    if not path.exists():
        return path
    return path.with_name(numbered(f"{path.name} ", {entry.name for entry in path.parent.iterdir()}, 2))
