"""Which weights of a kernel, and which of its windows, meet values of the input rather than padding alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Axis:
    """A convolution along one axis: an input of ``size`` values, of which ``steps`` windows read.

    Weight ``t`` of window ``i`` meets position ``i * stride + t * dilation - padding``: a value where that is from 0 up
    to, not including, ``size``, else padding.
    """

    size: int
    steps: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    def used_weights(self) -> list[int]:
        """The weights that meet a value in some window."""
        return list(self._meeting(self.kernel, self.dilation, self.steps, self.stride))

    def idle_weights(self) -> bool:
        """Whether some weight meets padding alone, in all windows."""
        return len(self.used_weights()) < self.kernel

    def empty_windows(self) -> bool:
        """Whether some window meets padding alone, with all of its weights."""
        last = (self.steps - 1) * self.stride - self.padding
        if self.padding >= self.dilation * (self.kernel - 1) + 1 or last >= self.size:
            return True
        # without gaps a window that begins before the end and ends behind the beginning meets a value
        return self.dilation > 1 and sum(1 for _ in self._windows()) < self.steps

    def _windows(self) -> Iterable[int]:
        return self._meeting(self.steps, self.stride, self.kernel, self.dilation)

    def _meeting(self, count: int, distance: int, others: int, other_distance: int) -> Iterable[int]:
        """Those ``at`` of ``count`` for which ``at * distance + n * other_distance`` holds a value for an ``n`` of
        ``others``."""
        for at in range(count):
            first = at * distance - self.padding
            least, most = max(0, -(first // other_distance)), (self.size - 1 - first) // other_distance
            if least <= min(others - 1, most):
                yield at
