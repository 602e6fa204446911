"""The priority of one thread is lowered, and that of no other."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cnnviz import thread_priority
from cnnviz.thread_priority import lower_priority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux alone")


def lowered(niceness: int) -> tuple[bool, int]:
    """On a thread of its own, because the priority stays low."""

    def work() -> tuple[bool, int]:
        return lower_priority(niceness), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def test_the_priority_of_the_calling_thread_alone_is_lowered() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert lowered(19) == (True, 19)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_it_is_lowered_without_the_system_call_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_priority, "SET_ATTRIBUTES", {})
    assert lowered(15) == (True, 15)
