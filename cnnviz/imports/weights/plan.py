"""What goes where: the frozen plan by which the weights of a file become those of a network."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.imports.weights.stored import StoredTensor
    from cnnviz.network.shape import Shape
    from cnnviz.sentence import Sentence


class Found(Enum):
    """How a tensor of the file was matched with a layer."""

    NAME = "name"
    ORDER = "order"


@dataclass(frozen=True)
class Pair:
    """``stored``, a tensor of the file, becomes ``tensor`` of ``node``, of ``shape``; the values stay in their order
    where its shape in the file differs."""

    stored: StoredTensor
    node: str
    tensor: str
    shape: Shape
    found: Found

    @property
    def key(self) -> str:
        """The name of the tensor in the network."""
        return f"{self.node}.{self.tensor}"


@dataclass(frozen=True)
class LeftOver:
    """A tensor of the file that the network does not use, and why."""

    stored: StoredTensor
    reason: Sentence


@dataclass(frozen=True)
class Unfilled:
    """A tensor of the network that the file does not have. It becomes ``value``, or is initialized if that is None."""

    node: str
    tensor: str
    shape: Shape
    reason: Sentence
    value: float | None = None

    @property
    def key(self) -> str:
        """The name of the tensor in the network."""
        return f"{self.node}.{self.tensor}"


@dataclass(frozen=True)
class Head:
    """The last layer of the network, for ``network_classes``, and ``layer`` of the file, the same for ``file_classes``.

    ``setting`` is the setting of the layer that is the number of classes.
    """

    node: str
    layer: str
    network_classes: int
    file_classes: int
    setting: str


@dataclass(frozen=True)
class Plan:
    """The matches of a file and a network.

    ``head`` is there if the last layers of both differ in the number of classes only: it is initialized then, unless
    the network takes the file's number of classes.
    """

    pairs: tuple[Pair, ...]
    left_over: tuple[LeftOver, ...]
    unfilled: tuple[Unfilled, ...]
    head: Head | None
    notes: tuple[Sentence, ...] = ()

    @property
    def tensors(self) -> int:
        """The number of tensors in the file."""
        return len(self.pairs) + len(self.left_over)

    @property
    def nodes(self) -> frozenset[str]:
        """The layers that get weights from the file."""
        return frozenset(pair.node for pair in self.pairs)

    @property
    def missing(self) -> tuple[Unfilled, ...]:
        """The tensors that are initialized, because the file has nothing for them."""
        return tuple(part for part in self.unfilled if part.value is None)
