"""The log file, for what no sentence on screen can hold."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cnnviz.files import open_ordinary
from cnnviz.settings import folders

_NAME = "cnnviz.log"
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


def start_logging() -> Path | None:
    """Write what is logged from now on to a file, at most 3 MB in all; its path, None where none can be written."""
    root = logging.getLogger()
    for handler in root.handlers:
        if isinstance(handler, RotatingFileHandler):
            return Path(handler.baseFilename)
    try:
        path = folders().log / _NAME
        if path.exists():
            # a pipe would be waited for
            open_ordinary(path).close()
        # names of files may hold bytes that are no characters
        new = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    new.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(new)
    root.setLevel(min(root.level, logging.INFO))
    return path
