"""The device, precision and number of threads of a training."""

from __future__ import annotations

import logging
import os
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch
import torch.utils.deterministic

from cnnviz import control_group
from cnnviz.quoting import quoted
from cnnviz.sentence import SaidError, Sentence
from cnnviz.training.ranks import Ranks, joined, local_size

if TYPE_CHECKING:
    from cnnviz.project.recipe import Precision, Recipe

CUBLAS_WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""The environment variable, and its value, that makes cuBLAS repeatable. It is read when a GPU is first used."""
WORKSPACES = 70_000_000
"""Bytes of GPU memory that cuBLAS and cuDNN take; a small training on an H200 took 94 MB more than its tensors."""

log = logging.getLogger(__name__)


class DeviceError(SaidError):
    """The device does not exist or cannot be used."""


@dataclass(frozen=True)
class Placement:
    """Device, precision and number of torch's threads of a run; they do not change during the run.

    ``ranks`` are the processes that compute the run together; None if this process does it alone.
    """

    device: torch.device
    precision: Literal["float32", "bfloat16"]
    threads: int
    ranks: Ranks | None = None

    @property
    def memory_format(self) -> torch.memory_format:
        """channels_last: measured 1.5 times as fast as contiguous on CPUs; tensor cores of GPUs prefer it as well."""
        return torch.channels_last

    def describe(self) -> str:
        """The name of the device: ``CPU`` or the model of the GPU."""
        return "CPU" if self.device.type == "cpu" else torch.cuda.get_device_name(self.device)

    def agreed(self) -> Placement:
        """With the precision that the leading process has measured, where several compute the run together."""
        if self.ranks is None:
            return self
        chosen = self.ranks.agree(self.precision)
        return replace(self, precision="bfloat16" if chosen == "bfloat16" else "float32")


def place(device: str, precision: Precision, threads: int | None) -> Placement:
    """Resolve "auto": the first CUDA device if there is one, else the CPU; bfloat16 if the device computes it natively.

    For a CPU or GPU with native bfloat16, :func:`cnnviz.training.comparison.decide_precision` measures later which is
    faster for a network. ``threads`` None means a thread for each physical core, which processes of one training on
    the same machine share. Raises :class:`DeviceError`.
    """
    ranks = joined()
    if ranks is not None:
        device = str(ranks.device)
    elif device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and (trouble := _trouble(torch.device(device))):
            log.warning("the GPU is not used: %s", trouble)
            device = "cpu"
    torch_device = _device(device)
    count = threads or max(1, physical_cores() // local_size())
    if precision != "auto":
        return Placement(torch_device, precision, count, ranks)
    return Placement(torch_device, "bfloat16" if native_bfloat16(torch_device) else "float32", count, ranks)


def _device(name: str) -> torch.device:
    """The device of this name, tried out; raises :class:`DeviceError`."""
    if name.split(":")[0] == "cuda" and not torch.cuda.is_available():
        if torch.version.cuda is None and torch.version.hip is None:
            raise DeviceError(
                Sentence("This PyTorch is built for processors alone and has no CUDA device; choose “cpu” or “auto”.")
            )
        raise DeviceError(Sentence("There is no CUDA device on this computer; choose “cpu” or “auto”."))
    try:
        torch_device = torch.device(name)
    except (RuntimeError, ValueError) as error:
        raise DeviceError(
            Sentence("“{name}” is not a device; choose “cpu”, “cuda” or “auto”.", name=quoted(name))
        ) from error
    if torch_device.type not in ("cpu", "cuda") or (torch_device.type == "cpu" and torch_device.index is not None):
        raise DeviceError(Sentence("“{name}” cannot be trained on; choose “cpu”, “cuda” or “auto”.", name=quoted(name)))
    if torch_device.type == "cuda":
        if (torch_device.index or 0) >= torch.cuda.device_count():
            raise DeviceError(
                Sentence("There is no “{name}” on this computer; choose “cuda”, “cpu” or “auto”.", name=name)
            )
        if trouble := _trouble(torch_device):
            raise DeviceError(
                Sentence("The GPU “{name}” cannot be used ({trouble}); choose “cpu”.", name=name, trouble=trouble)
            )
        if torch_device.index is None:
            # "cuda" differs from "cuda:0", the device that tensors and generators have
            return torch.device("cuda", torch.cuda.current_device())
    return torch_device


def _trouble(gpu: torch.device) -> str:
    """Why a GPU cannot compute: it may be too old for this PyTorch, full, or lost. Empty if it can."""
    os.environ.setdefault(*CUBLAS_WORKSPACE)
    try:
        # .item() waits for the result: a GPU reports errors later than it causes them
        torch.zeros(1, device=gpu).add_(1).item()
    except (RuntimeError, AssertionError) as error:
        return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
    return ""


def place_run(recipe: Recipe, device: str, threads: int | None) -> Placement:
    """The placement of a training: as :func:`place`, but a repeatable recipe sets float32 and the threads itself."""
    if recipe.repeatable:
        return place(device, "float32", recipe.threads)
    return place(device, recipe.precision, threads)


def tf32() -> tuple[bool, bool]:
    """Whether a GPU may compute float32 matrix products, and float32 convolutions, in TF32. For the whole process."""
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


def set_tf32(products: bool, convolutions: bool) -> None:
    """Change the setting :func:`tf32`. It does not concern CPUs."""
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = products, convolutions


def deterministic() -> bool:
    """Whether torch uses only deterministic algorithms, where it has them. For the whole process."""
    return torch.get_deterministic_debug_mode() > 0


def set_deterministic(on: bool) -> None:
    """Change the setting :func:`deterministic`. Operations without such an algorithm are computed as before."""
    # torch would fill new tensors, which takes time; nothing here reads memory before writing it
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # torch sets it so
    warnings.filterwarnings("ignore", ".*does not have a deterministic implementation", UserWarning)
    torch.set_deterministic_debug_mode("warn" if on else "default")


def free_memory(device: torch.device) -> int | None:
    """Bytes of GPU memory that a training may take; None for a CPU.

    It is the free memory and what torch has reserved but does not use, minus what its libraries take.
    """
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return max(0, free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device) - WORKSPACES)


def native_bfloat16(device: torch.device) -> bool:
    """Whether the CPU has bfloat16 instructions (AVX512-BF16, AMX), or the GPU such tensor cores (Ampere and later)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def physical_cores() -> int:
    """The number of physical cores that this process may use, within the limits of its container."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if (most := control_group.processors()) is not None:
        allowed = min(allowed, int(most))
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
