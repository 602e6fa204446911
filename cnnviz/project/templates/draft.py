"""Networks written down layer by layer."""

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
    """A network, and which of its layers are drawn as one."""

    network: Network
    blocks: Mapping[str, Block] = field(default_factory=dict)


class Draft:
    """A network that grows from its Input; each layer follows the one added last, unless it is told what to follow."""

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
        """A network for ImageNet's images, normalized by the mean and deviation that are usual for them."""
        return cls(Input(IMAGENET_IMAGE, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))

    def add(self, name: str, layer: Layer, *sources: str) -> str:
        """A layer behind ``sources`` (in the order of its ports), or behind the last one; returns its id."""
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
        """Layers that are added meanwhile stand in a block of this name, and that in the one around it."""
        outer, self._block = self._block, f"#{len(self._blocks) + 1}"
        self._blocks[self._block] = Block(self._block, name, frozenset(), outer, folded)
        try:
            yield
        finally:
            self._block = outer

    def finish(self) -> Drawn:
        """The network, with an Output behind the last layer."""
        self.add("output", Output())
        return Drawn(Network(self._nodes, frozenset(self._edges)), self._blocks)
