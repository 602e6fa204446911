"""Torch's library is loaded before torch, without the GIL."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOAD = """
import sys
from pathlib import Path
from cnnviz.training import torch_library
torch_library.LIBRARY = Path(sys.argv[1])
print(torch_library.load_torch_library(), "libtorch_cpu" in Path("/proc/self/maps").read_text(), "torch" in sys.modules)
import torch
print(torch.ones(2).sum().item())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux")
@pytest.mark.parametrize(("library", "loaded"), [("lib/libtorch.so", True), ("lib/missing.so", False)])
def test_torch_works_whether_its_library_was_loaded_before_or_could_not_be(library: str, loaded: bool) -> None:
    done = subprocess.run([sys.executable, "-c", LOAD, library], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(loaded), str(loaded), "False", "2.0"]
