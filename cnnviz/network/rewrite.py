"""The order in which a network is computed: as drawn, or rewritten for less work with the same result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers import MaxPool2d, Output, ReLU

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.graph import Network


@dataclass(frozen=True)
class Step:
    """Run the module of node ``name`` on the values of ``sources``. The values of ``done`` are not needed
    afterwards."""

    name: str
    sources: tuple[str, ...]
    done: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The steps in order; the value of the node ``result`` is the result."""

    steps: tuple[Step, ...]
    result: str

    def until(self, name: str) -> Plan:
        """The part of the plan that ends with the node ``name``, whose value is the result."""
        last = next(at for at, step in enumerate(self.steps) if step.name == name)
        return Plan(self.steps[: last + 1], name)


def as_drawn(network: Network, used: tuple[str, ...]) -> Plan:
    """The plan that runs the used nodes as drawn, in topological order."""
    return _plan({name: network.inputs[name] for name in used}, network, used)


def pool_first(network: Network, used: tuple[str, ...]) -> Plan:
    """Run a max-pooling that is drawn after a ReLU before it, so that ReLU has fewer values to compute.

    Both orders give the same bits, forward and backward. If the largest value of a window is above 0, ReLU does not
    change it; if not, ReLU lets neither a value nor a gradient pass. This holds for ReLU alone, and only if nothing
    else reads its output. The values of the two nodes are not those in the drawing.
    """
    sources = {name: network.inputs[name] for name in used}
    moved = behind_pools(network, used)
    after = {pool: relu for relu, pool in moved.items()}
    # what reads a pooling reads the ReLU that then follows it
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
    """The ReLUs that :func:`pool_first` runs after a max-pooling, each with that pooling."""
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
