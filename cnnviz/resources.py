"""Where the files that come with the program are: data sets, icons, notices."""

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
    """An installed wheel has the resources inside the package, a checkout beside it, a frozen app in its bundle."""
    package = Path(__file__).resolve().parent
    places = [package / _FOLDER, package.parent / _FOLDER]
    if bundle := getattr(sys, "_MEIPASS", None):
        places = [Path(bundle) / package.name / _FOLDER, Path(bundle) / _FOLDER, *places]
    return next((place for place in places if place.is_dir()), places[0])
