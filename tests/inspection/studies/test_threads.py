"""The priority of one thread is lowered, and that of no other."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cnnviz.inspection.studies.threads import lower_priority


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux alone")
def test_the_priority_of_the_calling_thread_alone_is_lowered() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    # on a thread of its own, because the priority stays low
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: (lower_priority(19), niceness())).result() == (True, 19)
    assert niceness() == before
