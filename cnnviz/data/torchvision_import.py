"""Importing torchvision where its compiled operators do not fit torch.

On Linux the wheel of torchvision is built for CUDA; beside a torch for the CPU its import ends with "operator
torchvision::nms does not exist". Datasets, transforms and models need no such operator, so they are declared and the
import is made again. Detection and ``torchvision.io`` stay out of reach. It takes over a second: import it only for
something that needs it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from torch.library import Library

_declared: list[Library] = []
"""Operators live as long as the library that declares them."""


def import_torchvision() -> ModuleType:
    """torchvision; raises ImportError where it is not installed."""
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
