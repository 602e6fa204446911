"""Images of ``keras.datasets``: their size is known, and stays so while a source scales and reshapes them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.machine import NEGATION, FrameworkValue
from cnnviz.code.read.follow.sizes import reshaped
from cnnviz.code.read.follow.values import Native, NotKnown, Unknown, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from cnnviz.code.read.follow.machine import Machine

SIZES: Mapping[str, tuple[int, int, tuple[int, ...]]] = MappingProxyType(
    {
        "mnist": (60_000, 10_000, (28, 28)),
        "fashion_mnist": (60_000, 10_000, (28, 28)),
        "cifar10": (50_000, 10_000, (32, 32, 3)),
        "cifar100": (50_000, 10_000, (32, 32, 3)),
    }
)
"""The numbers of images for training and for testing, and their size as the dataset has it."""


def loaded(name: str, node: ast.AST) -> Value:
    """The result of ``load_data`` of a dataset; raises NotKnown."""
    if name not in SIZES:
        raise NotKnown
    train, test, size = SIZES[name]
    return (Images((train, *size)), Unknown(node)), (Images((test, *size)), Unknown(node))


@dataclass(frozen=True, eq=False)
class Images(FrameworkValue):
    """An array of images with its shape."""

    shape: tuple[int, ...]

    def attribute(self, run: Machine, name: str, node: ast.AST) -> Value:
        """The shape, and methods that return an array."""
        match name:
            case "shape":
                return self.shape
            case "ndim":
                return len(self.shape)
            case "astype":
                return Native(name, lambda run, given: self)
            case "reshape":
                return Native(name, lambda run, given: Images(reshaped(self.shape, given.positional)))
        raise NotKnown

    def operate(self, run: Machine, sign: str, other: Value, reflected: bool, node: ast.AST) -> Value:
        """What is computed of each value leaves the shape as it is."""
        if isinstance(other, int | float) or sign == NEGATION:
            return self
        raise NotKnown

    def item(self, run: Machine, key: Value, node: ast.AST) -> Value:
        """A new last axis; anything else is not known."""
        all_axes = (slice(None),) * len(self.shape)
        if key in ((..., None), (*all_axes, None)):
            return Images((*self.shape, 1))
        raise NotKnown
