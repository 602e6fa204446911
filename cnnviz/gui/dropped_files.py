"""Recognizes datasets that are dropped on the window: folders, and files by their name or the header of IDX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnviz.files import is_folder

if TYPE_CHECKING:
    from pathlib import Path

_DATASETS = re.compile(r"\.(npz|npy|csv|tsv|parquet)$|([.-]idx\d(-\w+)?|-ubyte)(\.gz)?$", re.IGNORECASE)

_NAMELESS = ("", ".gz", ".idx", ".bin", ".ubyte")
"""Suffixes that say nothing of the content: the header of the file tells whether it is an IDX file."""


def may_hold_dataset(path: Path) -> bool:
    """Whether a path is a folder, or a file of labelled images. A picture is not a dataset."""
    if is_folder(path) or _DATASETS.search(path.name) is not None:
        return True
    if path.suffix.lower() not in _NAMELESS:
        return False
    # not at the top of the file: most windows get no files dropped
    from cnnviz.data.sources.idx_folder import is_idx

    return is_idx(path)
