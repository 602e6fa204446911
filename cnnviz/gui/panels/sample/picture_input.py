"""Reads pictures for the drawing, from files, drops or the clipboard, on a background thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnviz.data.pictures import MOST_PIXELS, SUFFIXES, Picture, PictureError, Trouble, of_pixels, read_file
from cnnviz.files import cause, from_unicode, shown, to_unicode
from cnnviz.gui.dropped_files import may_hold_dataset
from cnnviz.gui.file_places import beginning, remember
from cnnviz.gui.importable import may_be_imported
from cnnviz.gui.language import text
from cnnviz.jobs import Job, JobError
from cnnviz.project.file import SUFFIX as PROJECT_SUFFIX
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

POLL_MILLISECONDS = 15
"""Interval in milliseconds at which the background thread is polled."""


class PictureInput(QObject):
    """``reading(name)`` carries the quoted name of a picture that is being read.

    ``read(picture)`` or ``failed(sentence)`` follows, for the last picture only if another was begun meanwhile.
    """

    reading = Signal(str)
    read = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._job: Job[None, Picture] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    def ask(self) -> None:
        """Let the user choose a file, and read it."""
        kinds = self.tr("Pictures") + f" ({' '.join(f'*.{suffix}' for suffix in SUFFIXES)})"
        start = to_unicode(beginning("picture", Path()))
        chosen, _ = QFileDialog.getOpenFileName(self._parent, self.tr("Open a picture"), start, kinds)
        if chosen:
            path = from_unicode(chosen)
            remember("picture", path)
            self.open(path)

    def paste(self) -> None:
        """Read the picture on the clipboard."""
        # an empty clipboard may hold nothing at all
        data = QGuiApplication.clipboard().mimeData() or QMimeData()
        if not self.take(data):
            self.failed.emit(self.tr("There is no picture on the clipboard."))

    def takes(self, data: QMimeData) -> bool:
        """Whether the data may hold a picture."""
        return data.hasImage() or bool(_files(data))

    def take(self, data: QMimeData) -> bool:
        """Read dropped or pasted data. Returns whether it may hold a picture."""
        if files := _files(data):
            self.open(files[0])
        elif data.hasImage():
            pixels = _pixels(QImage(data.imageData()))
            self._start(self.tr("The picture"), lambda: of_pixels(pixels))
        else:
            return False
        return True

    def open(self, path: Path) -> None:
        """Read a file."""
        self._start(f"“{shown(path.name)}”", lambda: read_file(path))

    def _start(self, name: str, read: Callable[[], Picture]) -> None:
        def work(_: Job[None, Picture]) -> Picture:
            try:
                return read()
            except PictureError as error:
                raise JobError(_sentence(error.trouble, name)) from error
            except OSError as error:
                raise JobError(
                    Sentence("{name} could not be read: {reason}.", name=name, reason=cause(error))
                ) from error

        unreadable = _sentence(Trouble.UNREADABLE, name)
        self._job = Job("cnnviz-picture", work, lambda _: unreadable, daemon=False).start()
        self.reading.emit(name)
        self._timer.start()

    def _look(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None or not state.ended:
            return
        self._timer.stop()
        self._job = None
        if state.result is not None:
            self.read.emit(state.result)
        elif state.failure is not None:
            self.failed.emit(text(state.failure.sentence))


def _files(data: QMimeData) -> list[Path]:
    """The local files in dropped or pasted data that may be pictures."""
    paths = (from_unicode(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    return [path for path in paths if _may_be_picture(path)]


def _may_be_picture(path: Path) -> bool:
    """Whether a file is, by its name, none of the others that the window opens: images, weights, code or a project."""
    return not (may_hold_dataset(path) or may_be_imported(path) or path.suffix.startswith(PROJECT_SUFFIX))


def _sentence(trouble: Trouble, name: str) -> Sentence:
    if trouble is Trouble.TOO_LARGE:
        return Sentence(
            "{name} has more than {most} million pixels. Make it smaller and open it again.",
            name=name,
            most=MOST_PIXELS // 10**6,
        )
    if trouble is Trouble.EMPTY:
        return Sentence("{name} shows one colour alone: there is nothing to be seen in it.", name=name)
    return Sentence("{name} is no picture that can be read, or it is damaged. Try a PNG or JPEG file.", name=name)


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """An image as uint8 (H, W, 4): red, green, blue and opacity."""
    if image.isNull():
        return np.empty((0, 0, 4), np.uint8)
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    lines = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return lines[:, : 4 * plain.width()].reshape(plain.height(), plain.width(), 4).copy()
