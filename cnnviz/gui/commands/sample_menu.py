"""The commands of the menu Sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from cnnviz.gui.commands.window import Window

SAMPLE = QT_TRANSLATE_NOOP("actions", "&Sample")
SAMPLE_COMMANDS: tuple[ActionSpec[Window], ...] = (
    ActionSpec(
        "draw", SAMPLE, QT_TRANSLATE_NOOP("actions", "&Draw"), lambda window: window.show_sample("draw"), "Ctrl+Shift+D"
    ),
    ActionSpec(
        "pick",
        SAMPLE,
        QT_TRANSLATE_NOOP("actions", "&Pick from the data"),
        lambda window: window.show_sample("pick"),
        "Ctrl+Shift+K",
    ),
)
