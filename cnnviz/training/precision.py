"""Which number format trains faster here: what was measured on this machine, remembered between two starts.

:mod:`cnnviz.training.comparison` measures.
"""

from __future__ import annotations

import json
import logging
import platform
import threading
from pathlib import Path
from typing import Literal

import torch

from cnnviz.files import read_ordinary, write_atomically
from cnnviz.settings import folders

Resolved = Literal["float32", "bfloat16"]
FILE = "precision.json"
_MOST_BYTES = 2**16

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


def known(device: torch.device, threads: int) -> Resolved | None:
    """The faster format, where it has been measured."""
    key = machine_key(device, threads)
    with _lock:
        if key not in _known:
            _known.update(_stored())
        return _known.get(key)


def remember(device: torch.device, threads: int, faster: Resolved) -> None:
    """Keep a measurement, on disk too where that can be done."""
    with _lock:
        _known[machine_key(device, threads)] = faster
        try:
            write_atomically(_path(), json.dumps({**_stored(), **_known}, indent=1) + "\n")
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
