"""Where and how precisely a network is computed."""

from __future__ import annotations

import logging
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
import torch.utils.deterministic

from cnnviz import control_group
from cnnviz.quoting import quoted

if TYPE_CHECKING:
    from cnnviz.project.recipe import Precision, Recipe

CUBLAS_WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""Environment variable and value with which cuBLAS gives the same bits each time, read when a GPU is first used."""
WORKSPACES = 70_000_000
"""Bytes that cuBLAS and cuDNN take for themselves; a small training took 94 MB more than its tensors (H200)."""

log = logging.getLogger(__name__)


class DeviceError(Exception):
    """A device that is not there. ``str()`` is a sentence for the user."""


@dataclass(frozen=True)
class Placement:
    """Device, number format and memory format of a run, resolved and fixed for its whole length."""

    device: torch.device
    precision: Literal["float32", "bfloat16"]
    threads: int

    @property
    def memory_format(self) -> torch.memory_format:
        """channels_last: measured 1.5 times as fast as contiguous on CPUs, and what tensor cores want."""
        return torch.channels_last

    def describe(self) -> str:
        """The device by name: ``CPU`` or the model of the GPU."""
        return "CPU" if self.device.type == "cpu" else torch.cuda.get_device_name(self.device)


def place(device: str, precision: Precision, threads: int | None) -> Placement:
    """Resolve "auto": the first CUDA device where there is one; bfloat16 where it is computed natively, until it is
    measured for a network, see :func:`cnnviz.training.comparison.settle`.

    ``threads`` None takes a thread for each physical core. Raises :class:`DeviceError`.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and (trouble := _trouble(torch.device(device))):
            log.warning("the GPU is not used: %s", trouble)
            device = "cpu"
    where = _device(device)
    count = threads or physical_cores()
    if precision != "auto":
        return Placement(where, precision, count)
    return Placement(where, "bfloat16" if native_bfloat16(where) else "float32", count)


def _device(name: str) -> torch.device:
    """The device of this name, which answers; raises :class:`DeviceError`."""
    if name.split(":")[0] == "cuda" and not torch.cuda.is_available():
        if torch.version.cuda is None and torch.version.hip is None:
            reason = "This PyTorch is built for processors alone and has no CUDA device"
        else:
            reason = "There is no CUDA device on this computer"
        raise DeviceError(f"{reason}; choose “cpu” or “auto”.")
    try:
        where = torch.device(name)
    except (RuntimeError, ValueError) as error:
        raise DeviceError(f"“{quoted(name)}” is not a device; choose “cpu”, “cuda” or “auto”.") from error
    if where.type not in ("cpu", "cuda") or (where.type == "cpu" and where.index is not None):
        raise DeviceError(f"“{quoted(name)}” cannot be trained on; choose “cpu”, “cuda” or “auto”.")
    if where.type == "cuda":
        if (where.index or 0) >= torch.cuda.device_count():
            raise DeviceError(f"There is no “{name}” on this computer; choose “cuda”, “cpu” or “auto”.")
        if trouble := _trouble(where):
            raise DeviceError(f"The GPU “{name}” cannot be used ({trouble}); choose “cpu”.")
        if where.index is None:
            # tensors and generators are compared by device, and a tensor's has a number
            return torch.device("cuda", torch.cuda.current_device())
    return where


def _trouble(gpu: torch.device) -> str:
    """Why a GPU cannot compute, empty where it can: it may be too old for this PyTorch, full, or lost."""
    os.environ.setdefault(*CUBLAS_WORKSPACE)
    try:
        # .item() waits for the result: errors of a GPU are told later than what caused them
        torch.zeros(1, device=gpu).add_(1).item()
    except (RuntimeError, AssertionError) as error:
        return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
    return ""


def place_run(recipe: Recipe, device: str, threads: int | None) -> Placement:
    """Where a training of ``recipe`` is computed: as :func:`place`, but a repeatable one says how itself."""
    if recipe.repeatable:
        return place(device, "float32", recipe.threads)
    return place(device, recipe.precision, threads)


def tf32() -> tuple[bool, bool]:
    """Whether products and convolutions of float32 on a GPU may be computed in TF32: a setting of the whole process."""
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


def set_tf32(products: bool, convolutions: bool) -> None:
    """Change :func:`tf32`. Processors are not concerned: they compute in float32 as before."""
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = products, convolutions


def deterministic() -> bool:
    """Whether torch takes algorithms that give the same bits each time: a setting of the whole process."""
    return torch.get_deterministic_debug_mode() > 0


def set_deterministic(on: bool) -> None:
    """Change :func:`deterministic`. An operation without such an algorithm is computed as before."""
    # what is allocated need not be filled: nothing reads memory that it has not written
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # torch sets it so
    warnings.filterwarnings("ignore", ".*does not have a deterministic implementation", UserWarning)
    torch.set_deterministic_debug_mode("warn" if on else "default")


def free_memory(device: torch.device) -> int | None:
    """Bytes that a training may take on a GPU: what is free, and what torch keeps there unused, without what its
    libraries take. None for processors."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return max(0, free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device) - WORKSPACES)


def native_bfloat16(device: torch.device) -> bool:
    """Whether the processor has bfloat16 instructions (AVX512-BF16, AMX) or the GPU such tensor cores (Ampere on)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def physical_cores() -> int:
    """Physical cores that this process may use: more threads than a container may keep busy wait for each other."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if (most := control_group.processors()) is not None:
        allowed = min(allowed, int(most))
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
