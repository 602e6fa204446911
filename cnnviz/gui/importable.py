"""Recognizes weights, networks and source code of other programs by the names of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.source_files import CODE_SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

NETWORK_SUFFIX = ".onnx"
"""The ending of files that hold a network and its weights."""
SUFFIXES = (".safetensors", ".pth", ".pt", NETWORK_SUFFIX, *CODE_SUFFIXES)


def may_be_imported(path: Path) -> bool:
    """Whether a file has the name of weights, of a network of another program, or of source code."""
    return path.suffix.lower() in SUFFIXES


def is_code(path: Path) -> bool:
    """Whether a file has the name of source code."""
    return path.suffix.lower() in CODE_SUFFIXES


def endings() -> str:
    """The endings of such files, for a file dialog."""
    return " ".join(f"*{suffix}" for suffix in SUFFIXES)
