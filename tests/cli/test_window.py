"""Without a display the window says so, in one sentence, before Qt ends the process over it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cnnviz.cli.window import missing_library, wayland_answers, x11_answers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has displays that can be missing")

SENTENCE = (
    "cnnviz: There is no display to open a window on."
    " “cnnviz templates”, “cnnviz check”, “cnnviz train”, “cnnviz data”, “cnnviz import”, “cnnviz"
    " runs”, “cnnviz sweep”, “cnnviz evaluate”, “cnnviz explain”, “cnnviz fool”, “cnnviz export”,"
    " “cnnviz tour”, “cnnviz bench”, “cnnviz check-device”, “cnnviz check-kernels” and “cnnviz smoke”"
    " work without one.\n"
)
NONE = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM", "XDG_SESSION_TYPE")


def _started(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in NONE} | variables
    command = [sys.executable, "-m", "cnnviz"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"DISPLAY": ":4711"},
        {"DISPLAY": "nonsense"},
        {"DISPLAY": "127.0.0.1:4711"},
        {"WAYLAND_DISPLAY": "wayland-4711", "XDG_RUNTIME_DIR": "/tmp"},
        {"QT_QPA_PLATFORM": "xcb"},
        {"QT_QPA_PLATFORM": "wayland;xcb", "DISPLAY": ":4711"},
    ],
    ids=lambda variables: " ".join(variables) or "nothing",
)
def test_no_display_is_a_sentence_and_exit_code_2(variables: dict[str, str]) -> None:
    done = _started(**variables)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", SENTENCE)


def test_a_socket_nobody_listens_at_is_no_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_SOCKET", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    path = tmp_path / "wayland-0"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert not wayland_answers("wayland-0")
        server.listen()
        assert wayland_answers("wayland-0")
        assert wayland_answers(str(path))
    assert not wayland_answers("wayland-0")
    assert not wayland_answers("")


def test_a_display_must_answer() -> None:
    for display in ("", ":4711", "nonsense", ":", "unix:4711.0", "127.0.0.1:4711"):
        assert not x11_answers(display)


def test_a_missing_library_is_named_with_its_package() -> None:
    message = "libxcb-cursor.so.0: cannot open shared object file: No such file or directory"
    sentence = missing_library(message)
    assert sentence is not None
    assert "lacks the library libxcb-cursor.so.0: install the package libxcb-cursor0 (on Debian" in sentence
    strange = missing_library(message.replace("libxcb-cursor.so.0", "libnew.so.1"))
    assert strange is not None
    assert "lacks the library libnew.so.1. " in strange
    assert missing_library("No module named 'cnnviz.gui.app'") is None
