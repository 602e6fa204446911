"""Which layers of a new run begin with what another run has learned. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.data.catalogue import describe
from cnnviz.network.check import examine
from cnnviz.network.freezing import with_frozen
from cnnviz.network.layers import Output
from cnnviz.training.changes import Continuation, continuation, learned
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project


def inheritance(old: Project, new: Project, report: Report | None = None) -> Continuation:
    """Where each layer of ``new`` gets its weights if its run begins with what a run of ``old`` has learned.

    A layer takes over the weights of the same node if kind and shapes are equal. If the classes of the two datasets
    differ, the last layers with weights start new: they tell other classes apart. ``report`` is that of ``new``.
    """
    report = report or examine(new.network, facts_of_data(new))
    plan = continuation(old.network, examine(old.network, facts_of_data(old)), new.network, report)
    if describe(old.dataset).classes == describe(new.dataset).classes:
        return plan
    last = heads(new.network, report)
    kept = {name: source for name, source in plan.kept.items() if name not in last}
    return Continuation(kept, {}, tuple(name for name in learned(new.network, report) if name not in kept))


def heads(network: Network, report: Report) -> frozenset[str]:
    """The last layers with weights: those that lead to the Output through layers without weights."""
    with_weights = learned(network, report)
    found: set[str] = set()
    waiting = list(network.of_kind(Output))
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        if name in with_weights:
            found.add(name)
            continue
        following = [source for source in network.inputs[name] if source not in seen]
        seen.update(following)
        waiting += following
    return frozenset(found)


def only_new_trained(network: Network, plan: Continuation) -> Network:
    """The network with the layers frozen that keep what they have learned, and all others trained."""
    return with_frozen(with_frozen(network, plan.new, False), (*plan.kept, *plan.recalled))
