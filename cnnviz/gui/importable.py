"""Recognizes weights and networks of other programs by the names of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = ".onnx"
"""The ending of files that hold a network and its weights."""
SUFFIXES = (".safetensors", ".pth", ".pt", NETWORK)


def may_be_imported(path: Path) -> bool:
    """Whether a file has the name of weights or of a network of another program."""
    return path.suffix.lower() in SUFFIXES


def endings() -> str:
    """The endings of such files, for a file dialog."""
    return " ".join(f"*{suffix}" for suffix in SUFFIXES)
