"""The choice of moments of a run to delete, so that the others fit into a budget of bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def spread_steps(steps: Sequence[int], most: int) -> tuple[int, ...]:
    """At most ``most`` of the steps, in ascending order: the first, the last, and others as far apart as the moments
    that :func:`superfluous` leaves."""
    # every moment counts as one byte; the first and the last step are not counted
    left_out = superfluous(dict.fromkeys(steps, 1), most - 2, steps[-1:])
    return tuple(sorted(set(steps) - set(left_out)))


def superfluous(sizes: Mapping[int, int], budget: int, kept: Collection[int]) -> list[int]:
    """The steps of the moments to delete, in order, so that the other unprotected moments fit into ``budget`` bytes.

    ``sizes`` are the bytes of the moments by step. The first step and the steps in ``kept`` are protected: they are
    never deleted, and their bytes are not counted. The next moment to delete is the moment whose neighbours are nearest
    to each other, on a scale that is half logarithmic: the beginning of the run, where most changes happen, stays
    denser.
    """
    steps = sorted(sizes)
    if not steps:
        return []
    protected = {steps[0], *kept}
    last = max(1, steps[-1])
    places = {step: math.log2(step + 1) / math.log2(last + 1) + step / last for step in steps}
    counted = sum(size for step, size in sizes.items() if step not in protected)
    freed: list[int] = []
    while counted > budget:
        candidates = [number for number, step in enumerate(steps) if step not in protected]
        if not candidates:
            break
        number = min(candidates, key=lambda at: places[steps[min(at + 1, len(steps) - 1)]] - places[steps[at - 1]])
        step = steps.pop(number)
        counted -= sizes[step]
        freed.append(step)
    return freed


def fitting(sizes: Mapping[int, int], budget: int, kept: Collection[int]) -> int:
    """About how many moments the budget can hold, if new moments have the present mean size; with the protected ones.

    For the arguments see :func:`superfluous`.
    """
    protected = {*sorted(sizes)[:1], *kept} & set(sizes)
    counted = [size for step, size in sizes.items() if step not in protected] or list(sizes.values())
    return len(protected) + int(budget // max(1.0, sum(counted) / max(1, len(counted))))
