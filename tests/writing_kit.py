"""Answers to the question before a window closes that still writes files."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from cnnviz.gui.shell.writing_question import WritingDialog

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def answering(name: str) -> Iterator[list[str]]:
    """Click a button of the question as soon as it is asked; yields what is read there before the click and after."""
    seen: list[str] = []
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, WritingDialog) and not seen:
            seen.append(dialog.question.text())
            getattr(dialog, name).click()
            seen.append(dialog.question.text())

    timer.timeout.connect(look)
    timer.start(0)
    try:
        yield seen
    finally:
        timer.stop()
