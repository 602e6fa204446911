"""The commands of the menu Past."""

from __future__ import annotations

from cnnviz.gui.actions import ActionSpec
from cnnviz.gui.commands.window import Window, has_moments, shows_moment, shows_past
from cnnviz.gui.translation import QT_TRANSLATE_NOOP

PAST = QT_TRANSLATE_NOOP("actions", "&Past")


def _name(window: Window) -> None:
    """Ask for the name of the moment that the window shows."""
    step = window.bench.past.step
    if step is not None:
        window.show_panel("curves")
        window.curves.moments.edit_name(step)


def _pin(window: Window) -> None:
    """Pin or unpin the moment that the window shows."""
    step = window.bench.past.step
    if step is not None:
        window.bench.moments.toggle_pin(step)


PAST_COMMANDS: tuple[ActionSpec[Window], ...] = (
    ActionSpec(
        "replay",
        PAST,
        QT_TRANSLATE_NOOP("actions", "&Replay or pause"),
        lambda window: window.bench.replay.toggle(),
        "F7",
        "replay",
        needs=has_moments,
    ),
    ActionSpec(
        "earlier",
        PAST,
        QT_TRANSLATE_NOOP("actions", "&Earlier moment"),
        lambda window: window.bench.past.move(-1),
        "Shift+F7",
        needs=has_moments,
        separated=True,
    ),
    ActionSpec(
        "later",
        PAST,
        QT_TRANSLATE_NOOP("actions", "&Later moment"),
        lambda window: window.bench.past.move(1),
        "Ctrl+F7",
        needs=shows_past,
    ),
    ActionSpec(
        "now", PAST, QT_TRANSLATE_NOOP("actions", "&Now"), lambda window: window.bench.past.now(), needs=shows_past
    ),
    ActionSpec(
        "name_moment",
        PAST,
        QT_TRANSLATE_NOOP("actions", "Na&me this moment …"),
        _name,
        needs=shows_moment,
        separated=True,
    ),
    ActionSpec("pin_moment", PAST, QT_TRANSLATE_NOOP("actions", "P&in or unpin this moment"), _pin, needs=shows_moment),
    ActionSpec(
        "film",
        PAST,
        QT_TRANSLATE_NOOP("actions", "&Film strip of the filter"),
        lambda window: window.open_film(),
        needs=has_moments,
        separated=True,
    ),
    ActionSpec(
        "save_replay",
        PAST,
        QT_TRANSLATE_NOOP("actions", "&Save the replay of the network …"),
        lambda window: window.save_replay("network"),
        needs=has_moments,
    ),
    ActionSpec(
        "save_replay_layer",
        PAST,
        QT_TRANSLATE_NOOP("actions", "Save the replay of the &layer …"),
        lambda window: window.save_replay("layer"),
        needs=has_moments,
    ),
)
