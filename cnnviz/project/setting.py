"""The fields of a recipe as data: besides limits and help, each has its page in the form and when a run adopts it.

A new field of the recipe is one line in :class:`cnnviz.project.recipe.Recipe`: form, file checks, live changes and
texts follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from cnnviz.parameters import Parameter

Part = Literal["steps", "course", "augmentation"]
"""The page of the form that a setting is on."""

Adoption = Literal["live", "continued", "restart"]
"""When a run adopts a change of a setting: at once, when the run is continued with the change, or never, so that the
run has to be started over."""

Condition = Callable[[Any], bool]
"""A function of a recipe. The type Recipe is not known here, because it is made of settings."""


def always(_: object) -> bool:
    """True for every recipe."""
    return True


@dataclass(frozen=True)
class Setting:
    """One field of a recipe.

    ``used`` says in which recipes the field has an effect; forms hide it in the others. A "live" setting is adopted at
    once only in recipes for which ``live_in`` is true, else when a run is continued.
    """

    parameter: Parameter
    part: Part
    adopted: Adoption = "restart"
    used: Condition = always
    live_in: Condition = always

    def adopted_in(self, recipe: object) -> Adoption:
        """When a run with this recipe adopts a change of the setting."""
        return "continued" if self.adopted == "live" and not self.live_in(recipe) else self.adopted


def setting(
    entry: Any, part: Part, adopted: Adoption = "restart", used: Condition = always, live_in: Condition = always
) -> Any:
    """A dataclass field for a recipe; ``entry`` is a field made by :mod:`cnnviz.parameters`."""
    metadata = {**entry.metadata, "setting": Setting(entry.metadata["parameter"], part, adopted, used, live_in)}
    return field(default=entry.default, metadata=metadata)
