"""Texts that are marked for translation where they are listed and translated where they are shown."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """``text`` unchanged; the tool that collects texts knows this name. Qt's own function returns an ``object``."""
    del context
    return text
