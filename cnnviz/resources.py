"""The paths of files shipped with the program: data sets, icons, notices."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

_FOLDER = "resources"


def resource(path: str) -> Path:
    """The file or folder ``path`` below the resources, e.g. ``datasets/mnist``; it may not exist."""
    return _root() / path


@cache
def _root() -> Path:
    """The root folder: inside the package in a wheel, beside it in a checkout, in the bundle of a frozen app."""
    package = Path(__file__).resolve().parent
    candidates = [package / _FOLDER, package.parent / _FOLDER]
    if bundle := getattr(sys, "_MEIPASS", None):
        candidates = [Path(bundle) / package.name / _FOLDER, Path(bundle) / _FOLDER, *candidates]
    return next((folder for folder in candidates if folder.is_dir()), candidates[0])
