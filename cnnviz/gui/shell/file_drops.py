"""Files that are dropped on a window: projects, archives, weights of other programs, and images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from cnnviz.files import from_unicode
from cnnviz.gui.dropped_files import may_hold_dataset
from cnnviz.gui.importable import may_be_imported
from cnnviz.project.file import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QWidget


class FileDrops(QObject):
    """Takes files that are dropped anywhere on ``window`` where no other widget takes them.

    ``dropped(Path)`` follows for each project, archive and file of weights, ``imagesDropped(Path)`` for the first
    folder or file of images.
    """

    dropped = Signal(object)
    imagesDropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept projects, archives, weights and images; everything else is left to the window."""
        if isinstance(event, QDragEnterEvent) and any(_files(event.mimeData())):
            event.acceptProposedAction()
            return True
        if isinstance(event, QDropEvent) and any(found := _files(event.mimeData())):
            event.acceptProposedAction()
            for signal, files in zip((self.dropped, self.imagesDropped), found, strict=True):
                for path in files:
                    # later: the program that files are dragged from waits for an answer
                    QTimer.singleShot(0, self, lambda signal=signal, path=path: signal.emit(path))
            return True
        return super().eventFilter(watched, event)


def _files(data: QMimeData) -> tuple[list[Path], list[Path]]:
    """The projects, archives and weights among the dragged files, and the first folder or file of images."""
    # not at the top of the file: the first window needs no archives
    from cnnviz.runs import archive

    paths = [from_unicode(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    files = [path for path in paths if path.suffix in (SUFFIX, archive.SUFFIX) or may_be_imported(path)]
    return files, [path for path in paths if path not in files and may_hold_dataset(path)][:1]
