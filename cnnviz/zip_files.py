"""Opening zip files that may come from anywhere."""

from __future__ import annotations

import io
import zipfile

MOST_DIRECTORY_BYTES = 2**22
"""The most bytes that are read at once, above all for the table of contents: at about 100 bytes a file."""


class BoundedFile(io.BufferedReader):
    """A file of which large parts are not read at once, whatever its table of contents says of its own length."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual; raises BadZipFile for more than :data:`MOST_DIRECTORY_BYTES` at once."""
        if size is not None and size > MOST_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("its table of contents is too long")
        return super().read(size)
