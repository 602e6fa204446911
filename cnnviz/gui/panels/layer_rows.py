"""The rows of the layer table: for each layer the texts, what they are sorted by, and shares of the whole. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from cnnviz.gui.widgets.numerals import duration, grouped, memory
from cnnviz.network.check import Report
from cnnviz.network.cost import cost, total
from cnnviz.network.graph import Network
from cnnviz.training.stopwatch import LayerTime

COLUMNS = ("layer", "kind", "shape", "parameters", "MACs", "memory", "time", "sees")
NUMBERS = frozenset({"parameters", "MACs", "memory", "time", "sees"})
NOTHING = "–"
EXPORTED = (
    "layer",
    "kind",
    "shape",
    "parameters",
    "share of parameters",
    "MACs",
    "share of MACs",
    "activation bytes",
    "share of activation bytes",
    "forward seconds",
    "backward seconds",
    "share of time",
    "sees",
)


@dataclass(frozen=True)
class LayerRow:
    """What the table says of one layer: for each column a text, what it is sorted by, and a share in [0, 1] or None.

    ``exported`` are the values for a file, one for each of :data:`EXPORTED`.
    """

    node: str
    texts: tuple[str, ...]
    keys: tuple[Any, ...]
    shares: tuple[float | None, ...]
    exported: tuple[str, ...]


def layer_rows(
    network: Network, report: Report, batch_size: int, times: Mapping[str, LayerTime]
) -> tuple[LayerRow, ...]:
    """A row for each layer, in the order of the network; ``times`` of those that were measured."""
    whole = total(report, batch_size)
    seconds = sum(one.seconds for one in times.values())
    rows = []
    for place, name in enumerate(network.order):
        node, kind, time = report.nodes[name], network[name].kind, times.get(name)
        own = cost(node, batch_size)
        shape = "×".join(map(str, node.output)) if node.output is not None else "?"
        seen = node.receptive_field.size if node.receptive_field is not None else None
        sees = f"{seen[0]}×{seen[1]}" if seen is not None else NOTHING
        spent = time.seconds if time is not None else 0.0
        counts = (own.parameters, own.macs, own.activation_bytes, spent)
        wholes = (whole.parameters, whole.macs, whole.activation_bytes, seconds)
        used = name in report.used
        shares = tuple(part / of if of and used else None for part, of in zip(counts, wholes, strict=True))
        rows.append(
            LayerRow(
                name,
                (
                    name,
                    kind,
                    shape,
                    grouped(own.parameters) if own.parameters else NOTHING,
                    grouped(own.macs) if own.macs else NOTHING,
                    memory(own.activation_bytes) if own.activation_bytes else NOTHING,
                    duration(spent) if time is not None else NOTHING,
                    sees,
                ),
                (place, kind, prod(node.output or (0,)), *counts, seen[0] * seen[1] if seen is not None else -1),
                (None, None, None, *shares, None),
                (
                    name,
                    kind,
                    shape,
                    str(own.parameters),
                    _share(shares[0]),
                    str(own.macs),
                    _share(shares[1]),
                    str(own.activation_bytes),
                    _share(shares[2]),
                    f"{time.forward:.3e}" if time is not None else "",
                    f"{time.backward:.3e}" if time is not None else "",
                    _share(shares[3]) if time is not None else "",
                    sees,
                ),
            )
        )
    return tuple(rows)


def as_text(rows: Sequence[LayerRow], separator: str) -> str:
    """The rows under a line of names, with ``separator`` between the columns."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow(EXPORTED)
    writer.writerows(row.exported for row in rows)
    return file.getvalue()


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.6f}"
