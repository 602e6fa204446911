"""The texts of a page in the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Text


def spelled(text: Text) -> str:
    """A text as it is read."""
    return QCoreApplication.translate("microscope", text.template).format(**text.values)
