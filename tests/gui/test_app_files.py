"""A file that the desktop opens with the running program gets a window of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from cnnviz.project.file import save
from cnnviz.project.templates import TEMPLATES
from cnnviz.settings import HOME

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtGui import QFileOpenEvent
from cnnviz.gui.app import Application, MacApplication

qt = MacApplication(sys.argv[:1])
application = Application(qt)
application.open_first(None)
for name in sys.argv[1:]:
    qt.sendEvent(qt, QFileOpenEvent(name))
print([str(window.document.path) for window in application.windows])
print(application.windows[0].notice.isHidden())
for window in list(application.windows):
    window.close()
"""


def _opened(home: Path, *names: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *names],
        env={**os.environ, HOME: str(home), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_file_opened_by_the_desktop_gets_a_window(tmp_path: Path) -> None:
    path = tmp_path / "über mich.cnnviz"
    save(TEMPLATES["keras-tutorial"].project(), path)
    windows, quiet = _opened(tmp_path / "home", str(path))
    assert windows == str(["None", str(path)])
    assert quiet == "True"


def test_a_file_that_is_none_is_said_in_the_window_that_is_open(tmp_path: Path) -> None:
    path = tmp_path / "none.cnnviz"
    path.write_text("no project", encoding="utf-8")
    windows, quiet = _opened(tmp_path / "home", str(path))
    assert windows == str(["None"])
    assert quiet == "False"
