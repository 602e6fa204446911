"""Layers that join several paths into one."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.network.layers.base import Inference, Layer, Misfit
from cnnviz.network.problems import Shape


@dataclass(frozen=True)
class _Merge(Layer):
    family = "merge"
    most_inputs = None
    keeps_sign = True

    def idle(self, inputs: tuple[Shape, ...]) -> str:
        return "single_input" if len(inputs) == 1 else ""


@dataclass(frozen=True)
class _ValueByValue(_Merge):
    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        if len({len(one) for one in inputs}) > 1:
            raise Misfit("flat_and_maps", shapes=inputs)
        if len(set(inputs)) > 1:
            raise Misfit("add_shapes", shapes=inputs)
        return Inference(inputs[0])


@dataclass(frozen=True)
class Add(_ValueByValue):
    """Sum of inputs of one shape, as in residual networks (He et al., https://arxiv.org/abs/1512.03385)."""

    summary = "Adds its inputs value by value; all must have one shape."
    formula = "y = x₀ + x₁ + …"


@dataclass(frozen=True)
class Multiply(_ValueByValue):
    """Product of inputs of one shape, as in gated units (Dauphin et al., https://arxiv.org/abs/1612.08083)."""

    summary = "Multiplies its inputs value by value; all must have one shape. One path can open or close another."
    formula = "y = x₀ · x₁ · …"


@dataclass(frozen=True)
class Concat(_Merge):
    """Inputs one behind the other along the channels, in the order of the ports (Szegedy et al., https://arxiv.org/abs/1409.4842)."""

    summary = "Puts the maps of its inputs one behind the other; heights and widths must agree."
    formula = "y = [x₀, x₁, …]"

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        if len({len(one) for one in inputs}) > 1:
            raise Misfit("flat_and_maps", shapes=inputs)
        if len({one[1:] for one in inputs}) > 1:
            raise Misfit("concat_shapes", shapes=inputs)
        return Inference((sum(one[0] for one in inputs), *inputs[0][1:]))
