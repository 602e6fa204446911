"""Changes of a run that are marked on its curves: which of them share a mark, and the texts of marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.sentences import epochs
from cnnviz.gui.language import counted, text
from cnnviz.gui.localized import rounded
from cnnviz.gui.run.changed_names import listed
from cnnviz.parameters import title
from cnnviz.training.events import EpochsAdded, NetworkChanged, SettingChanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.runs.histories.run_history import Mark

Change = TypeVar("Change")

MOST_NAMES = 3
"""At most this many layers are named in a mark."""
TEXT_WIDTH = 110
"""Marks closer than this, in pixels, share a text."""


def gathered(changes: Sequence[Change], places: Sequence[float], room: float) -> list[tuple[float, list[Change]]]:
    """The marks in ascending order, each with its place and its changes: changes within ``room`` of the first one that
    is marked there share its mark."""
    marks: list[tuple[float, list[Change]]] = []
    for place, change in sorted(zip(places, changes, strict=True), key=lambda pair: pair[0]):
        if marks:
            first_place, gathered_there = marks[-1]
            if place - first_place < room:
                gathered_there.append(change)
                continue
        marks.append((place, [change]))
    return marks


def change_text(change: Mark) -> str:
    """The text of a mark: a parameter with old and new value, added epochs, or another network."""
    translate = QCoreApplication.translate
    if isinstance(change, EpochsAdded):
        template = translate("CurvesPanel", "+{epochs} at rate {rate}")
        return template.format(epochs=epochs(change.epochs), rate=rounded(change.rate, 3))
    if isinstance(change, NetworkChanged):
        if change.frozen is not None:
            if not change.frozen:
                return translate("CurvesPanel", "no layer frozen")
            return translate("CurvesPanel", "frozen: {names}").format(names=listed(change.frozen, MOST_NAMES))
        if change.new:
            return translate("CurvesPanel", "network changed, new: {names}").format(
                names=listed(change.new, MOST_NAMES)
            )
        return translate("CurvesPanel", "network changed, all layers kept")
    name = translate("CurvesPanel", "rate") if change.parameter == "learning_rate" else text(title(change.parameter))
    if change.before is None:
        return f"{name} {rounded(change.value)}"
    return f"{name} {rounded(change.before)} → {rounded(change.value)}"


def caption(changes: Sequence[Mark]) -> str:
    """The label of neighbouring marks: a single change, the values of one parameter in all of them, or their number."""
    first, last = changes[0], changes[-1]
    if len(changes) == 1:
        return change_text(first)
    settings = [change for change in changes if isinstance(change, SettingChanged)]
    if len(settings) == len(changes) and len({change.parameter for change in settings}) == 1:
        assert isinstance(first, SettingChanged) and isinstance(last, SettingChanged)
        # steps were trained between the changes, so even a return to the first value is worth telling
        if first.before != last.value:
            return change_text(replace(first, value=last.value))
    return counted("{count} changes", "1 change", len(changes))
