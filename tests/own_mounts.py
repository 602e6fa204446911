"""Programs with file systems of their own, which nothing else sees: a small disk, a folder that becomes read-only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SECONDS = 300.0
_WAYS = (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount"))


def program(name: str, *arguments: object) -> Any:
    """Run a program of ``tests/`` that mounts; the object in the last line that it prints."""
    way = _way()
    if way is None:
        pytest.skip("this system lets no program mount a file system of its own")
    path = Path(__file__).parent / name
    line = [*way, sys.executable, str(path), *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def mount_small(folder: Path, size: int) -> None:
    """Mount an empty disk of ``size`` bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "none", folder)


def make_read_only(folder: Path) -> None:
    """Let nothing be written into a folder; files that are open stay writable."""
    _mount("--bind", folder, folder)
    _mount("-o", "remount,ro,bind", folder)


def unmount(folder: Path) -> None:
    """Undo the newest mount at a folder."""
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, left: int) -> None:
    """Fill the disk of a folder until about ``left`` bytes are free."""
    free = shutil.disk_usage(folder).free - left
    with (folder / "filler").open("wb") as file:
        file.write(bytes(max(0, free)))


def _mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


@cache
def _way() -> tuple[str, ...] | None:
    for way in _WAYS:
        try:
            tried = subprocess.run([*way, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
        except OSError:
            return None
        if tried.returncode == 0:
            return way
    return None
