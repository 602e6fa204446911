"""How much memory this process may still take."""

from __future__ import annotations

import sys

import psutil

from cnnviz import control_group


def available() -> int:
    """Bytes: the least of what the system has free, and what limits of a container and of this process leave."""
    return max(0, min([int(psutil.virtual_memory().available), *_of_container(), *_of_process()]))


def _of_container() -> list[int]:
    """What a control group of Linux (version 2) leaves; file pages that can be dropped do not count as taken."""
    folder = control_group.folder()
    if folder is None:
        return []
    try:
        most = int((folder / "memory.max").read_text(encoding="utf-8"))
        taken = int((folder / "memory.current").read_text(encoding="utf-8"))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="utf-8").splitlines())
        return [most - taken + int(stat.get("inactive_file", 0))]
    except (OSError, ValueError):
        return []


def _of_process() -> list[int]:
    if sys.platform == "win32":
        return []
    import resource

    taken = psutil.Process().memory_info()
    found = []
    for limit, field in ((resource.RLIMIT_AS, "vms"), (resource.RLIMIT_DATA, "data")):
        most = resource.getrlimit(limit)[0]
        if most != resource.RLIM_INFINITY and hasattr(taken, field):
            found.append(most - int(getattr(taken, field)))
    return found
