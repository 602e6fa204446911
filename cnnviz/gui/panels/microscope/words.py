"""The texts of a page in the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import localized
from cnnviz.numerals import Figure

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Text


def spelled(text: Text) -> str:
    """A text as it is read."""
    values = {name: localized(value) if isinstance(value, Figure) else value for name, value in text.values.items()}
    return QCoreApplication.translate("microscope", text.template).format(**values)
