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
        limit = int((folder / "memory.max").read_text(encoding="utf-8"))
        used = int((folder / "memory.current").read_text(encoding="utf-8"))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="utf-8").splitlines())
        return [limit - used + int(stat.get("inactive_file", 0))]
    except (OSError, ValueError):
        return []


def _of_process() -> list[int]:
    if sys.platform == "win32":
        return []
    import resource

    import psutil

    used = psutil.Process().memory_info()
    remaining = []
    for kind, field in ((resource.RLIMIT_AS, "vms"), (resource.RLIMIT_DATA, "data")):
        limit = resource.getrlimit(kind)[0]
        if limit != resource.RLIM_INFINITY and hasattr(used, field):
            remaining.append(limit - int(getattr(used, field)))
    return remaining
