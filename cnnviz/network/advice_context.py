"""What advice about a network is found from, and how a warning is made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.network.problems import Fix, Problem, Severity

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer
    from cnnviz.network.report import Facts, Shapes
    from cnnviz.network.shape import Shape


class NodeBefore(NamedTuple):
    """A node that feeds another one."""

    name: str
    layer: Layer


@dataclass(frozen=True)
class AdviceContext:
    """A network with its ``shapes``, as advice looks at it: at used nodes whose output shape is known."""

    network: Network
    shapes: Shapes
    facts: Facts

    @cached_property
    def never_negative(self) -> frozenset[str]:
        """The nodes whose output is never negative, whatever the image."""
        found: set[str] = set()
        for name in self.shapes.used:
            layer = self.network[name]
            if not layer.signed or (layer.keeps_sign and found.issuperset(self.network.inputs[name])):
                found.add(name)
        return frozenset(found)

    def followers(self, name: str) -> list[str]:
        """The nodes that read this node and take part in the result."""
        return [target for target in self.network.outputs[name] if target in self.shapes.taking_part]

    def before(self, name: str) -> NodeBefore | None:
        """The node that feeds this node, if there is exactly one."""
        sources = self.network.inputs[name]
        return NodeBefore(sources[0], self.network[sources[0]]) if len(sources) == 1 else None

    def inputs(self, name: str) -> tuple[Shape, ...]:
        """The shapes of the inputs of a node that has an output."""
        return tuple([shape for shape in self.shapes.nodes[name].inputs if shape is not None])

    def warning(self, name: str, code: str, *fixes: Fix, **values: Any) -> Problem:
        """A warning with the fixes that may remove it."""
        values = {"node": name, "kind": self.network[name].kind, **values}
        return Problem(Severity.WARNING, name, code, values, untried=fixes)
