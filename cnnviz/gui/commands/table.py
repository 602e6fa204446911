"""The table of all commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.commands.edit_menu import EDIT, EDIT_COMMANDS
from cnnviz.gui.commands.file_menu import FILE, FILE_COMMANDS
from cnnviz.gui.commands.help_menu import HELP, HELP_COMMANDS
from cnnviz.gui.commands.past_menu import PAST, PAST_COMMANDS
from cnnviz.gui.commands.sample_menu import SAMPLE, SAMPLE_COMMANDS
from cnnviz.gui.commands.train_menu import TRAIN, TRAIN_COMMANDS
from cnnviz.gui.commands.view_menu import VIEW, VIEW_COMMANDS

if TYPE_CHECKING:
    from cnnviz.gui.actions import ActionSpec
    from cnnviz.gui.commands.window import Window

MENUS = (FILE, EDIT, VIEW, SAMPLE, TRAIN, PAST, HELP)
COMMANDS: tuple[ActionSpec[Window], ...] = (
    *FILE_COMMANDS,
    *EDIT_COMMANDS,
    *VIEW_COMMANDS,
    *SAMPLE_COMMANDS,
    *TRAIN_COMMANDS,
    *PAST_COMMANDS,
    *HELP_COMMANDS,
)
