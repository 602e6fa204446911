"""Loading the shared library of torch without holding up the other threads."""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

LIBRARY = Path("lib") / "libtorch.so"
"""In the folder of the package torch. The libraries of its operations are loaded with it."""


def load_torch_library() -> bool:
    """Load the library that ``import torch`` needs; returns whether it is loaded.

    ``import torch`` loads it too, but keeps the GIL meanwhile: for a fifth of a second no window reacts. A function
    called through ctypes runs without the GIL. Where the library cannot be loaded like this, nothing is lost:
    ``import torch`` loads it, or says why it cannot. Only on Linux; elsewhere returns False.
    """
    if not sys.platform.startswith("linux") or (torch := find_spec("torch")) is None or torch.origin is None:
        return False
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    return dlopen(os.fsencode(Path(torch.origin).parent / LIBRARY), os.RTLD_NOW) is not None
