"""Drawings of the user, kept as an image folder: a subfolder of PNG files for each class."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from cnnviz.data.errors import DataError
from cnnviz.data.sources.image_folder import SPLIT_NAMES
from cnnviz.files import cause, shown, write_atomically
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence
from cnnviz.settings import folders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

SHAPE = (1, 28, 28)
"""The shape of a kept drawing: that of MNIST's images."""
LONGEST = 60
"""The most characters of the name of a class."""
# characters, ends and names that a folder cannot have on Windows, and names that are hidden on Unix
_FORBIDDEN = re.compile(r'[\x00-\x1f/\\:*?"<>|]|^\.|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)$', re.IGNORECASE)


def new_folder() -> Path:
    """A folder for drawings that does not exist yet, among the user's data."""
    home, number = folders().data / "drawings", 1
    while (found := home / f"drawings-{number}").exists():
        number += 1
    return found


def check_class(name: str, others: Iterable[str]) -> None:
    """Raise :class:`DataError` if a class cannot have this name.

    It could not be the name of a folder on every system, it would be read as a split, or one of the ``others`` has it.
    """
    if not name or len(name) > LONGEST or _FORBIDDEN.search(name) or name.lower() in SPLIT_NAMES:
        raise DataError(
            Sentence(
                "A class cannot be named “{name}”: the name becomes that of a folder. Choose a name of letters and"
                " digits that is not that of a split, such as “train” or “test”.",
                name=quoted(name),
            )
        )
    if name.casefold() in {other.casefold() for other in others}:
        raise DataError(Sentence("There is already a class named “{name}”.", name=quoted(name)))


def keep(folder: Path, name: str, image: NDArray[np.uint8]) -> Path:
    """Write a drawing, uint8 (1, H, W), of a class into its subfolder; returns the file. Raises :class:`DataError`."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(image[0]).save(content, "PNG")
    place, number = folder / name, 1
    try:
        place.mkdir(parents=True, exist_ok=True)
        while (path := place / f"{number}.png").exists():
            number += 1
        write_atomically(path, content.getvalue())
    except OSError as error:
        raise DataError(
            Sentence("The drawing could not be kept in “{name}”: {reason}.", name=shown(place), reason=cause(error))
        ) from error
    return path


def discard(path: Path) -> None:
    """Delete a kept drawing; raises :class:`DataError`."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be deleted: {reason}.", name=shown(path), reason=cause(error))
        ) from error
