"""The names of layers and settings for notices and for the marks on curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.language import text
from cnnviz.project.recipe import SETTINGS
from cnnviz.training.changes import changed_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.project.project import Project

MOST_NAMES = 5
"""At most this many layers are named in a notice; the tooltip of its button names all."""


def changed_between(before: Project, after: Project) -> str:
    """The layers and settings that differ between two projects."""
    layers = [*changed_nodes(before.network, after.network), *changed_nodes(after.network, before.network)]
    settings = [
        text(setting.parameter.title)
        for name, setting in SETTINGS.items()
        if getattr(before.recipe, name) != getattr(after.recipe, name)
    ]
    return listed([*dict.fromkeys(layers), *settings])


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """At most the ``most`` first names, and the number of the others."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" + {rest}" if rest > 0 else "")
