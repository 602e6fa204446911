"""Layers on the clipboard when the program ends."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from PySide6.QtGui import QGuiApplication
from cnnviz.gui.builder import clipboard
from cnnviz.project import edits
from cnnviz.project.templates import TEMPLATES
qt = QGuiApplication([])
clipboard.put(edits.copy(TEMPLATES["fast"].project(), ["conv1"]))
print(clipboard.holds_layers())
"""


def test_a_program_ends_cleanly_with_layers_on_the_clipboard() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "True"), ended.stderr


EMPTY = """
from PySide6.QtGui import QGuiApplication
from cnnviz.gui.builder import clipboard
from cnnviz.project.file import ProjectFileError
qt = QGuiApplication([])
try:
    clipboard.read()
except ProjectFileError as error:
    print(repr(clipboard.source()), clipboard.holds_layers(), error)
"""


def test_nothing_is_on_a_clipboard_that_was_never_used() -> None:
    ended = subprocess.run([sys.executable, "-c", EMPTY], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "'' False It is empty."), ended.stderr
