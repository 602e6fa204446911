"""The texts of a page in the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui import language

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Text


def spelled(text: Text) -> str:
    """A text as it is read."""
    return language.text(text, "microscope")
