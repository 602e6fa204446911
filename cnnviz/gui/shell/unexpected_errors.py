"""Unexpected exceptions of any thread: logged, and shown in one dialog."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from PySide6.QtWidgets import QDialog, QWidget

log = logging.getLogger(__name__)


class UnexpectedErrors(QObject):
    """Shows a dialog, above the last of ``windows``, with a sentence and its detail; one dialog at a time.

    ``failed(sentence, detail)`` may be emitted from any thread.
    """

    failed = Signal(str, str)

    def __init__(self, windows: Callable[[], Sequence[QWidget]], parent: QObject) -> None:
        super().__init__(parent)
        self._windows = windows
        self._dialog: QDialog | None = None
        """The dialog, while it is open."""
        self.failed.connect(self._show)

    def catch(self) -> None:
        """Receive the exceptions that nothing else catches, from now on."""
        sys.excepthook = self._excepthook
        threading.excepthook = lambda caught: self._excepthook(
            caught.exc_type, caught.exc_value or caught.exc_type(), caught.exc_traceback
        )

    def _excepthook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("unexpected", exc_info=(kind, error, trace))
        sentence = self.tr("Something unexpected went wrong. Your project is still open; save it under a new name.")
        self.failed.emit(sentence, "".join(traceback.format_exception(kind, error, trace)))

    def _show(self, sentence: str, detail: str) -> None:
        if self._dialog is None:
            windows = self._windows()
            from cnnviz.gui.shell.dialogs import crash_dialog
            from cnnviz.gui.widgets.front import show_in_front

            self._dialog = crash_dialog(sentence, detail, windows[-1] if windows else None)
            self._dialog.destroyed.connect(self._forget)
            show_in_front(self._dialog)

    def _forget(self) -> None:
        self._dialog = None
