"""The order in which a network is computed: as drawn, or rewritten to the same result with less work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers import MaxPool2d, Output, ReLU

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.graph import Network


@dataclass(frozen=True)
class Step:
    """One module to run: that of node ``name``, on the values of ``sources``; ``done`` are read for the last time."""

    name: str
    sources: tuple[str, ...]
    done: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Steps in order; the result is the value of ``result``."""

    steps: tuple[Step, ...]
    result: str


def as_drawn(network: Network, used: tuple[str, ...]) -> Plan:
    """Every node that takes part, after those that feed it; the value of a node is what the drawing says."""
    return _plan({name: network.inputs[name] for name in used}, network, used)


def pool_first(network: Network, used: tuple[str, ...]) -> Plan:
    """Max-pooling before ReLU where it is drawn after it, so that ReLU touches only the values that are left.

    Both orders give the same bits, forward and backward: the largest value of a window is the same before and after
    ReLU where it is above 0, and where it is not ReLU lets neither a value nor a gradient through. That holds when
    nothing else reads ReLU's output, and for ReLU alone. The values of the two nodes are not those of the drawing.
    """
    sources = {name: network.inputs[name] for name in used}
    moved = behind_pools(network, used)
    after = {pool: relu for relu, pool in moved.items()}
    feeding = {name: tuple(after.get(source, source) for source in sources[name]) for name in used}
    order: list[str] = []
    for name in used:
        if name in moved:
            continue
        order.append(name)
        if name in after:
            relu = after[name]
            feeding[name], feeding[relu] = feeding[relu], (name,)
            order.append(relu)
    return _plan({name: feeding[name] for name in order}, network, used)


def behind_pools(network: Network, used: tuple[str, ...]) -> dict[str, str]:
    """The ReLUs that :func:`pool_first` computes after max-pooling, each with its pool."""
    taking_part = frozenset(used)
    moved: dict[str, str] = {}
    for pool in network.of_kind(MaxPool2d):
        if pool in taking_part:
            (relu,) = network.inputs[pool]
            readers = [name for name in network.outputs[relu] if name in taking_part]
            if isinstance(network[relu], ReLU) and readers == [pool]:
                moved[relu] = pool
    return moved


def _plan(sources: Mapping[str, tuple[str, ...]], network: Network, used: tuple[str, ...]) -> Plan:
    last_reader = {source: name for name in sources for source in sources[name]}
    done: dict[str, list[str]] = {name: [] for name in sources}
    for source, reader in last_reader.items():
        done[reader].append(source)
    steps = tuple(Step(name, sources[name], tuple(done[name])) for name in sources)
    return Plan(steps, next(name for name in used if isinstance(network[name], Output)))
