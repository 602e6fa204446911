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
