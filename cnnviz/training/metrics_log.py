"""The log of what is measured while training, which a week of it must fit into."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.training.channels import BatchMetrics, Log, Metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOGETHER = 512
"""So many entries become one block: some twenty seconds of training."""


@dataclass(frozen=True)
class _Block:
    """:data:`TOGETHER` entries from number ``start`` on, joined where one goes on where the other ends; ``counts`` says
    how many each one was made of."""

    start: int
    entries: tuple[Metrics, ...]
    counts: tuple[int, ...]

    def since(self, cursor: int) -> list[Metrics]:
        """What was appended as number ``cursor`` or later."""
        found: list[Metrics] = []
        for entry, end, count in zip(
            self.entries, accumulate(self.counts, initial=self.start), self.counts, strict=False
        ):
            skipped = max(0, cursor - end)
            if skipped < count:
                found.append(entry.since(skipped) if skipped and isinstance(entry, BatchMetrics) else entry)
        return found


class MetricsLog(Log[Metrics]):
    """A :class:`Log` whose older entries are joined: no value is lost, but 20 objects a second are.

    Whoever reads late gets longer :class:`BatchMetrics` instead of many; cursors count what was appended either way.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now: tuple[tuple[_Block, ...], int, list[Metrics]] = ((), 0, [])
        """Blocks, the number of the first entry after them, and those entries; replaced as a whole, so that no reader
        has to wait."""

    def append(self, item: Metrics) -> None:
        """Add an entry at the end."""
        blocks, start, recent = self._now
        recent.append(item)
        if len(recent) == TOGETHER:
            self._now = (*blocks, _joined(start, recent)), start + TOGETHER, []

    def read(self, cursor: int = 0) -> tuple[list[Metrics], int]:
        """The entries from ``cursor`` on, and the cursor for the next call."""
        blocks, start, recent = self._now
        if cursor >= start:
            new = recent[cursor - start :]
            return new, cursor + len(new)
        joined = [entry for block in blocks[cursor // TOGETHER :] for entry in block.since(cursor)]
        new = recent[:]
        return joined + new, start + len(new)


def _joined(start: int, items: Sequence[Metrics]) -> _Block:
    runs: list[list[Metrics]] = []
    for item in items:
        if runs and _follows(runs[-1][-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return _Block(start, tuple(_one(run) for run in runs), tuple(len(run) for run in runs))


def _follows(before: Metrics, item: Metrics) -> bool:
    if not isinstance(before, BatchMetrics) or not isinstance(item, BatchMetrics):
        return False
    return before.run == item.run and before.first_step + len(before.losses) == item.first_step


def _one(items: Iterable[Metrics]) -> Metrics:
    first, *others = items
    if not others or not isinstance(first, BatchMetrics):
        return first
    every = [first, *(one for one in others if isinstance(one, BatchMetrics))]
    return BatchMetrics(
        first.run,
        first.first_step,
        np.concatenate([one.losses for one in every]),
        np.concatenate([one.accuracies for one in every]),
        every[-1].seconds,
        np.cumsum([len(one.losses) for one in every], dtype=np.int32),
        np.array([one.seconds for one in every]),
    )
