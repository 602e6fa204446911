"""The content of the Code panel, computed from the network. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.code.write.source import Source, SourceError
    from cnnviz.network.graph import Network
    from cnnviz.network.problems import Problem
    from cnnviz.network.report import Report
    from cnnviz.settings import Framework


@dataclass(frozen=True)
class State:
    """The ``source`` of a network in a framework, or why there is none.

    ``hindrance`` is an error of the network that prevents any source; ``refusal`` says which layer the framework lacks.
    """

    network: Network
    framework: Framework
    hindrance: Problem | None
    source: Source | None = None
    refusal: SourceError | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """The nodes that the source does not contain, because they are on no path from the Input to the Output."""
        names = () if self.source is None else self.source.names
        return tuple(name for name in self.network.order if name not in names)


def state(network: Network, report: Report, framework: Framework, before: State | None) -> State:
    """The content for a network; ``before`` itself, the last content, if nothing has changed."""
    # imported here, so that a window whose code is never shown opens sooner
    from cnnviz.code.write.source import SourceError, hindrance

    problem = hindrance(report)
    if before is not None and (before.network, before.framework, before.hindrance) == (network, framework, problem):
        return before
    if problem is not None:
        return State(network, framework, problem)
    try:
        return State(network, framework, None, _written(network, report, framework))
    except SourceError as error:
        return State(network, framework, None, refusal=error)


def _written(network: Network, report: Report, framework: Framework) -> Source:
    if framework == "keras":
        from cnnviz.code.write.keras import keras_source

        return keras_source(network, report)
    from cnnviz.code.write.pytorch import pytorch_source

    return pytorch_source(network, report)
