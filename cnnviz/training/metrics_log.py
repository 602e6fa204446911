"""The log of the metrics of a session, compact enough for a week of training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.training.channels import BatchMetrics, Log, Metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOGETHER = 512
"""The number of entries that are joined to one block: some twenty seconds of training."""


@dataclass(frozen=True)
class _Block:
    """:data:`TOGETHER` entries, numbered from ``start``; consecutive batch metrics of a run are joined.

    ``counts`` says for each element of ``entries`` how many appended entries it was made of.
    """

    start: int
    entries: tuple[Metrics, ...]
    counts: tuple[int, ...]

    def since(self, cursor: int) -> list[Metrics]:
        """The entries with number ``cursor`` or higher."""
        found: list[Metrics] = []
        firsts = accumulate(self.counts, initial=self.start)
        for entry, first, count in zip(self.entries, firsts, self.counts, strict=False):
            skipped = max(0, cursor - first)
            if skipped < count:
                found.append(entry.since(skipped) if skipped and isinstance(entry, BatchMetrics) else entry)
        return found


class MetricsLog(Log[Metrics]):
    """A :class:`Log` whose older entries are joined: 20 objects a second become few, and no value is lost.

    A late reader gets a few long :class:`BatchMetrics` instead of many short ones. Cursors count appended entries in
    any case.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now: tuple[tuple[_Block, ...], int, list[Metrics]] = ((), 0, [])
        """The blocks, the number of the first entry after them, and the entries after them. The tuple is replaced as a
        whole, so that readers need no lock."""

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
    return _Block(start, tuple(_concatenated(run) for run in runs), tuple(len(run) for run in runs))


def _follows(before: Metrics, item: Metrics) -> bool:
    """Whether both are batch metrics of the same run, and ``item`` begins with the step after ``before``."""
    if not isinstance(before, BatchMetrics) or not isinstance(item, BatchMetrics):
        return False
    return before.run == item.run and before.first_step + len(before.losses) == item.first_step


def _concatenated(items: Iterable[Metrics]) -> Metrics:
    first, *others = items
    if not others or not isinstance(first, BatchMetrics):
        return first
    parts = [first, *(item for item in others if isinstance(item, BatchMetrics))]
    return BatchMetrics(
        first.run,
        first.first_step,
        np.concatenate([part.losses for part in parts]),
        np.concatenate([part.accuracies for part in parts]),
        parts[-1].seconds,
        np.cumsum([len(part.losses) for part in parts], dtype=np.int32),
        np.array([part.seconds for part in parts]),
    )
