"""The Linux control group (version 2) of this process, which limits the resources of a container."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def folder() -> Path | None:
    """The folder with the limits of the group; None if there are no such groups."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    path = next((line.split(":", 2)[2] for line in lines if line.startswith("0::")), None)
    return None if path is None else ROOT / path.strip("/")


def processors() -> float | None:
    """How many processors the group may use; None if there is no limit."""
    group = folder()
    if group is None:
        return None
    try:
        quota, period = (group / "cpu.max").read_text(encoding="utf-8").split()
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
