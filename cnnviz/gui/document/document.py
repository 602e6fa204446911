"""The file of the project on screen: open, save, the question about unsaved changes, autosave."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnviz import settings
from cnnviz.files import from_unicode, shown, to_unicode
from cnnviz.gui.document.autosave import BackgroundAutosave, Unsaved
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.importable import endings
from cnnviz.project import file
from cnnviz.project.file import SUFFIX, ProjectFileError
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cnnviz.gui.document.editor import ProjectEditor


class Document(QObject):
    """Knows the file of the project and whether the project has changed since it was saved.

    ``changed`` follows a change of name or of the unsaved state; ``failed`` carries a sentence; ``recent`` follows a
    change of the list of recent files; ``saved(Path)`` follows each saving. ``named(before, now)`` follows the saving
    that gives the project its first name, with what :attr:`network` was before and is now.
    """

    changed = Signal()
    saved = Signal(object)
    named = Signal(str, str)
    failed = Signal(str)
    recent = Signal()

    def __init__(self, editor: ProjectEditor, path: Path | None, window: QWidget) -> None:
        super().__init__(window)
        self.path = path
        self._origin = ""
        self._folder: Path | None = None
        """The folder of the archive or training from which the project was opened."""
        self._training: Path | None = None
        self.run_of: Callable[[], str] = lambda: ""
        """Returns the id of the recorded run that is trained, empty if there is none; the file names it."""
        self._noted: tuple[Path, str, str] | None = None
        """What :meth:`remember_run` has noted last."""
        self._named = ""
        """The run that the file names."""
        self._editor, self._window = editor, window
        self._stored: Project = editor.project
        self.key = uuid4().hex[:8]
        """Names the window in the copies of its unsaved work, and in the runs that it records."""
        self._autosave = BackgroundAutosave(self._unsaved, self.key, self)
        self._autosave.failed.connect(self.failed)
        editor.changed.connect(lambda *_: self.changed.emit())
        editor.changed.connect(lambda *_: self._autosave.schedule())
        if path is not None:
            self.remember(path)

    @property
    def unsaved(self) -> bool:
        """Whether the project differs from its file."""
        return self._editor.project is not self._stored and self._editor.project != self._stored

    @property
    def name(self) -> str:
        """The name of the project for a window title."""
        untitled = self.tr("Untitled")
        if self._titled or not self._origin or self._origin.startswith(untitled):
            return self.network
        template = self.tr("%s (untitled)")
        # a run of a project without a title may have been the origin
        return template % self._origin.replace(template.replace("%s", ""), "")

    @property
    def network(self) -> str:
        """The name under which runs of the project are recorded."""
        if self.path:
            return shown(self.path.stem)
        return shown(self._training.name) if self._training else self._origin or self.tr("Untitled")

    @property
    def _titled(self) -> bool:
        """Whether the project has a name of its own."""
        return self.path is not None or self._training is not None

    @property
    def origin(self) -> str:
        """What :meth:`comes_from` was told last."""
        return self._origin

    def comes_from(self, template: str) -> None:
        """Set the template from which the project was made; its name is used until the project is saved."""
        self._origin = template
        self.changed.emit()

    def comes_from_archive(self, path: Path) -> None:
        """Set the archive from which the project was opened."""
        self._folder = path.absolute().parent
        self.comes_from(shown(path.stem))
        self.remember(path)

    def comes_from_training(self, folder: Path) -> None:
        """Set the folder in which the project's training was stored."""
        self._training = folder.absolute()
        self._folder = self._training.parent
        self.changed.emit()
        self.remember(folder)

    def beside(self, ending: str) -> Path:
        """A path for a file made from the project: in the project's folder, with the project's name and an ending."""
        stem = self.path.stem if self.path else self.tr("network")
        folder = self.path.absolute().parent if self.path else self._folder
        return (folder or settings.load().folder("project") or settings.start_folder()) / f"{stem}{ending}"

    def suggested_folder(self) -> Path:
        """The folder suggested for storing the training."""
        return self.beside(self.tr(" training"))

    def mark_unsaved(self) -> None:
        """Mark the project as unsaved, because it was recovered from an autosaved copy."""
        self._stored = Project()
        self._autosave.schedule()
        self.changed.emit()

    def save(self) -> bool:
        """Save to the project's file, or ask for a name; returns whether it was saved."""
        return self.save_to(self.path) if self.path else self.save_as()

    def save_as(self) -> bool:
        """Ask for a name and save; returns whether it was saved."""
        start = self.path or self.beside(SUFFIX)
        dialog = QFileDialog(self._window, self.tr("Save the project"), to_unicode(start.parent), _filter())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # the dialog must know the suffix, because it asks before it overwrites a file
        dialog.setDefaultSuffix(SUFFIX)
        dialog.selectFile(to_unicode(start.name))
        chosen = dialog.selectedFiles() if dialog.exec() else []
        dialog.deleteLater()
        return self.save_to(from_unicode(chosen[0])) if chosen else False

    def save_to(self, path: Path) -> bool:
        """Save to a path; returns whether it was saved."""
        try:
            file.save(self._editor.project, path, run := self.run_of())
        except ProjectFileError as error:
            self.failed.emit(error_sentence(error))
            return False
        titled, before = self._titled, self.network
        self.path, self._stored, self._named = path, self._editor.project, run
        self._autosave.clear()
        self.remember(path)
        self.changed.emit()
        if not titled:
            self.named.emit(before, self.network)
        self.saved.emit(path)
        return True

    def left_with(self, named: str) -> str:
        """The id of the run to show for the file; ``named`` is the run that the file names, or empty.

        It may be a newer run that the window showed when it was closed last.
        """
        from cnnviz.runs.last_trained import run_of

        self._named = named
        return "" if self.path is None else run_of(self.path, named)

    def remember_run(self) -> None:
        """Note which run the window of the file trains."""
        if self.path is None or not (run := self.run_of()) or self._noted == (self.path, self._named, run):
            return
        # not at the top of the file: the first window has no run
        from cnnviz.runs.last_trained import remember

        self._noted = self.path, self._named, run
        remember(*self._noted)

    def ask_for_file(self) -> Path | None:
        """Let the user choose a project file; None if the dialog is cancelled."""
        start = to_unicode(self.beside("").parent)
        # not at the top of the file: the first window needs no archives
        from cnnviz.runs import archive

        kinds = f"cnnviz (*{SUFFIX} *{archive.SUFFIX});;{self.tr('Weights, networks and code')} ({endings()})"
        chosen, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a project"), start, kinds)
        return from_unicode(chosen) if chosen else None

    def close(self, *, keep: bool = False) -> None:
        """End autosave before the window closes. With ``keep`` the copy stays and is offered at the next start, else it
        is removed."""
        if keep:
            self._autosave.flush()
        else:
            self._autosave.clear()
        self._autosave.close()

    def autosave(self) -> bool:
        """Write the autosave copy now; returns whether all changes are stored."""
        return self._autosave.flush()

    def _unsaved(self) -> Unsaved | None:
        return (self._editor.project, self.path) if self.unsaved else None

    def remember(self, path: Path) -> None:
        """List the file or folder of the project among the recent files, and begin later dialogs beside it."""
        settings.save(settings.load().with_project_folder(path.absolute().parent))
        self.add_recent(path)

    def add_recent(self, path: Path) -> None:
        """List a file or folder among the recent files."""
        settings.save(settings.load().with_recent(path))
        self.recent.emit()


def _filter() -> str:
    return f"cnnviz (*{SUFFIX})"
