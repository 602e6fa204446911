"""Parts of the tensors of a traced network: storage, views, the number of images, and one image of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnviz.code.read.follow.machine import FrameworkValue
from cnnviz.code.read.follow.values import MISSING, Value, no_counterpart
from cnnviz.network.layers import ChannelShuffle

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.machine import Machine
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape


class Batch(FrameworkValue):
    """The number of images in a batch, which is not known."""


BATCH = Batch()


@dataclass(frozen=True, eq=False)
class Move:
    """A view of a tensor: ``to`` is its new shape, or, for a permutation, the old axis of each new one.

    A mean over one axis of maps is a Move too, until the mean over the other axis follows.
    """

    kind: Literal["view", "permute", "mean"]
    to: tuple[int, ...]
    node: ast.AST


@dataclass(eq=False)
class Storage:
    """The values of a tensor and of all views of it: the step of the trace that computes them.

    An operation in place changes the step. ``spoilt`` is an operation in place that has no counterpart.
    ``before_dropout`` are the values before a dropout, which are the same ones in evaluation, but not in training.
    """

    step: int
    spoilt: ast.AST | None = None
    before_dropout: Storage | None = None

    def change(self, step: int, node: ast.AST) -> None:
        """Note an operation in place whose result ``step`` computes."""
        self.step = step
        if self.before_dropout is not None:
            self.before_dropout.spoil(node)

    def spoil(self, node: ast.AST) -> None:
        """Note an operation in place that has no counterpart."""
        self.spoilt = node
        if self.before_dropout is not None:
            self.before_dropout.spoil(node)


@dataclass(frozen=True, eq=False)
class OneImage(FrameworkValue):
    """One image of a batch: its shape is known, and nothing else has a counterpart."""

    shape: Shape
    node: ast.AST

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """The shape."""
        if name == "shape":
            return self.shape
        if name.startswith("__"):
            return MISSING
        raise no_counterpart(self.node)

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """A part of the image has no counterpart."""
        raise no_counterpart(self.node)

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """What is computed of one image has no counterpart."""
        raise no_counterpart(self.node)


def permuted(base: Shape | None, moves: tuple[Move, ...]) -> Layer | None:
    """The layer that several views with a permutation are; None if there is none.

    A channel shuffle splits the channels into groups, exchanges groups and the channels of a group, and joins them.
    """
    match base, moves:
        case (int(channels), height, width), (Move("view", split), Move("permute", (1, 0, 2, 3)), Move("view", end)):
            if split == (split[0], channels // split[0], height, width) and end == base:
                return ChannelShuffle(split[0])
    return None
