"""One line of Keras source, and the node whose layer it writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnviz.code.write.source import SourceError

if TYPE_CHECKING:
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape
    from cnnviz.sentence import Sentence

Application = Literal["alone", "twice", "many", "expression"]


@dataclass(frozen=True)
class Step:
    """One line of Keras source.

    ``application`` says how ``text`` gets its input. It is a layer that is called with the input, with the input
    ``twice``, or with a list of ``many``; or it is an ``expression`` with ``{x}`` for the input, which is not possible
    in a Sequential.
    """

    text: str
    application: Application = "alone"


@dataclass(frozen=True)
class Spot:
    """The node of a layer, with its input and output shapes (C, H, W).

    ``reordered`` is True if a vector made from maps must have PyTorch's order, channel by channel.
    """

    node: str
    inputs: tuple[Shape, ...]
    output: Shape
    reordered: bool = False

    @property
    def name(self) -> tuple[object, object]:
        """The option ``name``, value and default, with the id of the node."""
        return self.node, None

    def part(self, what: str) -> tuple[object, object]:
        """The option ``name`` for an auxiliary layer. It contains a dot, so it is not the id of a node."""
        return f"{self.node}.{what}", None


Written = Iterable[Step | str]
"""The lines of a layer. A string is a step that is called with the input alone."""


def lacks(spot: Spot, layer: Layer, what: str | Sentence) -> SourceError:
    """The error for a layer that Keras has, but not with ``what``."""
    return SourceError("no_match_with", spot.node, kind=layer.kind, what=what)
