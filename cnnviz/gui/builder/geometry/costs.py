"""The rows below each node in the build view: its cost, and its share of the network's cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.localized import compact, duration, memory, spell
from cnnviz.network.cost import Cost, cost, total

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cnnviz.network.report import NodeReport, Report
    from cnnviz.training.layer_time import LayerTime

NOTHING = "–"


class CostRow(NamedTuple):
    """A title, a value, and its share of the network's total, in [0, 1]; None in rows that show no share."""

    title: str
    value: str
    share: float | None = None


class CostRows(NamedTuple):
    """The cost of one unit, which is a node or a folded block with its ``nodes``; the rows are made when needed.

    ``whole`` is the cost of the network. ``own_seconds`` and ``whole_seconds`` are the measured times of
    the unit and of the network; 0 without a measurement.
    """

    whole: Cost
    batch_size: int
    own_seconds: float
    whole_seconds: float
    nodes: tuple[NodeReport, ...]

    @property
    def lines(self) -> int:
        """The number of rows."""
        return 5 if self.whole_seconds else 4

    def rows(self) -> tuple[CostRow, ...]:
        """The rows, from top to bottom."""
        translate, whole = QCoreApplication.translate, self.whole
        own = sum((cost(node, self.batch_size) for node in self.nodes), Cost())
        rows = [
            _share(translate("Canvas", "parameters"), compact(own.parameters), own.parameters, whole.parameters),
            _share(translate("Canvas", "MACs"), compact(own.macs), own.macs, whole.macs),
            _share(
                translate("Canvas", "memory"),
                memory(own.activation_bytes),
                own.activation_bytes,
                whole.activation_bytes,
            ),
        ]
        if self.whole_seconds:
            time = duration(self.own_seconds)
            rows.append(_share(translate("Canvas", "time"), time, self.own_seconds, self.whole_seconds))
        seen = max((node.seen for node in self.nodes if node.seen is not None), default=None)
        sees = NOTHING if seen is None else spell(seen)
        return (*rows, CostRow(translate("Canvas", "sees"), sees))


def cost_rows(
    units: Mapping[str, Collection[str]], report: Report, batch_size: int, times: Mapping[str, LayerTime]
) -> dict[str, CostRows]:
    """The cost of each unit, given with its nodes. All units have the same rows, so that they can be compared.

    Units whose output shape is not known are left out.
    """
    whole, whole_seconds = total(report, batch_size), _seconds(times)
    rows: dict[str, CostRows] = {}
    for key, members in units.items():
        nodes = tuple([report.nodes[name] for name in members if name in report.nodes])
        if None not in [node.output for node in nodes]:
            own_seconds = sum([times[name].seconds for name in members if name in times]) if times else 0.0
            rows[key] = CostRows(whole, batch_size, own_seconds, whole_seconds, nodes)
    return rows


def total_rows(report: Report, batch_size: int, times: Mapping[str, LayerTime]) -> tuple[CostRow, ...]:
    """The totals of the network, with the titles of :meth:`CostRows.rows` in the same order; empty where unknown."""
    whole = total(report, batch_size) if report.complete else Cost()
    seconds, translate = _seconds(times), QCoreApplication.translate
    sums = [
        (translate("Canvas", "parameters"), compact(whole.parameters) if whole.parameters else ""),
        (translate("Canvas", "MACs"), compact(whole.macs) if whole.macs else ""),
        (translate("Canvas", "memory"), memory(whole.activation_bytes) if whole.activation_bytes else ""),
        *([(translate("Canvas", "time"), duration(seconds))] if seconds else []),
    ]
    in_all = translate("Canvas", "all: {amount}")
    rows = [CostRow(title, in_all.format(amount=amount) if amount else "") for title, amount in sums]
    return (*rows, CostRow(translate("Canvas", "sees"), ""))


def _seconds(times: Mapping[str, LayerTime]) -> float:
    return sum(time.seconds for time in times.values())


def _share(title: str, value: str, part: float, whole: float) -> CostRow:
    return CostRow(title, value if part else NOTHING, part / whole if whole else 0.0)
