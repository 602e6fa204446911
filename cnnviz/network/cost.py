"""The cost of a layer, from its report alone: parameters, operations, and the memory of its output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.network.report import NodeReport, Shapes

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Cost:
    """The cost of one or more layers.

    ``macs`` are multiply-accumulate operations for one image. ``activation_bytes`` is the memory of the outputs of a
    whole batch in float32; training keeps them for the backward pass, and their gradients take as much again.
    """

    parameters: int = 0
    macs: int = 0
    activation_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters, self.macs + other.macs, self.activation_bytes + other.activation_bytes
        )


def cost(node: NodeReport, batch_size: int) -> Cost:
    """The cost of one node; unknown quantities count as 0."""
    return Cost(node.parameter_count, node.macs, FLOAT_BYTES * batch_size * node.value_count)


def total(report: Shapes, batch_size: int) -> Cost:
    """The cost of all used nodes."""
    return Cost(report.parameters, report.macs, FLOAT_BYTES * batch_size * report.values)
