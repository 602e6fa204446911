"""The control group of Linux (version 2) that this process is in: what a container may take of the machine."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def folder() -> Path | None:
    """Where the limits of the group stand; None where there are no such groups."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    path = next((line.split(":", 2)[2] for line in lines if line.startswith("0::")), None)
    return None if path is None else ROOT / path.strip("/")


def processors() -> float | None:
    """As many processors as the group may keep busy; None where it has no limit."""
    group = folder()
    try:
        quota, period = ((group or ROOT) / "cpu.max").read_text(encoding="utf-8").split()
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
