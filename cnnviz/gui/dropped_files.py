"""Recognizes folders and files of images that are dropped on the window, by their names alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnviz.files import is_folder

if TYPE_CHECKING:
    from pathlib import Path

_DATASETS = re.compile(r"\.(npz|npy|csv|tsv|parquet)$|idx\d.*|-ubyte(\.gz)?$", re.IGNORECASE)


def may_hold_dataset(path: Path) -> bool:
    """Whether a path may be a folder or file of labelled images; a picture is none."""
    return is_folder(path) or _DATASETS.search(path.name) is not None
