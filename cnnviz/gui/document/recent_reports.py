"""The check reports of the last networks, so that undo and redo need no check."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.network.check import examine

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Facts, Report

MOST = 32
"""Undo goes back step by step, so the network before an edit is almost always among the last ones."""


@dataclass(frozen=True)
class _Examined:
    network: Network
    facts: Facts
    report: Report


class RecentReports:
    """Examines networks, and keeps the reports of the last :data:`MOST` ones, their fixes untried."""

    def __init__(self) -> None:
        self._examined: deque[_Examined] = deque(maxlen=MOST)

    def of(self, network: Network, facts: Facts, before: Report) -> Report:
        """The report of a network; ``before`` is the report before the edit that led to it."""
        for examined in self._examined:
            # undo brings back the same object; comparing all layers would take longer than the check saves
            if examined.network is network and examined.facts == facts:
                return examined.report
        report = examine(network, facts, before)
        self._examined.append(_Examined(network, facts, report))
        return report
