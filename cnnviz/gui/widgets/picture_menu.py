"""A menu that keeps what a panel shows: its picture on the clipboard or in a file, and the numbers behind it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from cnnviz.files import cause, write_atomically
from cnnviz.gui.language import text
from cnnviz.gui.widgets import save

if TYPE_CHECKING:
    from numpy.typing import NDArray

Content = Callable[[], str | bytes]
"""Makes the content of a file."""
MOST_LINES = 2_000_000
"""Of a table; with more of them programs do not open it, and the window would stand still while it is written."""


class PictureMenu(QMenu):
    """The menu of the right button and of the menu key on ``panel``.

    ``name`` makes the name of a file without its ending, empty while the panel shows nothing that could be kept;
    ``numbers`` are the files that hold no picture, by their endings. ``failed`` says what could not be saved.
    """

    failed = Signal(str)

    def __init__(
        self, panel: QWidget, title: str, name: Callable[[], str], numbers: Mapping[str, Content] | None = None
    ) -> None:
        super().__init__(panel)
        self._panel, self._title, self._name, self._numbers = panel, title, name, dict(numbers or {})
        copy = self.addAction(self.tr("Copy picture"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setImage(save.picture(panel)))
        self._keeping = [copy]
        for suffix in ("png", "svg", *self._numbers):
            action = self.addAction(self.tr("Save as {kind} …").format(kind=suffix.upper()))
            action.triggered.connect(lambda _checked=False, suffix=suffix: self._ask(suffix))
            self._keeping.append(action)
        self.aboutToShow.connect(self.enable)
        panel.installEventFilter(self)

    def suggested(self, suffix: str) -> str:
        """A name for a file."""
        return re.sub(r"[^\w.-]", "_", f"{self._name()}.{suffix}")

    def save(self, path: Path) -> None:
        """Write what the ending of the name says; raises OSError where that fails."""
        suffix = path.suffix.lower().removeprefix(".")
        if suffix in self._numbers:
            write_atomically(path, self._numbers[suffix]())
        elif suffix == "svg":
            save.save_svg(self._panel, path, self._title)
        else:
            save.save_png(self._panel, path)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt: the right button or the menu key, on the panel or on a part of it that has no menu of its own."""
        if isinstance(event, QContextMenuEvent) and watched is self._panel:
            self.popup(event.globalPos())
            return True
        return super().eventFilter(watched, event)

    def enable(self) -> None:
        """Enable what can be kept now; for whoever puts these actions into another menu."""
        there = bool(self._name())
        for action in self._keeping:
            action.setEnabled(there)

    def _ask(self, suffix: str) -> None:
        name = Path(self.suggested(suffix))
        path = save.ask_path(self._panel, self._title, "picture", name, {suffix: suffix.upper()})
        if path is None:
            return
        try:
            self.save(path)
        except OSError as error:
            sentence = self.tr("{name} could not be saved: {reason}")
            self.failed.emit(sentence.format(name=path.name, reason=text(cause(error))))


def as_npy(values: NDArray[np.generic]) -> bytes:
    """An array as the content of a file that numpy loads."""
    content = BytesIO()
    np.save(content, values, allow_pickle=False)
    return content.getvalue()


def as_csv(names: Sequence[str], values: NDArray[np.floating]) -> str:
    """An array as a table: a line for each value with its indices and the value itself, under these ``names``.

    Raises OSError where there are more than :data:`MOST_LINES` values.
    """
    if values.size > MOST_LINES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    lines = [",".join(names)]
    for place, value in zip(np.ndindex(values.shape), values.ravel().tolist(), strict=True):
        lines.append(f"{','.join(map(str, place))},{value!r}")
    return "\n".join(lines) + "\n"
