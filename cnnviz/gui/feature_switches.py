"""Disables PySide's ``from __feature__ import …``, which no module of this program uses."""

from __future__ import annotations

import linecache
import sys
from typing import TYPE_CHECKING

import PySide6.QtCore  # noqa: F401 - loads the module that is changed here

if TYPE_CHECKING:
    from types import ModuleType


def disable() -> None:
    """Stop PySide from reading the source of every module that is imported from now on.

    PySide searches the source for the switches, and :mod:`linecache` keeps everything it has read: nearly half a
    million lines, 40 MB, once torch is imported.
    """
    # another version of PySide may lack this function; then PySide keeps reading sources
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, "_mod_uses_pyside"):
        vars(feature)["_mod_uses_pyside"] = _uses_none
    linecache.clearcache()


def _uses_none(_: ModuleType) -> bool:
    return False
