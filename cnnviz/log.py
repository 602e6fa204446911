"""The log file, for details that do not fit into a sentence on screen."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cnnviz.files import open_ordinary
from cnnviz.settings import folders

_NAME = "cnnviz.log"
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


def start_logging() -> Path | None:
    """Log to a file from now on, at most 3 MB in all; returns its path, None if no file can be written."""
    root = logging.getLogger()
    for handler in root.handlers:
        if isinstance(handler, RotatingFileHandler):
            return Path(handler.baseFilename)
    try:
        path = folders().log / _NAME
        if path.exists():
            # opening a pipe would block
            open_ordinary(path).close()
        # file names may contain bytes that are no characters
        new = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    new.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(new)
    root.setLevel(min(root.level, logging.INFO))
    return path
