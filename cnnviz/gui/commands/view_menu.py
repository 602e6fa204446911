"""The commands of the menu View."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.commands.window import Window, ask, can_look_into, is_away, is_deep
from cnnviz.gui.panel_spec import At
from cnnviz.gui.panel_table import PANELS
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable


def _open_palette(window: Window) -> None:
    """Open the command palette, which is imported on first use."""
    from cnnviz.gui.shell.command_palette import (
        CommandPalette,
        action_entries,
        damage_entries,
        layer_entries,
        recipe_entries,
    )

    palette = CommandPalette(window.bench.theme, window.bench.window)
    palette.closed.connect(palette.deleteLater)
    project = window.editor.project
    palette.open(
        [
            *action_entries(window.actions_by_id),
            *damage_entries(window.show_damage),
            *recipe_entries(project.recipe, window.top.show_setting),
            *layer_entries(project.network, window.canvas.add, window.canvas.go_to),
        ]
    )


VIEW = QT_TRANSLATE_NOOP("actions", "&View")
_COMMANDS: tuple[ActionSpec[Window], ...] = (
    ActionSpec(
        "commands",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "&Command palette …"),
        _open_palette,
        "Ctrl+K",
    ),
    ActionSpec(
        "build",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "&Build"),
        lambda window: window.arrange("build"),
        "Ctrl+1",
        group="arrangement",
        separated=True,
    ),
    ActionSpec(
        "train_view",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "&Train"),
        lambda window: window.arrange("train_view"),
        "Ctrl+2",
        group="arrangement",
    ),
    ActionSpec(
        "look",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "&Look"),
        lambda window: window.arrange("look"),
        "Ctrl+3",
        group="arrangement",
    ),
    ActionSpec(
        "look_into",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Look i&nto this layer"),
        lambda window: window.middle.look_into(),
        "Ctrl+Return",
        needs=can_look_into,
        separated=True,
        also="Ctrl+Enter",
    ),
    ActionSpec(
        "leave_layer",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Back to the net&work"),
        lambda window: window.middle.to_network(),
        "Ctrl+Backspace",
        needs=is_away,
    ),
    ActionSpec(
        "data",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "The images, and your own …"),
        lambda window: window.data.open(),
    ),
    ActionSpec(
        "sweep",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Swee&p the window along the map"),
        lambda window: window.middle.microscope.bar.sweep.click(),
        "F8",
        needs=is_deep,
    ),
    ActionSpec(
        "pin_map",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "P&in this map, or unpin it"),
        lambda window: window.middle.microscope.pin() if is_deep(window) else window.canvas.menu.open_pins(),
        needs=lambda window: is_deep(window) or can_look_into(window),
        canvas_key="P",
    ),
    ActionSpec(
        "standard",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "&Standard arrangement"),
        lambda window: window.places.standard(),
    ),
    ActionSpec(
        "fit",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "&Fit the network"),
        lambda window: window.canvas.fit(),
        "Ctrl+0",
        separated=True,
    ),
    ActionSpec(
        "zoom_in",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Zoom &in"),
        lambda window: window.canvas.zoom_in(),
        "Ctrl++",
        also="Ctrl+=",
    ),
    ActionSpec(
        "zoom_out",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Zoom &out"),
        lambda window: window.canvas.zoom_out(),
        "Ctrl+-",
        also="Ctrl+_",
    ),
    ActionSpec(
        "actual_size", VIEW, QT_TRANSLATE_NOOP("actions", "&Actual size"), lambda window: window.canvas.actual_size()
    ),
    ActionSpec(
        "system",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Theme of the s&ystem"),
        ask("system"),
        group="theme",
        separated=True,
    ),
    ActionSpec("dark", VIEW, QT_TRANSLATE_NOOP("actions", "&Dark theme"), ask("dark"), group="theme"),
    ActionSpec("light", VIEW, QT_TRANSLATE_NOOP("actions", "Li&ght theme"), ask("light"), group="theme"),
    ActionSpec(
        "next_place",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Next pl&ace"),
        lambda window: window.places.go_on(1),
        "F6",
        separated=True,
    ),
    ActionSpec(
        "previous_place",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "Previous place"),
        lambda window: window.places.go_on(-1),
        "Shift+F6",
    ),
    ActionSpec(
        "full_screen",
        VIEW,
        QT_TRANSLATE_NOOP("actions", "F&ull screen"),
        lambda window: window.toggle_full_screen(),
        "F11",
        separated=True,
    ),
)

_TABS = [spec for spec in PANELS if spec.place in (At.LAYER, At.RUN)]


def _show(identifier: str) -> Callable[[Window], None]:
    return lambda window: window.show_panel(identifier)


VIEW_COMMANDS: tuple[ActionSpec[Window], ...] = (
    *_COMMANDS,
    *(
        ActionSpec(spec.action, VIEW, spec.title, _show(spec.id), separated=spec is _TABS[0], context="panels")
        for spec in _TABS
    ),
)
"""The commands above, and a command for each panel that is a tab."""
