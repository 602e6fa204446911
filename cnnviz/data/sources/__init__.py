"""Sources of images: folders and files of the user behind one protocol, and the datasets that can be downloaded.

``KINDS`` lists the kinds of sources: a kind recognizes its folders or files, and opens them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.data.idx import DataError
from cnnviz.data.sources.image_folder import open_folder
from cnnviz.files import is_folder, is_there, shown
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.data.sources.source import Source


def open_source(path: Path) -> Source:
    """The source at a path, a folder or a file; raises :class:`DataError` if there is none or it cannot be read."""
    if not is_there(path):
        raise DataError(Sentence("“{name}” is not there.", name=shown(path)))
    if not is_folder(path):
        raise DataError(
            Sentence("“{name}” is no folder of pictures, nor a file of another known kind.", name=shown(path.name))
        )
    return open_folder(path)
