"""Signals that end a command: it removes what it has made, and its exit code says which signal it was."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from cnnviz.cli.ending import ended_by_signals, exit_code


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_is_an_exception_that_runs_what_cleans_up(ending: signal.Signals) -> None:
    before = signal.getsignal(ending)
    cleaned = []

    def work() -> None:
        with ended_by_signals():
            try:
                signal.raise_signal(ending)
            finally:
                cleaned.append(ending)

    with pytest.raises(KeyboardInterrupt) as raised:
        work()
    assert cleaned and exit_code(raised.value) == 128 + ending
    assert signal.getsignal(ending) is before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_by_signals():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


LOST = """
import signal
from cnnviz.cli import ending
ending.PATIENCE_SECONDS = 0.1
with ending.ended_by_signals():
    try:
        print("begun", flush=True)
        signal.pause()
    except ending.Ended:
        print("lost", flush=True)
    signal.pause()
"""


def test_a_command_in_which_the_exception_is_lost_ends_nevertheless() -> None:
    process = subprocess.Popen([sys.executable, "-c", LOST], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    process.terminate()
    assert process.communicate(timeout=60)[0] == "lost\n" and process.returncode == -signal.SIGTERM
