"""Which number format trains faster here: what was measured on this machine, remembered between two starts.

:mod:`cnnviz.training.comparison` measures.
"""

from __future__ import annotations

import json
import logging
import platform
import threading
from hashlib import sha256
from pathlib import Path
from typing import Literal

import torch

from cnnviz.files import read_ordinary, write_atomically
from cnnviz.network.graph import Network
from cnnviz.network.report import Report
from cnnviz.settings import folders

Resolved = Literal["float32", "bfloat16"]
FILE = "precision.json"
MOST_KINDS = 256
_MOST_BYTES = 2**17

log = logging.getLogger(__name__)
_lock = threading.Lock()
_known: dict[str, Resolved] = {}


def machine_key(device: torch.device, threads: int) -> str:
    """What a measurement depends on: processor or GPU, build of torch, and threads."""
    unit = torch.cuda.get_device_name(device) if device.type == "cuda" else processor()
    return f"{unit} | torch {torch.__version__} | threads {threads}"


def processor() -> str:
    """The model of the processor, with what torch found it to be capable of."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name} {torch.backends.cpu.get_cpu_capability()}"


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
        try:
            write_atomically(_path(), json.dumps(newest, indent=1) + "\n")
        except OSError as error:
            log.warning("the measured precision could not be kept: %s", error)


def _stored() -> dict[str, Resolved]:
    """What the file says; a file that cannot be understood says nothing and is measured anew."""
    try:
        raw = json.loads(read_ordinary(_path(), _MOST_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.warning("The measured precision cannot be read (%s); it is measured anew.", error)
        return {}
    if not isinstance(raw, dict):
        return {}
    return {key: value for key, value in raw.items() if value in ("float32", "bfloat16")}


def _path() -> Path:
    return folders().cache / FILE
