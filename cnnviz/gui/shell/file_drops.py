"""Files that are dropped on a window: projects, and archives of projects with their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from cnnviz.files import from_unicode
from cnnviz.project.file import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QWidget


class FileDrops(QObject):
    """Takes files that are dropped anywhere on ``window`` where no other widget takes them.

    ``dropped(Path)`` follows for each file.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept projects and archives; everything else is left to the window."""
        if isinstance(event, QDragEnterEvent) and _files(event.mimeData()):
            event.acceptProposedAction()
            return True
        if isinstance(event, QDropEvent) and (files := _files(event.mimeData())):
            event.acceptProposedAction()
            for path in files:
                # later: the program that files are dragged from waits for an answer
                QTimer.singleShot(0, self, lambda path=path: self.dropped.emit(path))
            return True
        return super().eventFilter(watched, event)


def _files(data: QMimeData) -> list[Path]:
    """The projects and archives among the dragged files."""
    # not at the top of the file: the first window needs no archives
    from cnnviz.runs import archive

    paths = [from_unicode(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix in (SUFFIX, archive.SUFFIX)]
