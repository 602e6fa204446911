"""The memory that this process may still use."""

from __future__ import annotations

import sys

from cnnviz import control_group


def available() -> int:
    """The least of the system's free memory and the remaining limits of container and process, in bytes."""
    import psutil

    return max(0, min([int(psutil.virtual_memory().available), *_of_container(), *_of_process()]))


def _of_container() -> list[int]:
    """The remaining bytes of the Linux control groups (version 2); droppable file pages do not count as used."""
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

    import psutil

    taken = psutil.Process().memory_info()
    found = []
    for limit, field in ((resource.RLIMIT_AS, "vms"), (resource.RLIMIT_DATA, "data")):
        most = resource.getrlimit(limit)[0]
        if most != resource.RLIM_INFINITY and hasattr(taken, field):
            found.append(most - int(getattr(taken, field)))
    return found
