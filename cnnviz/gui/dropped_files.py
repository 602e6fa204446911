"""Recognizes datasets that are dropped on the window: folders, and files by their names alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnviz.files import is_folder

if TYPE_CHECKING:
    from pathlib import Path

_DATASETS = re.compile(r"\.(npz|npy|csv|tsv|parquet)$|([.-]idx\d(-\w+)?|-ubyte)(\.gz)?$", re.IGNORECASE)


def may_hold_dataset(path: Path) -> bool:
    """Whether a path is a folder, or has the name of a file of labelled images. A picture is not a dataset."""
    return is_folder(path) or _DATASETS.search(path.name) is not None
