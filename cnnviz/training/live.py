"""Changes of the recipe, and of dropouts, that a training takes over between two batches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.layers import RandomDropping
from cnnviz.training.changes import compare, live_fields
from cnnviz.training.modules import SeededDropout
from cnnviz.training.schedule import ANNEALED, factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.project.project import Project
    from cnnviz.training.state import TrainingState

Mark = tuple[str, float, float]
"""A setting, its value from now on, and its value before."""


def add_epochs(state: TrainingState, epochs: int, batches: int) -> tuple[float, bool]:
    """Add epochs of so many ``batches`` to a training that is over.

    Returns the rate of the next step, and whether it is above the rate that the schedule ended with.
    """
    state.epochs += epochs
    recipe = state.recipe
    rate = recipe.learning_rate * factor(recipe, state.step, batches) * state.lowered
    return rate, recipe.schedule in ANNEALED and state.step >= recipe.epochs * batches


def changed_live(
    state: TrainingState, running: Project, wanted: Project, live: Sequence[str]
) -> tuple[Project, list[Mark]]:
    """Change the ``live`` settings of ``state``, a training of ``running``, to those of ``wanted``.

    Returns the project that is trained from now on, and what has changed. Ids of nodes are the same in both projects.
    """
    marks: list[Mark] = []
    network = running.network
    for name in network.of_kind(RandomDropping):
        layer = wanted.network[name] if name in wanted.network.nodes else None
        module = state.module._modules.get(name)
        if isinstance(layer, RandomDropping) and isinstance(module, SeededDropout) and layer.p != module.p:
            marks.append((f"{name} p", layer.p, module.p))
            module.p = layer.p
            node = replace(network.nodes[name], layer=layer)
            network = replace(network, nodes={**network.nodes, name: node})
    fields = live_fields(running.recipe)
    recipe = replace(running.recipe, **{name: getattr(wanted.recipe, name) for name in fields})
    marks += [(name, getattr(recipe, name), getattr(running.recipe, name)) for name in fields if name in live]
    for group in state.optimizer.param_groups:
        group["weight_decay"] = recipe.weight_decay
        if recipe.optimizer == "sgd":
            group["momentum"] = recipe.momentum
    state.recipe = recipe
    return replace(running, recipe=recipe, network=network), marks


class LiveChanges:
    """The live changes of one run. Those that no step has been trained with can be taken back."""

    def __init__(self) -> None:
        self._step = -1
        self._before: tuple[Project, int] | None = None
        """The project and the epochs of the run after :attr:`_step`, before the first change there."""

    def take_over(
        self, state: TrainingState, running: Project, wanted: Project, live: Sequence[str]
    ) -> tuple[Project, list[Mark]]:
        """Make changes, as :func:`changed_live` does."""
        if self._before is None or self._step != state.step:
            self._step, self._before = state.step, (running, state.epochs)
        return changed_live(state, running, wanted, live)

    def take_back(self, state: TrainingState, running: Project) -> tuple[Project, list[Mark]]:
        """Take back the changes that ``state``, a training of ``running``, got after its last step.

        Returns the project that was trained with that step, and what has changed.
        """
        before, self._before = self._before, None
        if before is None or self._step != state.step:
            return running, []
        project, state.epochs = before
        return changed_live(state, running, project, compare(running, project).live)
