"""Signals that end a command: it removes what it has made, and its exit code says which signal it was."""

from __future__ import annotations

import signal

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
