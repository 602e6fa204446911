"""Why a run can no longer be recorded. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.files import cause, shown
from cnnviz.sentence import SaidError, Sentence, said, unchanged
from cnnviz.training.failure import out_of_memory

if TYPE_CHECKING:
    from pathlib import Path


def reason_of(error: Exception, home: Path) -> Sentence:
    """The sentence of an error that ended the recording of a run in the library ``home``."""
    if isinstance(error, OSError):
        path = getattr(error, "filename", None)
        name = shown(str(path)) if path else shown(home)
        return Sentence("“{name}” could not be written: {reason}.", name=name, reason=cause(error))
    if isinstance(error, SaidError):
        return said(error)
    if out_of_memory(error):
        return Sentence("There was not enough memory for a copy of the weights.")
    return unchanged(f"{type(error).__name__}: {error}.")
