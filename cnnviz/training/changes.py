"""What an edit of the project means for a run that has begun. No torch: the window tells it before the edit is used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from cnnviz.network.freezing import with_frozen
from cnnviz.network.graph import Edge, Network
from cnnviz.network.layers import RandomDropping
from cnnviz.network.pairing import pairing
from cnnviz.project.recipe import SETTINGS, Recipe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cnnviz.network.report import Report
    from cnnviz.network.shape import Shape
    from cnnviz.project.project import Project


@lru_cache(maxsize=16)
def live_fields(recipe: Recipe) -> tuple[str, ...]:
    """The fields of the recipe that a running training adopts at once."""
    return tuple(name for name, each in SETTINGS.items() if each.adopted_in(recipe) == "live")


@lru_cache(maxsize=16)
def continued_fields(recipe: Recipe) -> tuple[str, ...]:
    """The fields of the recipe that a run adopts when it is continued with a change.

    Others, such as seed, batch size and precision, cannot change during a run.
    """
    return tuple(name for name, each in SETTINGS.items() if each.adopted_in(recipe) == "continued")


@dataclass(frozen=True)
class Change:
    """What an edit means for a run.

    ``live`` names the settings that training adopts at once (``fc1 p`` is the rate of a dropout). ``renamed`` is True
    if names of layers differ and nothing else of the network; this changes nothing that is computed. ``refrozen`` is
    True if other layers are frozen, which training adopts at once too. ``restart`` is True if anything else differs:
    the run goes on with the old project until it is started over, or, if ``continuable``, continued with the edit.
    """

    live: tuple[str, ...]
    restart: bool
    renamed: bool
    continuable: bool
    refrozen: bool = False

    @property
    def relabelled(self) -> bool:
        """Whether nodes differ in a way that needs no new weights: by their names, or because they are frozen."""
        return self.renamed or self.refrozen


def compare(old: Project, new: Project) -> Change:
    """The change from ``old``, the project of a run, to ``new``. Positions of nodes are ignored."""
    fields = live_fields(old.recipe)
    live = [name for name in fields if getattr(old.recipe, name) != getattr(new.recipe, name)]
    unchanged = _unlabelled(old.network) == _unlabelled(new.network)
    same = same_layers(old.network, new.network)
    names = pairing(old.network, new.network) if same else {}
    live += [f"{name} p" for name in _dropouts(old.network, new.network, names)]
    refrozen = any(new.network.nodes[name].frozen != old.network.nodes[source].frozen for name, source in names.items())
    without_live = replace(new.recipe, **{name: getattr(old.recipe, name) for name in fields})
    restart = without_live != old.recipe or new.dataset != old.dataset or not same
    continued = continued_fields(old.recipe)
    without_continued = replace(without_live, **{name: getattr(old.recipe, name) for name in continued})
    continuable = restart and without_continued == old.recipe and new.dataset == old.dataset
    return Change(tuple(live), restart, same and not unchanged, continuable, refrozen)


def same_layers(old: Network, new: Network) -> bool:
    """Whether two networks have the same layers and connections; their names, dropout rates and what is frozen may
    differ."""
    before, after = _unlabelled(old), _unlabelled(new)
    return before == after or relabelled(before, after) == after


def relabelled(old: Network, new: Network) -> Network | None:
    """``old`` with the ids that its nodes have in ``new``, and with the same ones frozen; None if ``new`` has more or
    fewer nodes."""
    names = {source: name for name, source in pairing(old, new).items()}
    if names.keys() != old.nodes.keys() or len(new.nodes) != len(old.nodes):
        return None
    targets = {source: new.nodes[name] for source, name in names.items()}
    if all(target.id == source and target.frozen == old.nodes[source].frozen for source, target in targets.items()):
        return old
    nodes = {
        targets[name].id: replace(node, id=targets[name].id, origin=targets[name].origin, frozen=targets[name].frozen)
        for name, node in old.nodes.items()
    }
    return Network(nodes, frozenset(Edge(names[edge.source], names[edge.target], edge.port) for edge in old.edges))


def changed_nodes(old: Network, new: Network) -> frozenset[str]:
    """The nodes of ``new`` that are not in ``old``, or are there with another layer or other inputs."""
    names = pairing(old, new)

    def unchanged(name: str) -> bool:
        inputs = tuple(names.get(source) for source in new.inputs[name])
        return name in names and old[names[name]] == new[name] and old.inputs[names[name]] == inputs

    return frozenset(name for name in new.nodes if not unchanged(name))


@dataclass(frozen=True)
class Learned:
    """A layer that has parameters or buffers.

    ``node`` is its id, ``identity`` the id that it was created with. ``tensors`` are the names and shapes of its
    parameters and buffers.
    """

    node: str
    identity: str
    kind: str
    tensors: tuple[tuple[str, Shape], ...]

    def fits(self, other: Learned) -> bool:
        """Whether ``other`` can use the tensors of this layer: kind, names and shapes must be equal."""
        return (self.kind, self.tensors) == (other.kind, other.tensors)


def learned(network: Network, report: Report) -> dict[str, Learned]:
    """The layers between Input and Output that have parameters or buffers, by id."""
    found = {}
    for name in report.used:
        node = report.nodes[name]
        if node.parameters or node.buffers:
            tensors = tuple(sorted({**node.parameters, **node.buffers}.items()))
            found[name] = Learned(name, network.nodes[name].identity, network[name].kind, tensors)
    return found


@dataclass(frozen=True)
class Continuation:
    """Where each layer with parameters gets its weights when a run goes on with another network.

    Keys are ids in the new network. ``kept`` layers keep their weights; the values are their ids in the old network.
    ``recalled`` layers get the weights that they had when an earlier change dropped them. ``new`` layers start with the
    initial weights of the recipe's seed.
    """

    kept: Mapping[str, str]
    recalled: Mapping[str, Learned]
    new: tuple[str, ...]

    @property
    def count(self) -> int:
        """All layers with parameters."""
        return len(self.kept) + len(self.recalled) + len(self.new)


def continuation(
    old: Network, old_report: Report, new: Network, new_report: Report, dropped: Collection[Learned] = ()
) -> Continuation:
    """Decide where each layer gets its weights when training of ``old`` goes on with ``new``.

    ``dropped`` are the layers that earlier changes took away, the newest last.
    """
    before, after, names = learned(old, old_report), learned(new, new_report), pairing(old, new)
    kept: dict[str, str] = {}
    recalled: dict[str, Learned] = {}
    for name, each in after.items():
        source = before.get(names.get(name, ""))
        if source is not None and source.fits(each):
            kept[name] = source.node
            continue
        fitting = [layer for layer in dropped if layer.fits(each) and layer not in recalled.values()]
        same_id = [layer for layer in fitting if layer.node == name]
        same_identity = [layer for layer in fitting if layer.identity == each.identity]
        if candidates := same_id or same_identity:
            recalled[name] = candidates[-1]
    return Continuation(kept, recalled, tuple(name for name in after if name not in kept and name not in recalled))


class LayerChange(Enum):
    """What is marked at a layer that differs from the network of a run, or that starts new if the run goes on with it.

    ``NEW`` layers start with initial weights, ``KEPT`` layers keep their weights or get earlier ones back, ``BARE``
    layers have none. ``UNPLANNED``: the run cannot go on with the network.
    """

    NEW = "new"
    KEPT = "kept"
    BARE = "bare"
    UNPLANNED = "unplanned"


def layer_changes(changed: Collection[str], plan: Continuation | None) -> dict[str, LayerChange]:
    """The marks of all layers in ``changed`` and of those that start new; ``plan`` is None if the run cannot go on."""
    if plan is None:
        return dict.fromkeys(changed, LayerChange.UNPLANNED)
    kept = {*plan.kept, *plan.recalled}
    marks = {name: LayerChange.KEPT if name in kept else LayerChange.BARE for name in changed}
    return marks | dict.fromkeys(plan.new, LayerChange.NEW)


def strongest_change(changes: Mapping[str, LayerChange], names: Iterable[str]) -> LayerChange | None:
    """The mark of several layers together: ``NEW`` if any of them starts new, else that of the first marked one."""
    marked = [changes[name] for name in names if name in changes]
    return LayerChange.NEW if LayerChange.NEW in marked else next(iter(marked), None)


def _dropouts(old: Network, new: Network, names: Mapping[str, str]) -> list[str]:
    """The dropouts of ``new`` whose rate differs from that in ``old``; ``names`` maps their ids to those in ``old``."""
    found = []
    for name in new.of_kind(RandomDropping):
        source = names.get(name, name)
        if source in old.nodes and old[source].kind == new[name].kind and old[source] != new[name]:
            found.append(name)
    return found


def _unlabelled(network: Network) -> Network:
    """The network with the same rate in all dropouts and nothing frozen, so that only other differences remain."""
    nodes = {
        name: replace(node, layer=replace(node.layer, p=0.5)) if isinstance(node.layer, RandomDropping) else node
        for name, node in with_frozen(network, network.frozen, False).nodes.items()
    }
    return replace(network, nodes=nodes)
