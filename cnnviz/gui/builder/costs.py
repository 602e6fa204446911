"""What stands below each node while building: what it costs, and its share of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.widgets.numerals import compact, duration, memory
from cnnviz.network.check import NodeReport, Report
from cnnviz.network.cost import Cost, cost, total
from cnnviz.network.problems import spell
from cnnviz.training.stopwatch import LayerTime

NOTHING = "–"


@dataclass(frozen=True)
class CostRow:
    """A title, a value, and its share of the network's total in [0, 1]; None where there is no such total."""

    title: str
    value: str
    share: float | None = None


def cost_rows(
    units: Mapping[str, Iterable[str]], report: Report, batch_size: int, times: Mapping[str, LayerTime]
) -> dict[str, tuple[CostRow, ...]]:
    """The same rows for each unit, a node or a folded block with its nodes, so that they can be read across.

    There are none for a unit without an input or without a known output.
    """
    whole = total(report, batch_size)
    seconds = sum(one.seconds for one in times.values())
    rows: dict[str, tuple[CostRow, ...]] = {}
    for key, members in units.items():
        names = list(members)
        nodes = [report.nodes[name] for name in names if name in report.nodes]
        if not any(node.inputs for node in nodes) or any(node.output is None for node in nodes):
            continue
        own = sum((cost(node, batch_size) for node in nodes), Cost())
        spent = sum(times[name].seconds for name in names if name in times)
        rows[key] = _rows(nodes, own, whole, spent, seconds)
    return rows


def _rows(nodes: Sequence[NodeReport], own: Cost, whole: Cost, spent: float, seconds: float) -> tuple[CostRow, ...]:
    translate = QCoreApplication.translate
    rows = [
        _share(translate("Canvas", "parameters"), compact(own.parameters), own.parameters, whole.parameters),
        _share(translate("Canvas", "MACs"), compact(own.macs), own.macs, whole.macs),
        _share(
            translate("Canvas", "memory"), memory(own.activation_bytes), own.activation_bytes, whole.activation_bytes
        ),
    ]
    if seconds:
        rows.append(_share(translate("Canvas", "time"), duration(spent), spent, seconds))
    seen = max((node.receptive_field.size for node in nodes if node.receptive_field is not None), default=None)
    sees = NOTHING if seen is None else spell(seen)
    return (*rows, CostRow(translate("Canvas", "sees"), sees))


def _share(title: str, value: str, part: float, whole: float) -> CostRow:
    return CostRow(title, value if part else NOTHING, part / whole if whole else 0.0)
