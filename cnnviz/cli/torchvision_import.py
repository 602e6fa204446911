"""Imports torchvision, with which ``cnnviz bench`` compares, even if its operators do not fit the installed torch.

On Linux the wheel of torchvision is built for CUDA. With a torch for the CPU, importing it fails with "operator
torchvision::nms does not exist". Datasets, transforms and models do not use this operator. So the missing operators are
declared and torchvision is imported again; detection models and ``torchvision.io`` still do not work. The import takes
over a second: import torchvision only where it is needed.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from torch.library import Library

_declared: list[Library] = []
"""The library that declares the operators; they exist as long as it does."""


def import_torchvision() -> ModuleType:
    """The module torchvision; raises ImportError if it is not installed."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    from torch.library import Library

    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    if not _declared:
        library: Any = Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
    return importlib.import_module("torchvision")
