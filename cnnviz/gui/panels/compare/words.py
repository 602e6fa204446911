"""Texts that several pages of the Compare tab show."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import percent
from cnnviz.gui.widgets.class_names import class_name

if TYPE_CHECKING:
    from collections.abc import Sequence


def predicted(probabilities: Sequence[float], names: tuple[str, ...]) -> str:
    """The class that a network predicts, given the probability of each class, which may be NaN."""
    if any(isnan(share) for share in probabilities):
        return QCoreApplication.translate("ComparePanel", "no answer: NaN")
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    template = QCoreApplication.translate("ComparePanel", "predicts {answer} ({share})")
    return template.format(answer=class_name(names, best), share=percent(probabilities[best]))
