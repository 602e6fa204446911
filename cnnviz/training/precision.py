"""Remembers which precision trains which networks faster on this machine, also for later starts of the program.

:mod:`cnnviz.training.comparison` measures it.
"""

from __future__ import annotations

import threading
from typing import Literal

import torch

from cnnviz.training.machine_cache import MachineCache

Resolved = Literal["float32", "bfloat16"]
FILE = "precision.json"
MOST_KINDS = 256
CACHE = MachineCache(FILE, "precision", MOST_KINDS, most_bytes=2**17)

_lock = threading.Lock()
_known: dict[str, Resolved] = {}


def machine_key(device: torch.device, threads: int) -> str:
    """Conditions of a measurement besides CPU model and torch: threads, and the GPU or the CPU's instruction set."""
    unit = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return f"threads {threads} | {unit}"


def known(device: torch.device, threads: int, kind: str) -> Resolved | None:
    """The faster precision for networks of this ``kind``; None if it was not measured."""
    key = f"{machine_key(device, threads)} | {kind}"
    with _lock:
        if key not in _known:
            _known.update(_stored())
        return _known.get(key)


def remember(device: torch.device, threads: int, kind: str, faster: Resolved) -> None:
    """Keep a measurement, if possible also on disk. Only the newest :data:`MOST_KINDS` are kept."""
    key = f"{machine_key(device, threads)} | {kind}"
    with _lock:
        every = {**_stored(), **_known}
        every.pop(key, None)
        newest = dict([*every.items(), (key, faster)][-MOST_KINDS:])
        _known.clear()
        _known.update(newest)
        CACHE.write(newest)


def _stored() -> dict[str, Resolved]:
    return {key: value for key, value in CACHE.read().items() if value in ("float32", "bfloat16")}
