"""What a change of the project means for a run that has begun."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnviz.network.graph import Network, Node
from cnnviz.network.layers import RandomDropping
from cnnviz.project.project import Project
from cnnviz.project.recipe import AUGMENTATIONS, Recipe

ALWAYS_LIVE = (
    "learning_rate",
    "weight_decay",
    "epochs",
    "label_smoothing",
    "clip_norm",
    "patience",
    *AUGMENTATIONS,
)


def live_fields(recipe: Recipe) -> tuple[str, ...]:
    """Numbers of the recipe that a running training takes over at once.

    Momentum is one of them but for RMSprop, which remembers steps only where it had some from the start.
    """
    return ALWAYS_LIVE if recipe.optimizer == "rmsprop" else (*ALWAYS_LIVE, "momentum")


@dataclass(frozen=True)
class Change:
    """``live`` names the settings that can change while training goes on (``fc1 p`` for a dropout); ``restart`` is True
    where something else differs, so that the run goes on with the old project until it is started over."""

    live: tuple[str, ...]
    restart: bool


def compare(old: Project, new: Project) -> Change:
    """What differs between the project of a run and another one; where nodes stand never matters."""
    fields = live_fields(old.recipe)
    live = [name for name in fields if getattr(old.recipe, name) != getattr(new.recipe, name)]
    live += [f"{name} p" for name in _dropouts(old.network, new.network)]
    fixed = replace(new.recipe, **{name: getattr(old.recipe, name) for name in fields})
    restart = (
        fixed != old.recipe or new.dataset != old.dataset or _without_rates(old.network) != _without_rates(new.network)
    )
    return Change(tuple(live), restart)


def changed_nodes(old: Network, new: Network) -> frozenset[str]:
    """The nodes of ``new`` that are not in ``old``, or are there with another layer or other inputs."""
    return frozenset(
        name
        for name, node in new.nodes.items()
        if name not in old.nodes or old.nodes[name] != node or old.inputs[name] != new.inputs[name]
    )


def _dropouts(old: Network, new: Network) -> list[str]:
    return [
        name
        for name in new.of_kind(RandomDropping)
        if name in old.nodes and old[name].kind == new[name].kind and old[name] != new[name]
    ]


def _without_rates(network: Network) -> Network:
    nodes = {
        name: Node(name, replace(node.layer, p=0.5)) if isinstance(node.layer, RandomDropping) else node
        for name, node in network.nodes.items()
    }
    return replace(network, nodes=nodes)
