"""The menu that copies or saves a panel's picture, and saves its numbers."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from cnnviz.files import cause, shown, write_atomically
from cnnviz.gui.language import text
from cnnviz.gui.widgets import save

if TYPE_CHECKING:
    from numpy.typing import NDArray

Content = Callable[[], str | bytes]
"""Returns the content of a file."""
MOST_LINES = 2_000_000
"""The most lines of a table; programs cannot open larger ones, and the window would freeze while writing."""


class PictureMenu(QMenu):
    """The context menu of ``panel``.

    ``name`` returns a file name without its ending, empty while the panel shows nothing that could be saved;
    ``numbers`` returns the content of files of numbers, by ending. ``message`` tells what was saved or copied, or
    could not be.
    """

    message = Signal(str)

    def __init__(
        self, panel: QWidget, title: str, name: Callable[[], str], numbers: Mapping[str, Content] | None = None
    ) -> None:
        super().__init__(panel)
        self._panel, self._title, self._name, self._numbers = panel, title, name, dict(numbers or {})
        copy = self.addAction(self.tr("Copy picture"))
        copy.triggered.connect(lambda _=False: self._copy())
        self._actions = [copy]
        for suffix in ("png", "svg", *self._numbers):
            action = self.addAction(self.tr("Save as {kind} …").format(kind=suffix.upper()))
            action.triggered.connect(lambda _checked=False, suffix=suffix: self._ask(suffix))
            self._actions.append(action)
        self.aboutToShow.connect(self.enable)
        panel.installEventFilter(self)

    def suggested(self, suffix: str) -> str:
        """The suggested name of a file with this suffix."""
        return re.sub(r"[^\w.-]", "_", f"{self._name()}.{suffix}")

    def save(self, path: Path) -> None:
        """Write the file; its ending determines the format. Raises OSError if that fails."""
        suffix = path.suffix.lower().removeprefix(".")
        if suffix in self._numbers:
            write_atomically(path, self._numbers[suffix]())
        elif suffix == "svg":
            save.save_svg(self._panel, path, self._title)
        else:
            save.save_png(self._panel, path)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the menu for a context menu event of the panel or of a part without a menu of its own."""
        if isinstance(event, QContextMenuEvent) and watched is self._panel:
            self.popup(event.globalPos())
            return True
        return super().eventFilter(watched, event)

    def enable(self) -> None:
        """Enable the actions that are possible now; needed before the actions are shown in another menu."""
        shows_something = bool(self._name())
        for action in self._actions:
            action.setEnabled(shows_something)

    def tell_copied(self) -> None:
        """Tell that a picture was copied."""
        self.message.emit(self.tr("The picture is on the clipboard."))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setImage(save.picture(self._panel))
        self.tell_copied()

    def _ask(self, suffix: str) -> None:
        name = Path(self.suggested(suffix))
        path = save.ask_path(self._panel, self._title, "picture", name, {suffix: suffix.upper()})
        if path is None:
            return
        try:
            self.save(path)
        except OSError as error:
            sentence = self.tr("{name} could not be saved: {reason}")
            self.message.emit(sentence.format(name=path.name, reason=text(cause(error))))
        else:
            self.message.emit(self.tr("Saved as “{path}”.").format(path=shown(path)))


def as_csv(names: Sequence[str], values: NDArray[np.floating]) -> str:
    """An array of any shape as a CSV table with a line for each value: its indices and the value, under ``names``.

    Raises OSError if there are more than :data:`MOST_LINES` values.
    """
    if values.size > MOST_LINES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    lines = [",".join(names)]
    for indices, value in zip(np.ndindex(values.shape), values.ravel().tolist(), strict=True):
        lines.append(f"{','.join(map(str, indices))},{value!r}")
    return "\n".join(lines) + "\n"
