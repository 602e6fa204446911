"""Finds the weights and the windows of a convolution that read values of the input and not only padding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Axis:
    """A convolution along one axis: ``steps`` windows over an input of ``size`` values.

    Weight ``t`` of window ``i`` reads position ``i * stride + t * dilation - padding``. Positions from 0 to ``size`` -
    1 are values, others are padding.
    """

    size: int
    steps: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    def used_weights(self) -> list[int]:
        """The weights that read a value in at least one window."""
        return list(self._reading_values(self.kernel, self.dilation, self.steps, self.stride))

    def has_idle_weights(self) -> bool:
        """Whether there is a weight that reads only padding in all windows."""
        return len(self.used_weights()) < self.kernel

    def has_empty_windows(self) -> bool:
        """Whether there is a window that reads only padding with all of its weights."""
        last = (self.steps - 1) * self.stride - self.padding
        if self.padding >= self.dilation * (self.kernel - 1) + 1 or last >= self.size:
            return True
        # without dilation, a window that overlaps the input reads a value; with dilation, it may step over the input
        return self.dilation > 1 and sum(1 for _ in self._windows()) < self.steps

    def _windows(self) -> Iterable[int]:
        return self._reading_values(self.steps, self.stride, self.kernel, self.dilation)

    def _reading_values(self, count: int, distance: int, others: int, other_distance: int) -> Iterable[int]:
        """The indices below ``count`` that read a value of the input with at least one index below ``others``.

        The position that both read is ``index * distance + other * other_distance - padding``. If the indices are
        weights and the others windows, these are the weights that read a value in some window; if the indices are
        windows and the others weights, the windows that read a value with some weight.
        """
        for at in range(count):
            first = at * distance - self.padding
            least, most = max(0, -(first // other_distance)), (self.size - 1 - first) // other_distance
            if least <= min(others - 1, most):
                yield at
