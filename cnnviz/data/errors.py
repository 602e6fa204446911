"""The error of a dataset that cannot be used, and which errors of reading a file become this error."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cnnviz.files import cause, shown
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator


class DataError(SaidError):
    """A dataset that cannot be used."""


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Errors while the file ``name`` is read become a :class:`DataError`."""
    try:
        yield
    except EOFError as error:
        raise DataError(Sentence("“{name}” is truncated. Replace it by a complete copy.", name=shown(name))) from error
    except zlib.error as error:
        raise DataError(
            Sentence("“{name}” is damaged and cannot be unpacked. Replace it by a fresh copy.", name=shown(name))
        ) from error
    except OSError as error:
        raise DataError(
            Sentence("“{name}” could not be read: {reason}.", name=shown(name), reason=cause(error))
        ) from error
