"""The names of layers and settings for notices and for the marks on curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.language import text
from cnnviz.project.recipe import SETTINGS
from cnnviz.training.changes import changed_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.network.graph import Network
    from cnnviz.project.project import Project

MOST_NAMES = 5
"""At most this many layers are named in a notice; the tooltip of its button names all."""


def changed_between(before: Project, after: Project) -> str:
    """The layers and settings that differ between two projects, the layers in the order of the networks."""
    layers = [*_changed_in_order(before.network, after.network), *_changed_in_order(after.network, before.network)]
    settings = [
        text(setting.parameter.title)
        for name, setting in SETTINGS.items()
        if getattr(before.recipe, name) != getattr(after.recipe, name)
    ]
    return listed([*dict.fromkeys(layers), *settings])


def _changed_in_order(old: Network, new: Network) -> list[str]:
    changed = changed_nodes(old, new)
    return [name for name in new.order if name in changed]


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """At most the ``most`` first names, and the number of the others."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" + {rest}" if rest > 0 else "")
