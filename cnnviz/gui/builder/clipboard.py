"""Layers on the clipboard: JSON under a type of its own, and the same as text, so that any window can take it."""

from __future__ import annotations

import atexit
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QGuiApplication

from cnnviz.project.file import MOST_BYTES, ProjectFileError, fragment_from_json, fragment_to_json

if TYPE_CHECKING:
    from cnnviz.project.edits import Fragment

MIME = "application/x-cnnviz-layers+json"
SOURCE = re.compile(r"\bSequential\b|\bnn\.\w|\bkeras\b|\blayers\.\w")
"""What text has that may be the source of a network."""


def put(fragment: Fragment) -> None:
    """Put layers with their wires and places on the clipboard."""
    text = fragment_to_json(fragment)
    data = QMimeData()
    data.setData(MIME, QByteArray(text.encode()))
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)


def holds_layers() -> bool:
    """Whether the clipboard says that it holds layers; text may hold some as well."""
    data = _data()
    return data is not None and data.hasFormat(MIME)


def _data() -> QMimeData | None:
    """What is on the clipboard; None before anything was put there and while Qt is ending, unlike in Qt's types."""
    return QGuiApplication.clipboard().mimeData()


def take() -> Fragment:
    """The layers on the clipboard; raises :class:`~cnnviz.project.file.ProjectFileError` where there are none.

    What another program has put there is read like any file: through the schema, and only up to a size.
    """
    data = _data()
    if data is None:
        raise ProjectFileError("It is empty.")
    raw = bytes(data.data(MIME).data()) if data.hasFormat(MIME) else data.text().encode(errors="replace")
    if len(raw) > MOST_BYTES:
        raise ProjectFileError("It is too large.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ProjectFileError("It is not text.") from error
    fragment = fragment_from_json(text)
    if not fragment.network.nodes:
        raise ProjectFileError("It has no layers.")
    return fragment


def source() -> str:
    """The text on the clipboard where that may be the source of a network, else an empty text."""
    text = "" if holds_layers() else QGuiApplication.clipboard().text()
    return text if SOURCE.search(text) else ""


@atexit.register
def _leave_text() -> None:
    """Leave text alone behind: Qt would delete data that Python has made after Python has ended, and crash."""
    if QGuiApplication.instance() is not None and holds_layers():
        QGuiApplication.clipboard().setText(QGuiApplication.clipboard().text())
