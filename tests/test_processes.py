"""The process that owns a file is told from others that have its id, whatever happens to the clock."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from cnnviz.processes import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = """
import sys
from cnnviz.processes import Owner
owner = Owner.here()
print(owner.pid, owner.started, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other() -> Iterator[tuple[Owner, subprocess.Popen[str]]]:
    """Another process, and its owner as it says it."""
    process = subprocess.Popen([sys.executable, "-c", SOURCE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    pid, started = process.stdout.readline().split()
    yield Owner.read(int(pid), float(started)), process
    process.stdin.close()
    process.wait()
    process.stdout.close()


def test_a_process_is_known_by_itself_and_by_others(other: tuple[Owner, subprocess.Popen[str]]) -> None:
    owner, process = other
    assert owner.alive and Owner.here().alive and Owner.here() == Owner.here()
    assert not replace(owner, started=owner.started + 10).alive
    # an ended process may have had the id of this one, as in a container that is started again
    assert not replace(Owner.here(), started=Owner.here().started + 10).alive
    process.kill()
    process.wait()
    assert not owner.alive


def test_a_clock_that_is_set_ends_no_process(
    other: tuple[Owner, subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, _ = other
    if sys.platform == "linux":
        # psutil adds to the uptime when the computer was started, which the clock decides
        from psutil import _pslinux

        booted = _pslinux.boot_time()
        monkeypatch.setattr(_pslinux, "boot_time", lambda: booted + 3600)
    assert owner.alive


def test_an_owner_of_an_older_version_is_known(other: tuple[Owner, subprocess.Popen[str]]) -> None:
    owner, _ = other
    assert Owner.read(owner.pid, psutil.Process(owner.pid).create_time()).alive
    assert not Owner.read(owner.pid, psutil.Process(owner.pid).create_time() + 10).alive


def test_a_process_that_cannot_be_is_refused() -> None:
    for pid, started in ((0, 1.0), (True, 1.0), (2**40, 1.0), (os.getpid(), -1.0), (os.getpid(), "now")):
        with pytest.raises(ValueError, match=r"process|seconds"):
            Owner.read(pid, started)
