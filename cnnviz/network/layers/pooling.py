"""Pooling: each map is summarized window by window; nothing is learned."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.network.layers.base import (
    Inference,
    Layer,
    Misfit,
    Pair,
    Remedy,
    Window,
    channels_first,
    pair,
    switch,
)
from cnnviz.network.problems import Shape


@dataclass(frozen=True)
class _Pool2d(Layer):
    family = "pooling"

    kernel_size: Pair = pair((2, 2), 1, 1024, "Height and width of the window.", "pixels")
    stride: Pair = pair((2, 2), 1, 1024, "How far the window moves between two outputs.", "pixels")
    padding: Pair = pair((0, 0), 0, 512, "Border added around the input, at most half of the window.", "pixels")
    ceil_mode: bool = switch(False, "Whether a last window that hangs over the edge counts too.")

    def infer(self, inputs: tuple[Shape, ...]) -> Inference:
        channels, height, width = channels_first(inputs)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            half = tuple(min(p, k // 2) for p, k in zip(self.padding, self.kernel_size, strict=True))
            raise Misfit(
                "pool_padding", (Remedy("set", "padding", half),), padding=self.padding, kernel=self.kernel_size
            )
        size = (height, width)
        if any(n + 2 * p < k for n, p, k in zip(size, self.padding, self.kernel_size, strict=True)):
            fitting = tuple(min(n + 2 * p, k) for n, p, k in zip(size, self.padding, self.kernel_size, strict=True))
            remedies = (Remedy("set", "kernel_size", fitting), Remedy("remove"))
            raise Misfit("window_too_large", remedies, kernel=self.kernel_size, input=size)
        return Inference((channels, self._steps(height, 0), self._steps(width, 1)))

    def window(self, inputs: tuple[Shape, ...]) -> Window | None:
        return Window(self.kernel_size, self.stride, self.padding)

    def _steps(self, size: int, axis: int) -> int:
        kernel, stride, border = self.kernel_size[axis], self.stride[axis], self.padding[axis]
        room = size + 2 * border - kernel
        if not self.ceil_mode:
            return room // stride + 1
        steps = -(-room // stride) + 1
        # torch drops a last window that would start in the padding on the far side
        return steps - 1 if (steps - 1) * stride >= size + border else steps


@dataclass(frozen=True)
class MaxPool2d(_Pool2d):
    """The largest value of each window, map by map."""

    summary = "Keeps the largest value of each window, map by map; learns nothing."
    formula = "y[c, i, j] = max(u, v) x[c, i·s + u − p, j·s + v − p]"

    def caption(self) -> str:
        return f"MaxPool {self.kernel_size[0]}" if len(set(self.kernel_size)) == 1 else "MaxPool"


@dataclass(frozen=True)
class AvgPool2d(_Pool2d):
    """The mean of each window, map by map; padding counts as zeros."""

    summary = "Keeps the mean of each window, map by map; learns nothing."
    formula = "y[c, i, j] = (1 / k²) Σ(u, v) x[c, i·s + u − p, j·s + v − p]"

    def caption(self) -> str:
        return f"AvgPool {self.kernel_size[0]}" if len(set(self.kernel_size)) == 1 else "AvgPool"
