"""The commands of the menu Help."""

from __future__ import annotations

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.commands.window import Window, ask
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

HELP = QT_TRANSLATE_NOOP("actions", "&Help")
HELP_COMMANDS: tuple[ActionSpec[Window], ...] = (
    ActionSpec("glossary", HELP, QT_TRANSLATE_NOOP("actions", "&Glossary"), ask("glossary"), "F1"),
    ActionSpec("log", HELP, QT_TRANSLATE_NOOP("actions", "Show the &log"), ask("log")),
    ActionSpec("about", HELP, QT_TRANSLATE_NOOP("actions", "&About cnnviz"), ask("about")),
)
