"""Files with source code: how they are recognized, and their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.files import cause, read_ordinary, shown
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from pathlib import Path

CODE_SUFFIXES = (".py", ".ipynb")
"""The suffixes of source code."""
MOST_BYTES = 64 * 2**20


class SourceFileError(SaidError):
    """A file of source code cannot be read."""


def text_of(path: Path) -> str:
    """The text of a file, in the encoding that it declares; raises SourceFileError."""
    # not at the top of the file: most windows open no source code
    import io
    import tokenize

    try:
        content = read_ordinary(path, MOST_BYTES)
    except OSError as error:
        raise SourceFileError(
            Sentence("“{name}” cannot be read: {reason}.", name=shown(path), reason=cause(error))
        ) from error
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise SourceFileError(
            Sentence("“{name}” is no text in the encoding that it declares, or in UTF-8.", name=shown(path))
        ) from error
