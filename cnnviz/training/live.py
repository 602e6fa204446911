"""Changes of the recipe, and of dropout rates, that a training adopts between two batches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.network.layers import RandomDropping
from cnnviz.training.changes import compare, live_fields
from cnnviz.training.modules import SeededDropout
from cnnviz.training.schedule import ANNEALED, factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.project.project import Project
    from cnnviz.training.state import TrainingState


class ChangedValue(NamedTuple):
    """A setting that was changed, with its new value and its value before."""

    name: str
    value: float
    before: float


def add_epochs(state: TrainingState, epochs: int, batches: int) -> tuple[float, bool]:
    """Add ``epochs``, each of ``batches``, to a training that has ended.

    Returns the learning rate of the next step, and whether it is above the rate with which the schedule ended.
    """
    state.epochs += epochs
    recipe = state.recipe
    rate = recipe.learning_rate * factor(recipe, state.step, batches) * state.lowered
    return rate, recipe.schedule in ANNEALED and state.step >= recipe.epochs * batches


def changed_live(
    state: TrainingState, running: Project, new: Project, live: Sequence[str]
) -> tuple[Project, list[ChangedValue]]:
    """Change the settings named in ``live`` of ``state``, a training of ``running``, to their values in ``new``.

    Both projects have the same node ids. Returns the project that is trained from now on, and the changes.
    """
    changes: list[ChangedValue] = []
    network = running.network
    for name in network.of_kind(RandomDropping):
        layer = new.network[name] if name in new.network.nodes else None
        module = state.module._modules.get(name)
        if isinstance(layer, RandomDropping) and isinstance(module, SeededDropout) and layer.p != module.p:
            changes.append(ChangedValue(f"{name} p", layer.p, module.p))
            module.p = layer.p
            node = replace(network.nodes[name], layer=layer)
            network = replace(network, nodes={**network.nodes, name: node})
    fields = live_fields(running.recipe)
    recipe = replace(running.recipe, **{name: getattr(new.recipe, name) for name in fields})
    changes += [
        ChangedValue(name, getattr(recipe, name), getattr(running.recipe, name)) for name in fields if name in live
    ]
    for group in state.optimizer.param_groups:
        group["weight_decay"] = recipe.weight_decay
        if recipe.optimizer == "sgd":
            group["momentum"] = recipe.momentum
    state.recipe = recipe
    return replace(running, recipe=recipe, network=network), changes


class LiveChanges:
    """The live changes of one run. Changes since the last step can be undone: no step was trained with them."""

    def __init__(self) -> None:
        self._step = -1
        self._before: tuple[Project, int] | None = None
        """The project and the number of epochs at :attr:`_step`, before the first change there."""

    def apply(
        self, state: TrainingState, running: Project, new: Project, live: Sequence[str]
    ) -> tuple[Project, list[ChangedValue]]:
        """Make the changes of :func:`changed_live`, and remember the project before them."""
        if self._before is None or self._step != state.step:
            self._step, self._before = state.step, (running, state.epochs)
        return changed_live(state, running, new, live)

    def revert(self, state: TrainingState, running: Project) -> tuple[Project, list[ChangedValue]]:
        """Undo the changes that ``state``, a training of ``running``, got after its last step.

        Returns the project that was trained in that step, and the changes back to it.
        """
        before, self._before = self._before, None
        if before is None or self._step != state.step:
            return running, []
        project, state.epochs = before
        return changed_live(state, running, project, compare(running, project).live)
