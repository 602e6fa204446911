"""Changes that a running training takes over between two batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnviz.network.layers import RandomDropping
from cnnviz.project.project import Project
from cnnviz.training.changes import live_fields
from cnnviz.training.modules import SeededDropout
from cnnviz.training.state import TrainingState

Mark = tuple[str, float, float]
"""A parameter, its value from now on, and what it was."""


def changed_live(
    state: TrainingState, running: Project, wanted: Project, live: Sequence[str]
) -> tuple[Project, list[Mark]]:
    """``state``, a training of ``running``, takes over the ``live`` settings of ``wanted``.

    Returns what is trained from now on, and what has changed. Names of nodes are the same in both projects.
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
