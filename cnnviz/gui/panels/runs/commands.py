"""The commands of the Runs tab: in its menu, in the menu of a row, and as keys of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QPushButton, QWidget

    from cnnviz.runs.summary import RunSummary


class RunsPanel(Protocol):
    """The part of the panel that the commands use."""

    def chosen(self) -> list[RunSummary]:
        """The runs that are selected."""
        ...

    def look(self) -> None:
        """Show the curves of the selected run, and its last moment."""

    def see_mistakes(self) -> None:
        """Show the mistakes of the selected run at its last moment."""

    def overlay(self) -> None:
        """Draw the curves of the selected runs behind the curves of the present run."""

    def compare(self) -> None:
        """Compare two selected runs, or the selected run with the present one."""

    def open_project(self) -> None:
        """Open the project of the selected run."""

    def go_on(self) -> None:
        """Begin a new run that goes on from the selected one."""

    def edit(self, title: str) -> None:
        """Edit a cell of the selected run: of the column with this title in English."""

    def delete(self) -> None:
        """Move the selected runs to the trash."""

    def export(self) -> None:
        """Write the selected runs as archives."""

    def ask_import(self) -> None:
        """Ask for archives, and add their runs."""

    def show_folder(self) -> None:
        """Show the folder of the selected run."""


def _one(panel: RunsPanel) -> bool:
    return len(panel.chosen()) == 1


def _some(panel: RunsPanel) -> bool:
    return bool(panel.chosen())


def _one_or_two(panel: RunsPanel) -> bool:
    return len(panel.chosen()) in (1, 2)


def _command(
    identifier: str,
    text: str,
    run: Callable[[RunsPanel], object],
    needs: Callable[[RunsPanel], bool] | None = _one,
    shortcut: str = "",
    also: str = "",
    *,
    separated: bool = False,
) -> ActionSpec[RunsPanel]:
    return ActionSpec(
        identifier, "", text, run, shortcut, needs=needs, also=also, separated=separated, context="RunsPanel"
    )


RUN_COMMANDS: tuple[ActionSpec[RunsPanel], ...] = (
    _command("look", QT_TRANSLATE_NOOP("RunsPanel", "Look at it"), lambda panel: panel.look(), _one, "Return", "Enter"),
    _command("mistakes", QT_TRANSLATE_NOOP("RunsPanel", "See its mistakes"), lambda panel: panel.see_mistakes()),
    _command("overlay", QT_TRANSLATE_NOOP("RunsPanel", "Overlay curves"), lambda panel: panel.overlay(), _some),
    _command("compare", QT_TRANSLATE_NOOP("RunsPanel", "Compare"), lambda panel: panel.compare(), _one_or_two),
    _command("open", QT_TRANSLATE_NOOP("RunsPanel", "Open its project"), lambda panel: panel.open_project()),
    _command("go_on", QT_TRANSLATE_NOOP("RunsPanel", "Go on with it"), lambda panel: panel.go_on()),
    _command("rename", QT_TRANSLATE_NOOP("RunsPanel", "Rename"), lambda panel: panel.edit("name"), separated=True),
    _command("note", QT_TRANSLATE_NOOP("RunsPanel", "Write notes"), lambda panel: panel.edit("notes")),
    _command("delete", QT_TRANSLATE_NOOP("RunsPanel", "Delete"), lambda panel: panel.delete(), _some, "Del"),
    _command("export", QT_TRANSLATE_NOOP("RunsPanel", "Export …"), lambda panel: panel.export(), _some, separated=True),
    _command("import", QT_TRANSLATE_NOOP("RunsPanel", "Import …"), lambda panel: panel.ask_import(), None),
    _command("folder", QT_TRANSLATE_NOOP("RunsPanel", "Show the folder"), lambda panel: panel.show_folder()),
)

TIPS = {
    "look": QT_TRANSLATE_NOOP(
        "RunsPanel",
        "Show the curves of this run, and kernels and maps at its recorded moments; a run of another network gets a"
        " window of its own",
    ),
    "mistakes": QT_TRANSLATE_NOOP("RunsPanel", "Show which validation images this run gets wrong at its last moment"),
    "overlay": QT_TRANSLATE_NOOP("RunsPanel", "Draw the curves of the selected runs behind those of the present run"),
    "compare": QT_TRANSLATE_NOOP("RunsPanel", "Compare the two selected runs, or one with the present run"),
    "open": QT_TRANSLATE_NOOP("RunsPanel", "Open the network and the recipe of this run in another window"),
    "go_on": QT_TRANSLATE_NOOP(
        "RunsPanel",
        "Begin a new run at the newest moment of this run from which it goes on exactly; the present run is paused and"
        " kept. A run of another network goes on in a window of its own",
    ),
    "delete": QT_TRANSLATE_NOOP(
        "RunsPanel", "Move the selected runs to the trash, from which they can be brought back for 30 days"
    ),
    "export": QT_TRANSLATE_NOOP("RunsPanel", "Write the selected runs as archives, which another machine opens"),
    "import": QT_TRANSLATE_NOOP("RunsPanel", "Add a run from an archive; archives can also be dropped here"),
}
"""The tooltips of commands."""
BUTTONS = ("look", "overlay", "compare")
"""The commands that have a button beside the tabs; the others are in the menu."""


def fit_buttons(buttons: Sequence[QPushButton], controls: QWidget, room: int) -> None:
    """Hide the last of the ``buttons``, until the ``controls`` that they are in fit into ``room`` pixels.

    The commands of hidden buttons are in the menu too.
    """
    for button in buttons:
        button.show()
    for button in reversed(buttons):
        button.setVisible(controls.sizeHint().width() <= room)
