"""Words from files are shown as they are: nothing is opened for them, on this disk or elsewhere."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import PySide6
import pytest

import cnnviz
from cnnviz.settings import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).parent.parent / "hostile_window.py"
POLL_SECONDS = 0.02


@contextmanager
def bait(path: Path) -> Iterator[list[str]]:
    """A pipe; whoever opens it to read is noted, and let go on."""
    os.mkfifo(path)
    caught: list[str] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(POLL_SECONDS):
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
            except OSError as error:
                # nobody reads
                assert error.errno == errno.ENXIO
            else:
                caught.append(path.name)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield caught
    finally:
        over.set()
        thread.join()


def _run(code: list[str], *arguments: Path, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, *code, *map(str, arguments)],
        env={**os.environ, HOME: str(home), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_bait_is_taken_by_a_label_that_reads_html(tmp_path: Path) -> None:
    """The test below could not fail otherwise."""
    code = (
        "import sys; from pathlib import Path; from PySide6.QtWidgets import QApplication, QLabel\n"
        "qt = QApplication([]); label = QLabel(f'<img src=\"{Path(sys.argv[1]).as_uri()}\">'); label.grab()"
    )
    with bait(tmp_path / "picture.png") as caught:
        _run(["-c", code], tmp_path / "picture.png", home=tmp_path)
    assert caught


@pytest.mark.timeout(250)
def test_hostile_words_in_every_label_tooltip_title_dialog_menu_and_picture(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    with bait(tmp_path / "picture.png") as caught:
        seen = json.loads(_run([str(SCRIPT)], tmp_path / "picture.png", tmp_path / "files", home=tmp_path / "home"))
    assert caught == []
    assert seen["sockets"] == []
    own = (tmp_path, Path(cnnviz.__file__).parent.parent, Path(PySide6.__file__).parent.parent)
    python = (Path(sys.prefix), Path(sys.base_prefix), Path("/proc"), Path("/sys"), Path("/etc"))
    places = [str(one) for one in (*own, *python)]
    strange = {one for one in seen["opened"] if not one.startswith(tuple(places))}
    # what Python looks for when it describes a mistake in pasted source
    assert strange <= {os.devnull, "<unknown>"}
    assert not [one for one in seen["opened"] if one.endswith("picture.png")]
    assert len(seen["sentences"]) == 63
    for sentence in seen["sentences"]:
        assert sentence.startswith("“") and sentence.endswith(".") and len(sentence) < 300
        assert sentence.isprintable()
    assert seen["title"] == '<img src="picture.png">&[*][*][*] — cnnviz'
    assert seen["menu"][0].endswith('ure.png">&&[*].cnnviz')
    assert all("&" not in text.replace("&&", "") for text in (one.removeprefix("&") for one in seen["undo"]))
    title, question = [text for text in seen["question"] if text]
    assert title == 'Close “<img src="picture.png">&[*][*]”'
    assert question == 'Save the changes to “<img src="picture.png">&[*]” before closing?'
    assert all(link.startswith("data:image/") for link in seen["links"])
    assert "script" not in seen["tags"]
    assert seen["words"]
