"""Layers on the clipboard, as JSON: under a MIME type of cnnviz, and as plain text."""

from __future__ import annotations

import atexit
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QGuiApplication

from cnnviz.project.file import MOST_BYTES, ProjectFileError, fragment_from_json, fragment_to_json
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.project.edits import Fragment

MIME = "application/x-cnnviz-layers+json"
SOURCE = re.compile(r"\bSequential\b|\bnn\.\w|\bkeras\b|\blayers\.\w")
"""Matches text that may be the source code of a network."""


def put(fragment: Fragment) -> None:
    """Put layers with their wires and positions on the clipboard."""
    text = fragment_to_json(fragment)
    data = QMimeData()
    data.setData(MIME, QByteArray(text.encode()))
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)


def holds_layers() -> bool:
    """Whether the clipboard has data of cnnviz's MIME type; plain text may also contain layers."""
    data = _data()
    return data is not None and data.hasFormat(MIME)


def _data() -> QMimeData | None:
    """The data on the clipboard. It can be None, although Qt's types say otherwise: if it is empty or Qt is ending."""
    return QGuiApplication.clipboard().mimeData()


def read() -> Fragment:
    """The layers on the clipboard; raises :class:`~cnnviz.project.file.ProjectFileError` if there are none.

    The data may come from another program, so it is checked like a file: by the schema, and for its size.
    """
    data = _data()
    if data is None:
        raise ProjectFileError(Sentence("It is empty."))
    raw = bytes(data.data(MIME).data()) if data.hasFormat(MIME) else data.text().encode(errors="replace")
    if len(raw) > MOST_BYTES:
        raise ProjectFileError(Sentence("It is too large."))
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ProjectFileError(Sentence("It is not text.")) from error
    fragment = fragment_from_json(text)
    if not fragment.network.nodes:
        raise ProjectFileError(Sentence("It has no layers."))
    return fragment


def source() -> str:
    """The text on the clipboard if it may be the source code of a network, else an empty text."""
    text = "" if holds_layers() else QGuiApplication.clipboard().text()
    return text if SOURCE.search(text) else ""


@atexit.register
def _leave_text() -> None:
    """Replace the data by plain text: Qt would delete Python's data object after Python has ended, and crash."""
    if QGuiApplication.instance() is not None and holds_layers():
        QGuiApplication.clipboard().setText(QGuiApplication.clipboard().text())
