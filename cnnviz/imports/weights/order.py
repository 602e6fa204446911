"""Matches the layers of a file and of a network by order and shape, where their names say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnnviz.imports.weights.naming import StoredLayer


class Fitting(Protocol):
    """A layer of the network."""

    @property
    def node(self) -> str:
        """Its id."""
        ...

    def fits(self, layer: StoredLayer) -> bool:
        """Whether it has the shapes of a layer in the file."""
        ...


def ordered_pairs(
    layers: Sequence[StoredLayer], targets: Sequence[Fitting], named: Mapping[str, str], computed: Sequence[str]
) -> dict[str, str]:
    """The node of each layer of the file that order and shapes make certain, by the name of the layer.

    ``named`` are the pairs that are known. ``targets`` are in the order in which the nodes were made, ``computed`` are
    their ids in the order of the computation; where the two orders lead to different pairs, nothing is certain.
    """
    by_id = {target.node: target for target in targets}
    pairs = _in_runs(layers, targets, named)
    along = _in_runs(layers, [by_id[node] for node in computed], named)
    found = {name: node for name, node in pairs.items() if along.get(name, node) == node}
    found |= {name: node for name, node in along.items() if name not in pairs and node not in found.values()}
    taken = {**named, **found}
    free = [target for target in targets if target.node not in taken.values()]
    rest = [layer for layer in layers if layer.name not in taken]
    return found | _only_ones(rest, free)


def counterparts(layers: Sequence[StoredLayer], targets: Sequence[Fitting], known: Mapping[str, str]) -> dict[str, str]:
    """The node in the place of each layer of the file that stands alone between ``known`` pairs, of any shape."""
    return _in_runs(layers, targets, known, lambda run, between: len(run) == len(between) == 1)


def _same_shapes(run: Sequence[StoredLayer], between: Sequence[Fitting]) -> bool:
    return len(run) == len(between) and all(target.fits(layer) for layer, target in zip(run, between, strict=True))


def _in_runs(
    layers: Sequence[StoredLayer],
    targets: Sequence[Fitting],
    known: Mapping[str, str],
    alike: Callable[[Sequence[StoredLayer], Sequence[Fitting]], bool] = _same_shapes,
) -> dict[str, str]:
    """Pairs of layers that stand in runs between ``known`` pairs, if the two sides of a run are ``alike``."""
    places = {target.node: place for place, target in enumerate(targets)}
    taken = frozenset(known.values())
    found: dict[str, str] = {}
    run: list[StoredLayer] = []
    begin = 0
    for layer in [*layers, None]:
        if layer is not None and layer.name not in known:
            run.append(layer)
            continue
        end = len(targets) if layer is None else places[known[layer.name]]
        between = [target for target in targets[begin:end] if target.node not in taken]
        if run and alike(run, between):
            found |= {layer.name: target.node for layer, target in zip(run, between, strict=True)}
        # a known layer may stand nearer to the Input than the known layer before it in the file
        begin, run = max(begin, end + 1), []
    return found


def _only_ones(layers: Sequence[StoredLayer], targets: Sequence[Fitting]) -> dict[str, str]:
    """Pairs of layers that fit each other and nothing else."""
    found = {}
    for layer in layers:
        alike = [target for target in targets if target.fits(layer)]
        if len(alike) == 1 and sum(alike[0].fits(other) for other in layers) == 1:
            found[layer.name] = alike[0].node
    return found
