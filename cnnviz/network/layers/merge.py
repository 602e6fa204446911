"""Layers that join several paths into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.layers.base import Inference, Layer, Misfit

if TYPE_CHECKING:
    from cnnviz.network.shape import Shape


@dataclass(frozen=True)
class _Merge(Layer):
    family = "merge"
    most_inputs = None
    keeps_sign = True

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "single_input" if len(inputs) == 1 else ""


@dataclass(frozen=True)
class _ValueByValue(_Merge):
    """Inputs of one shape (C, H, W); inputs (C, 1, 1) and (1, H, W) are broadcast."""

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        if len({len(shape) for shape in inputs}) > 1:
            raise Misfit("flat_and_maps", shapes=inputs)
        largest = tuple(max(sizes) for sizes in zip(*inputs, strict=True))
        fitting = {largest}
        if len(largest) == 3:
            fitting |= {(largest[0], 1, 1), (1, *largest[1:])}
        if not fitting.issuperset(inputs):
            raise Misfit("add_shapes", shapes=inputs)
        return Inference(largest)


@dataclass(frozen=True)
class Add(_ValueByValue):
    """Sum of inputs, as in residual networks (He et al., https://arxiv.org/abs/1512.03385)."""

    summary = (
        "Adds its inputs value by value. All have one shape; one number for each map (C×1×1) or one map for all (1×H×W)"
        " is added everywhere."
    )
    aliases = ("skip", "residual", "shortcut", "sum", "plus")
    formula = "y = x₀ + x₁ + …"


@dataclass(frozen=True)
class Multiply(_ValueByValue):
    """Product of inputs, as in gated units (Dauphin et al., https://arxiv.org/abs/1612.08083) and in
    squeeze-and-excitation (Hu et al., https://arxiv.org/abs/1709.01507).
    """

    summary = (
        "Multiplies its inputs value by value: one path can open or close another. All have one shape; one number for"
        " each map (C×1×1) or one map for all (1×H×W) weighs everywhere."
    )
    aliases = ("mul", "gate", "product")
    formula = "y = x₀ · x₁ · …"


@dataclass(frozen=True)
class Concat(_Merge):
    """Concatenation along the channels, in the order of the ports (Szegedy et al., https://arxiv.org/abs/1409.4842)."""

    summary = "Puts the maps of its inputs one behind the other; heights and widths must agree."
    aliases = ("concatenate", "cat", "merge", "join")
    formula = "y = [x₀, x₁, …]"

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        if len({len(shape) for shape in inputs}) > 1:
            raise Misfit("flat_and_maps", shapes=inputs)
        if len({shape[1:] for shape in inputs}) > 1:
            raise Misfit("concat_shapes", shapes=inputs)
        return Inference((sum(shape[0] for shape in inputs), *inputs[0][1:]))
