"""The fields of a recipe as data: beside its limits and its help each says where it is entered and when a run takes it.

A new field of the recipe is one line in :class:`cnnviz.project.recipe.Recipe`: its form, the check of files, live
changes and the texts follow from what it says here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from cnnviz.parameters import Parameter

Part = Literal["steps", "course", "augmentation"]
"""The page of the form that a setting is on."""

Taken = Literal["live", "continued", "restart"]
"""When a run takes over a change of a setting: at once, when it is continued with the change, or never, so that it has
to be started over."""

Condition = Callable[[Any], bool]
"""Whether something holds in a recipe. Recipes are made of settings, so their type is not known here."""


def always(_: object) -> bool:
    """In every recipe."""
    return True


@dataclass(frozen=True)
class Setting:
    """One field of a recipe. ``used`` tells in which recipes it has an effect; forms hide it in the others.

    A setting that is "live" is taken over at once only in recipes that are ``live_in``, else when a run is continued.
    """

    parameter: Parameter
    part: Part
    taken: Taken = "restart"
    used: Condition = always
    live_in: Condition = always

    def taken_in(self, recipe: object) -> Taken:
        """When a run with this recipe takes over a change of the setting."""
        return "continued" if self.taken == "live" and not self.live_in(recipe) else self.taken


def setting(
    entry: Any, part: Part, taken: Taken = "restart", used: Condition = always, live_in: Condition = always
) -> Any:
    """The field of a recipe; ``entry`` is one of :mod:`cnnviz.parameters`."""
    one = Setting(entry.metadata["parameter"], part, taken, used, live_in)
    return field(default=entry.default, metadata={**entry.metadata, "setting": one})
