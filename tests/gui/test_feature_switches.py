"""PySide reads no source of the modules that are imported once there is a QApplication."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

from cnnviz.gui.qt_application import make_qt

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot


def test_sources_of_imported_modules_are_not_kept(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_qt()
    path = tmp_path / "imported_late.py"
    path.write_text("number = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    # the function of the statement: PySide looks at what that imports
    assert __import__("imported_late").number == 1
    assert str(path) not in linecache.cache
