"""Which number format trains faster here: what was measured on this machine, remembered between two starts.

:mod:`cnnviz.training.comparison` measures.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import torch

from cnnviz.training.machine_cache import MachineCache

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report

Resolved = Literal["float32", "bfloat16"]
FILE = "precision.json"
MOST_KINDS = 256
CACHE = MachineCache(FILE, "precision", MOST_KINDS, most_bytes=2**17)

_lock = threading.Lock()
_known: dict[str, Resolved] = {}


def machine_key(device: torch.device, threads: int) -> str:
    """What a measurement depends on besides processor and torch: threads, and the GPU or what the processor can do."""
    unit = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    return f"threads {threads} | {unit}"


def kind_of(network: Network, report: Report, batch_size: int) -> str:
    """A digest of what is computed for a batch: kinds and sizes of the layers, whatever they are called and however
    they are connected."""
    parts = []
    for name in report.used:
        node = report.nodes[name]
        parts.append(f"{network[name].kind} {node.inputs} {node.output} {sorted(node.parameters.items())} {node.macs}")
    return sha256("\n".join([f"{batch_size}", *sorted(parts)]).encode()).hexdigest()[:16]


def known(device: torch.device, threads: int, kind: str) -> Resolved | None:
    """The faster format for networks of a kind, where it has been measured."""
    key = f"{machine_key(device, threads)} | {kind}"
    with _lock:
        if key not in _known:
            _known.update(_stored())
        return _known.get(key)


def remember(device: torch.device, threads: int, kind: str, faster: Resolved) -> None:
    """Keep a measurement, on disk too where that can be done; of more than :data:`MOST_KINDS` the newest."""
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
