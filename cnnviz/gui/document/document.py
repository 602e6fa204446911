"""The file behind the project on screen: open, save, the unsaved-changes question, autosave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnviz import settings
from cnnviz.files import from_unicode, shown, to_unicode
from cnnviz.gui.document.autosave import BackgroundAutosave, Unsaved
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.file_places import beginning
from cnnviz.project import file
from cnnviz.project.file import SUFFIX, ProjectFileError
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from cnnviz.gui.document.editor import ProjectEditor


class Document(QObject):
    """Knows where the project is stored and whether it has been changed since.

    ``changed`` follows a new name or a new unsaved state; ``failed`` carries a sentence; ``recent`` follows a change of
    the list of recent files; ``saved`` follows a project that is in its file now.
    """

    changed = Signal()
    saved = Signal()
    failed = Signal(str)
    recent = Signal()

    def __init__(self, editor: ProjectEditor, path: Path | None, window: QWidget) -> None:
        super().__init__(window)
        self.path = path
        self._origin = ""
        self._training: Path | None = None
        self._editor, self._window = editor, window
        self._stored: Project = editor.project
        self._autosave = BackgroundAutosave(self._unsaved, self)
        self._autosave.failed.connect(self.failed)
        editor.changed.connect(lambda *_: self.changed.emit())
        editor.changed.connect(lambda *_: self._autosave.schedule())
        if path is not None:
            self._remember(path)

    @property
    def unsaved(self) -> bool:
        """Whether the project differs from what is stored."""
        return self._editor.project is not self._stored and self._editor.project != self._stored

    @property
    def name(self) -> str:
        """What to call it in a title."""
        if self.path:
            return shown(self.path.stem)
        if self._training:
            return shown(self._training.name)
        return self.tr("%s (untitled)") % self._origin if self._origin else self.tr("Untitled")

    def comes_from(self, template: str) -> None:
        """Say what network it was to begin with."""
        self._origin = template
        self.changed.emit()

    def comes_from_training(self, folder: Path) -> None:
        """Say in which folder its training was kept."""
        self._training = folder.absolute()
        self.changed.emit()

    def beside(self, name: str) -> Path:
        """A path for a file that is made of the project: called like it, and where it is stored."""
        stem = self.path.stem if self.path else self.tr("network")
        return (self.path.parent if self.path else settings.start_folder()) / f"{stem}{name}"

    def suggested_folder(self) -> Path:
        """Where its training may be kept."""
        return self.beside(self.tr(" training"))

    def mark_unsaved(self) -> None:
        """What is on screen was recovered: no file holds it."""
        self._stored = Project()
        self._autosave.schedule()
        self.changed.emit()

    def save(self) -> bool:
        """Save under its name, or ask for one; whether it is saved."""
        return self.save_to(self.path) if self.path else self.save_as()

    def save_as(self) -> bool:
        """Ask for a name and save; whether it is saved."""
        start = self.path or beginning("project", Path(f"{self.tr('network')}{SUFFIX}"))
        dialog = QFileDialog(self._window, self.tr("Save the project"), to_unicode(start.parent), _filter())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # the dialog itself must know the suffix: it asks before it overwrites a file
        dialog.setDefaultSuffix(SUFFIX)
        dialog.selectFile(to_unicode(start.name))
        chosen = dialog.selectedFiles() if dialog.exec() else []
        dialog.deleteLater()
        return self.save_to(from_unicode(chosen[0])) if chosen else False

    def save_to(self, path: Path) -> bool:
        """Save there; whether it is saved."""
        try:
            file.save(self._editor.project, path)
        except ProjectFileError as error:
            self.failed.emit(error_sentence(error))
            return False
        self.path, self._stored = path, self._editor.project
        self._autosave.clear()
        self._remember(path)
        self.changed.emit()
        self.saved.emit()
        return True

    def ask_for_file(self) -> Path | None:
        """Let the user choose a project to open."""
        start = to_unicode(beginning("project", self.beside("")).parent)
        chosen, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a project"), start, _filter())
        return from_unicode(chosen) if chosen else None

    def close(self, *, keep: bool = False) -> None:
        """The window closes: on purpose, so that nothing is left to recover, or with a copy that the next start
        offers."""
        if keep:
            self._autosave.flush()
        else:
            self._autosave.clear()
        self._autosave.close()

    def autosave(self) -> bool:
        """Write unsaved changes aside at once; whether nothing would be lost now."""
        return self._autosave.flush()

    def _unsaved(self) -> Unsaved | None:
        return (self._editor.project, self.path) if self.unsaved else None

    def _remember(self, path: Path) -> None:
        settings.save(settings.load().with_recent(path).with_folder("project", path.parent))
        self.recent.emit()


def _filter() -> str:
    return f"cnnviz (*{SUFFIX})"
