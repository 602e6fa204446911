"""The window opens and works whatever the home of the user, the name of the file and the locale are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnviz.project.file import load, save
from cnnviz.project.templates import TEMPLATES
from cnnviz.settings import HOME

SCRIPT = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from cnnviz.cli import main
from cnnviz.gui import app

def offer(self, window, before=app.Application.offer_recovery):
    before(self, window)
    QTimer.singleShot(0, lambda: look(window))

def look(window):
    try:
        saved = window.document.path is not None and window.document.save()
        json.dump({"notice": window.notice.text(), "name": window.document.name, "saved": saved}, sys.stdout)
    finally:
        window.close()

app.Application.offer_recovery = offer
sys.exit(main(sys.argv[1:]))
"""


def _opened(*arguments: str | bytes, **variables: str) -> Any:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "LC_"))}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env={**environment, "QT_QPA_PLATFORM": "offscreen", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("variable", [HOME, "HOME"])
def test_a_home_that_cannot_be_made(tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME)
    (tmp_path / "file").touch()
    said = _opened(**{variable: str(tmp_path / "file" / "home")})["notice"]
    assert said.startswith("Nothing will be remembered, because “")
    assert said.endswith("are lost when cnnviz ends.")


def test_a_user_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME)
    monkeypatch.setenv("HOME", "no/folder")
    monkeypatch.chdir(tmp_path)
    code = "import pwd\ndef none(uid): raise KeyError\npwd.getpwuid = none\n"
    monkeypatch.setattr(sys.modules[__name__], "SCRIPT", code + SCRIPT)
    assert _opened()["notice"].startswith("Nothing will be remembered, because this user has no home folder.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "shown", "locale"),
    [
        (b"caf\xe9", "caf\ufffd", {}),
        ("😀".encode(), "😀", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        (b"b" * 247, "b" * 39 + "…" + "b" * 20, {}),
    ],
)
def test_any_name_is_opened_saved_and_shown(
    tmp_path: Path, name: bytes, shown: str, locale: dict[str, str], home: Path
) -> None:
    save(TEMPLATES["fast"].project(), tmp_path / "plain.cnnviz")
    path = os.fsencode(tmp_path) + b"/" + name + b".cnnviz"
    shutil.copy(os.fsencode(tmp_path / "plain.cnnviz"), path)
    for _ in range(2):
        # the second time it is among the recent files
        found = _opened(path, **locale)
        assert found.pop("notice").startswith("Build a network, train it, look inside")
        assert found == {"name": shown, "saved": True}
    assert load(Path(os.fsdecode(path))) == TEMPLATES["fast"].project()
