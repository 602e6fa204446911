"""One table of actions: id, text, shortcut, icon, menu, and when each can be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.theme import Theme
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.training.channels import State, Status


@dataclass(frozen=True)
class ActionSpec:
    """One thing that can be done. ``needs`` names a fact of the window without which it is disabled.

    ``group`` makes the checkable actions of one name exclude each other; ``separated`` draws a line above it.
    ``canvas_key`` is shown beside the text like a shortcut, but only the canvas acts on it. ``also`` is a second
    shortcut, for those who are used to it.
    """

    id: str
    menu: str
    text: str
    shortcut: str = ""
    icon: str = ""
    needs: str = ""
    group: str = ""
    separated: bool = False
    canvas_key: str = ""
    also: str = ""


MENUS = (
    QT_TRANSLATE_NOOP("actions", "&File"),
    QT_TRANSLATE_NOOP("actions", "&Edit"),
    QT_TRANSLATE_NOOP("actions", "&View"),
    QT_TRANSLATE_NOOP("actions", "&Train"),
    QT_TRANSLATE_NOOP("actions", "&Help"),
)
_FILE, _EDIT, _VIEW, _TRAIN, _HELP = MENUS

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("new", _FILE, QT_TRANSLATE_NOOP("actions", "&New …"), "Ctrl+N", "plus"),
    ActionSpec("open", _FILE, QT_TRANSLATE_NOOP("actions", "&Open …"), "Ctrl+O", "folder-open-outline"),
    ActionSpec("open_training", _FILE, QT_TRANSLATE_NOOP("actions", "Open a kept &training …")),
    ActionSpec("save", _FILE, QT_TRANSLATE_NOOP("actions", "&Save"), "Ctrl+S", "content-save-outline", separated=True),
    ActionSpec("save_as", _FILE, QT_TRANSLATE_NOOP("actions", "Save &as …"), "Ctrl+Shift+S"),
    ActionSpec("keep_training", _FILE, QT_TRANSLATE_NOOP("actions", "&Keep the training …"), needs="keepable"),
    ActionSpec("picture", _FILE, QT_TRANSLATE_NOOP("actions", "Export &picture …"), "Ctrl+Shift+E", separated=True),
    ActionSpec("close", _FILE, QT_TRANSLATE_NOOP("actions", "&Close window"), "Ctrl+W", separated=True),
    ActionSpec("quit", _FILE, QT_TRANSLATE_NOOP("actions", "&Quit"), "Ctrl+Q"),
    ActionSpec("undo", _EDIT, QT_TRANSLATE_NOOP("actions", "&Undo"), "Ctrl+Z", "undo", needs="can_undo"),
    ActionSpec("redo", _EDIT, QT_TRANSLATE_NOOP("actions", "&Redo"), "Ctrl+Shift+Z", "redo", "can_redo", also="Ctrl+Y"),
    ActionSpec("cut", _EDIT, QT_TRANSLATE_NOOP("actions", "Cu&t"), "Ctrl+X", needs="selection", separated=True),
    ActionSpec("copy", _EDIT, QT_TRANSLATE_NOOP("actions", "&Copy"), "Ctrl+C", needs="selection"),
    ActionSpec("paste", _EDIT, QT_TRANSLATE_NOOP("actions", "&Paste"), "Ctrl+V"),
    ActionSpec("paste_code", _EDIT, QT_TRANSLATE_NOOP("actions", "Paste c&ode …"), "Ctrl+Shift+V"),
    ActionSpec("duplicate", _EDIT, QT_TRANSLATE_NOOP("actions", "D&uplicate"), "Ctrl+D", needs="selection"),
    ActionSpec("select_all", _EDIT, QT_TRANSLATE_NOOP("actions", "Select &all"), "Ctrl+A"),
    ActionSpec(
        "delete", _EDIT, QT_TRANSLATE_NOOP("actions", "&Delete"), "", "delete-outline", separated=True, canvas_key="Del"
    ),
    ActionSpec(
        "bypass",
        _EDIT,
        QT_TRANSLATE_NOOP("actions", "Delete and &reconnect"),
        needs="selection",
        canvas_key="Shift+Del",
    ),
    ActionSpec("rename", _EDIT, QT_TRANSLATE_NOOP("actions", "Re&name"), "F2", needs="selection"),
    ActionSpec("find", _EDIT, QT_TRANSLATE_NOOP("actions", "&Find a layer …"), "Ctrl+F", "magnify", separated=True),
    ActionSpec("find_next", _EDIT, QT_TRANSLATE_NOOP("actions", "Find &next"), "F3"),
    ActionSpec("find_previous", _EDIT, QT_TRANSLATE_NOOP("actions", "Find pre&vious"), "Shift+F3"),
    ActionSpec(
        "quick_add", _EDIT, QT_TRANSLATE_NOOP("actions", "Add a &layer by name …"), separated=True, canvas_key="/"
    ),
    ActionSpec(
        "connect", _EDIT, QT_TRANSLATE_NOOP("actions", "C&onnect the layer to …"), needs="selection", canvas_key="C"
    ),
    ActionSpec("arrange", _EDIT, QT_TRANSLATE_NOOP("actions", "Arran&ge automatically"), "Ctrl+L"),
    ActionSpec("align_row", _EDIT, QT_TRANSLATE_NOOP("actions", "Align in a ro&w"), "Ctrl+Shift+R", needs="selection"),
    ActionSpec(
        "align_column", _EDIT, QT_TRANSLATE_NOOP("actions", "Align in a colu&mn"), "Ctrl+Shift+M", needs="selection"
    ),
    ActionSpec(
        "distribute_across",
        _EDIT,
        QT_TRANSLATE_NOOP("actions", "Distribute acro&ss"),
        "Ctrl+Shift+H",
        needs="selection",
    ),
    ActionSpec(
        "distribute_down", _EDIT, QT_TRANSLATE_NOOP("actions", "Distri&bute down"), "Ctrl+Shift+J", needs="selection"
    ),
    ActionSpec("group", _EDIT, QT_TRANSLATE_NOOP("actions", "&Group"), "Ctrl+G", needs="selection", separated=True),
    ActionSpec("ungroup", _EDIT, QT_TRANSLATE_NOOP("actions", "U&ngroup"), "Ctrl+Shift+G", needs="selection"),
    ActionSpec("fold", _EDIT, QT_TRANSLATE_NOOP("actions", "&Fold or unfold the block"), "Ctrl+B", needs="selection"),
    ActionSpec("fold_all", _EDIT, QT_TRANSLATE_NOOP("actions", "Fold all &blocks")),
    ActionSpec("unfold_all", _EDIT, QT_TRANSLATE_NOOP("actions", "Unf&old all blocks")),
    ActionSpec("commands", _VIEW, QT_TRANSLATE_NOOP("actions", "&Command palette …"), "Ctrl+K"),
    ActionSpec("build", _VIEW, QT_TRANSLATE_NOOP("actions", "&Build"), "Ctrl+1", group="arrangement", separated=True),
    ActionSpec("train_view", _VIEW, QT_TRANSLATE_NOOP("actions", "&Train"), "Ctrl+2", group="arrangement"),
    ActionSpec("look", _VIEW, QT_TRANSLATE_NOOP("actions", "&Look"), "Ctrl+3", group="arrangement"),
    ActionSpec("standard", _VIEW, QT_TRANSLATE_NOOP("actions", "&Standard arrangement")),
    ActionSpec("fit", _VIEW, QT_TRANSLATE_NOOP("actions", "&Fit the network"), "Ctrl+0", separated=True),
    ActionSpec("zoom_in", _VIEW, QT_TRANSLATE_NOOP("actions", "Zoom &in"), "Ctrl++", also="Ctrl+="),
    ActionSpec("zoom_out", _VIEW, QT_TRANSLATE_NOOP("actions", "Zoom &out"), "Ctrl+-", also="Ctrl+_"),
    ActionSpec("actual_size", _VIEW, QT_TRANSLATE_NOOP("actions", "&Actual size")),
    ActionSpec("system", _VIEW, QT_TRANSLATE_NOOP("actions", "Theme of the s&ystem"), group="theme", separated=True),
    ActionSpec("dark", _VIEW, QT_TRANSLATE_NOOP("actions", "&Dark theme"), group="theme"),
    ActionSpec("light", _VIEW, QT_TRANSLATE_NOOP("actions", "Li&ght theme"), group="theme"),
    ActionSpec("full_screen", _VIEW, QT_TRANSLATE_NOOP("actions", "F&ull screen"), "F11", separated=True),
    ActionSpec("play", _TRAIN, QT_TRANSLATE_NOOP("actions", "&Train or pause"), "F5", needs="trainable"),
    ActionSpec("batch", _TRAIN, QT_TRANSLATE_NOOP("actions", "One &batch"), "F10", needs="trainable"),
    ActionSpec("batches_10", _TRAIN, QT_TRANSLATE_NOOP("actions", "1&0 batches"), needs="trainable"),
    ActionSpec("batches_100", _TRAIN, QT_TRANSLATE_NOOP("actions", "100 batche&s"), needs="trainable"),
    ActionSpec("epoch", _TRAIN, QT_TRANSLATE_NOOP("actions", "One &epoch"), "Shift+F10", needs="trainable"),
    ActionSpec("stop", _TRAIN, QT_TRANSLATE_NOOP("actions", "St&op and test"), needs="stoppable"),
    ActionSpec("full_speed", _TRAIN, QT_TRANSLATE_NOOP("actions", "&Full speed"), group="pace", separated=True),
    ActionSpec("pace_10", _TRAIN, QT_TRANSLATE_NOOP("actions", "Slow motion: 10 batches a second"), group="pace"),
    ActionSpec("pace_4", _TRAIN, QT_TRANSLATE_NOOP("actions", "Slow motion: 4 batches a second"), group="pace"),
    ActionSpec("pace_1", _TRAIN, QT_TRANSLATE_NOOP("actions", "Slow motion: 1 batch a second"), group="pace"),
    ActionSpec("pace_half", _TRAIN, QT_TRANSLATE_NOOP("actions", "Slow motion: 1 batch in 2 seconds"), group="pace"),
    ActionSpec(
        "go_on", _TRAIN, QT_TRANSLATE_NOOP("actions", "&Continue with the change"), needs="changed", separated=True
    ),
    ActionSpec("start_over", _TRAIN, QT_TRANSLATE_NOOP("actions", "&Start over with the same weights"), needs="begun"),
    ActionSpec("new_weights", _TRAIN, QT_TRANSLATE_NOOP("actions", "Start over with &new weights"), needs="trainable"),
    ActionSpec("back_to_run", _TRAIN, QT_TRANSLATE_NOOP("actions", "&Back to the run before"), needs="kept"),
    ActionSpec(
        "measure",
        _TRAIN,
        QT_TRANSLATE_NOOP("actions", "&Measure the time of each layer"),
        "Ctrl+T",
        needs="timeable",
        separated=True,
    ),
    ActionSpec("glossary", _HELP, QT_TRANSLATE_NOOP("actions", "&Glossary"), "F1"),
    ActionSpec("log", _HELP, QT_TRANSLATE_NOOP("actions", "Show the &log")),
    ActionSpec("about", _HELP, QT_TRANSLATE_NOOP("actions", "&About cnnviz")),
)


PACES: Mapping[str, float] = {"full_speed": 0.0, "pace_10": 10.0, "pace_4": 4.0, "pace_1": 1.0, "pace_half": 0.5}
"""Batches a second by the ids of the actions; 0 is full speed."""


def make_actions(window: QWidget, handlers: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
    """An action for each row of the table; a row without a handler is a mistake and raises KeyError."""
    made: dict[str, QAction] = {}
    for spec in ACTIONS:
        action = QAction(QCoreApplication.translate("actions", spec.text), window)
        action.setObjectName(spec.id)
        if spec.shortcut:
            action.setShortcuts([QKeySequence(keys) for keys in (spec.shortcut, spec.also) if keys])
        elif spec.canvas_key:
            action.setShortcut(QKeySequence(spec.canvas_key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setCheckable(bool(spec.group) or spec.id == "full_screen")
        action.triggered.connect(lambda _=False, handler=handlers[spec.id]: handler())
        window.addAction(action)
        made[spec.id] = action
    return made


def fill_menus(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """The menu bar of the table; returns the menus by their English titles."""
    menus = {title: bar.addMenu(QCoreApplication.translate("actions", title)) for title in MENUS}
    for spec in ACTIONS:
        menu = menus[spec.menu]
        if spec.separated:
            menu.addSeparator()
        menu.addAction(actions[spec.id])
    return menus


def run_facts(status: Status, trainable: bool, continuable: bool) -> dict[str, bool]:
    """What can be done with the run; ``trainable`` is said of the project on screen, ``continuable`` of how it differs
    from the run."""
    begun, failed = status.step > 0, status.state is State.FAILED
    return {
        "trainable": (trainable or begun) and not failed,
        "keepable": begun and not failed,
        "begun": begun or failed,
        "stoppable": begun and status.state in (State.RUNNING, State.PAUSED),
        "changed": trainable and not failed and continuable,
    }


def enable(actions: Mapping[str, QAction], facts: Iterable[str]) -> None:
    """Enable every action whose need is among the ``facts`` that hold."""
    holding = frozenset(facts)
    for spec in ACTIONS:
        if spec.needs:
            actions[spec.id].setEnabled(spec.needs in holding)


def check_one(actions: Mapping[str, QAction], group: str, chosen: str) -> None:
    """Check one action of a group and no other."""
    for spec in ACTIONS:
        if spec.group == group:
            actions[spec.id].setChecked(spec.id == chosen)


def set_icons(actions: Mapping[str, QAction], theme: Theme) -> None:
    """Icons in the colour of the text."""
    for spec in ACTIONS:
        if spec.icon:
            actions[spec.id].setIcon(icon(spec.icon, theme.text))
