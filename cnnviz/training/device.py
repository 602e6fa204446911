"""Where and how precisely a network is computed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

import torch

from cnnviz.project.recipe import Precision, Recipe
from cnnviz.training.precision import known


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
    """Resolve "auto": the first CUDA device where there is one; bfloat16 where it is computed natively and was not
    measured to be slower, see :func:`cnnviz.training.comparison.settle`.

    ``threads`` None takes a thread for each physical core. Raises :class:`DeviceError`.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device.split(":")[0] == "cuda" and not torch.cuda.is_available():
        raise DeviceError("There is no CUDA device on this computer; choose “cpu” or “auto”.")
    try:
        where = torch.device(device)
    except RuntimeError as error:
        raise DeviceError(f"“{device}” is not a device; choose “cpu”, “cuda” or “auto”.") from error
    if where.type not in ("cpu", "cuda") or (where.type == "cpu" and where.index is not None):
        raise DeviceError(f"“{device}” cannot be trained on; choose “cpu”, “cuda” or “auto”.")
    count = threads or physical_cores()
    if precision != "auto":
        return Placement(where, precision, count)
    if not native_bfloat16(where):
        return Placement(where, "float32", count)
    return Placement(where, known(where, count) or "bfloat16", count)


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


def native_bfloat16(device: torch.device) -> bool:
    """Whether the processor has bfloat16 instructions (AVX512-BF16, AMX) or the GPU such tensor cores (Ampere on)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def physical_cores() -> int:
    """Physical cores that this process may use."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
