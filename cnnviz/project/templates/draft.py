"""Builds the network of a template, layer by layer."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cnnviz.network.graph import Edge, GraphError, Network, Node
from cnnviz.network.layers import Input, Layer, Output
from cnnviz.project.layout import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnnviz.network.shape import Shape

IMAGENET_IMAGE: Shape = (3, 224, 224)
IMAGENET_CLASSES = 1000


@dataclass(frozen=True)
class Drawn:
    """A network and its blocks."""

    network: Network
    blocks: Mapping[str, Block] = field(default_factory=dict)


class Draft:
    """A network under construction, which begins with an Input. By default each layer follows the last added one."""

    def __init__(self, start: Input | None = None) -> None:
        self._nodes: dict[str, Node] = {}
        self._edges: set[Edge] = set()
        self._blocks: dict[str, Block] = {}
        self._block: str | None = None
        self.last = ""
        """The id of the layer added last."""
        self.add("input", start or Input())

    @classmethod
    def for_imagenet(cls) -> Draft:
        """A draft for ImageNet's images, normalized by their usual mean and standard deviation."""
        return cls(Input(IMAGENET_IMAGE, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))

    def add(self, name: str, layer: Layer, *sources: str) -> str:
        """Add a layer after ``sources`` (in the order of its ports), or after the last layer; returns its id."""
        if name in self._nodes:
            raise GraphError("duplicate_id", id=name)
        before = sources or ((self.last,) if self._nodes else ())
        self._nodes[name] = Node(name, layer)
        self._edges |= {Edge(source, name, port) for port, source in enumerate(before)}
        if self._block is not None:
            block = self._blocks[self._block]
            self._blocks[block.id] = replace(block, members=block.members | {name})
        self.last = name
        return name

    @contextmanager
    def block(self, name: str, *, folded: bool = True) -> Iterator[None]:
        """Put the layers that are added inside this ``with`` into a block; nested ones make nested blocks."""
        outer, self._block = self._block, f"#{len(self._blocks) + 1}"
        self._blocks[self._block] = Block(self._block, name, frozenset(), outer, folded)
        try:
            yield
        finally:
            self._block = outer

    def finish(self) -> Drawn:
        """Add an Output after the last layer, and return the network."""
        self.add("output", Output())
        return Drawn(Network(self._nodes, frozenset(self._edges)), self._blocks)
