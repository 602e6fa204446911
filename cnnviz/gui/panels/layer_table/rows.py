"""The rows of the layer table: texts, sort keys, and shares of the network's total. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

from cnnviz.network.cost import cost, total
from cnnviz.network.layers import Conv2d, ConvTranspose2d
from cnnviz.numerals import duration, grouped, memory, percent, spell
from cnnviz.training.computation import Computation, computation

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report
    from cnnviz.training.layer_time import LayerTime

COLUMNS = ("layer", "kind", "shape", "parameters", "MACs", "memory", "time", "sees", "zeros")
NUMBERS = frozenset({"parameters", "MACs", "memory", "time", "sees", "zeros"})
WHILE_BUILDING = frozenset(COLUMNS) - {"zeros"}
WHILE_TRAINING = frozenset({"layer", "kind", "shape", "sees", "zeros"})
"""The visible columns in the two arrangements of the window."""
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
    "frozen",
    "computed",
)


@dataclass(frozen=True)
class LayerRow:
    """The row of a layer: for each column a text, a sort key, and a share of the network's total in [0, 1] or None."""

    node: str
    texts: tuple[str, ...]
    keys: tuple[Any, ...]
    shares: tuple[float | None, ...]

    def with_zeros(self, zeros: float | None, written: str) -> LayerRow:
        """The row with another share of zeros, in [0, 1] or None if unknown; ``written`` is its text."""
        return replace(
            self,
            texts=(*self.texts[:-1], written),
            keys=(*self.keys[:-1], -1.0 if zeros is None else zeros),
            shares=(*self.shares[:-1], zeros),
        )


class LayerRows(Sequence[LayerRow]):
    """The rows of all layers, in the order of the network, piece by piece where it is not connected. Each is computed
    when first requested.

    ``times`` are the measured times by layer, ``zeros`` the shares, in [0, 1], of outputs that are 0 for the sample.
    """

    def __init__(
        self,
        network: Network,
        report: Report,
        batch_size: int,
        times: Mapping[str, LayerTime],
        zeros: Mapping[str, float] = MappingProxyType({}),
        number: Callable[[str], str] = str,
        frozen: str = "frozen",
    ) -> None:
        """``number`` rewrites a number in English form for the user's language, in which ``frozen`` is the word for
        frozen layers."""
        self._number, self._frozen = number, frozen
        self.network, self.report, self.batch_size, self.times = network, report, batch_size, times
        self.zeros = zeros
        self.names = _piece_by_piece(network)
        self._made: dict[int, LayerRow] = {}
        sums = total(report, batch_size)
        seconds = sum(time.seconds for time in times.values())
        self._wholes = (sums.parameters, sums.macs, sums.activation_bytes, seconds)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> LayerRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[LayerRow]: ...
    def __getitem__(self, place: int | slice) -> LayerRow | Sequence[LayerRow]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        row = self._made.get(place)
        if row is None:
            row = self._made[place] = self._row(place)
        return row

    def says_the_same(self, other: LayerRows) -> bool:
        """Whether ``other`` has the same rows, their zeros aside; compares the data that they are computed from."""
        return (
            self.report is other.report
            and self.network == other.network
            and (self.batch_size, self.times) == (other.batch_size, other.times)
        )

    def with_zeros(self, zeros: Mapping[str, float]) -> LayerRows:
        """The same rows with other shares of zeros; rows already computed are reused."""
        copied = copy(self)
        copied.zeros = zeros
        copied._made = {
            place: row if zeros.get(row.node) == self.zeros.get(row.node) else copied._with_zeros(row)
            for place, row in self._made.items()
        }
        return copied

    def kind(self, name: str) -> str:
        """The displayed kind of a layer; float32 is added if a CPU computes it in that precision only, and a word if it
        is frozen."""
        parts = [self.network[name].kind]
        if self.in_float32(name):
            parts.append("float32")
        if self.network.nodes[name].frozen:
            parts.append(self._frozen)
        return " · ".join(parts)

    def kinds(self) -> frozenset[str]:
        """The displayed kinds of the layers, the widest text among them."""
        kinds = {node.layer.kind for node in self.network.nodes.values()}
        # no other layers are computed in float32, and the first of each kind stands for those that are not frozen
        for convolutions in (self.network.of_kind(Conv2d), self.network.of_kind(ConvTranspose2d)):
            changed = next((name for name in convolutions if self.in_float32(name)), None)
            if changed is not None:
                kinds.add(self.kind(changed))
        kinds |= {self.kind(name) for name in self.network.frozen}
        return frozenset(kinds)

    def in_float32(self, name: str) -> bool:
        """Whether a CPU computes a layer in float32 even if the other layers are computed in bfloat16."""
        return computation(self.network[name], self.report.nodes[name]) is not Computation.AS_SET

    def _row(self, place: int) -> LayerRow:
        name = self.names[place]
        node, time = self.report.nodes[name], self.times.get(name)
        written = self.kind(name)
        counts, shares = self._costs(name)
        parameters, macs, size, spent = counts
        shape = spell(node.output) if node.output is not None else "?"
        seen = node.seen
        sees = spell(seen) if seen is not None else NOTHING
        zeros = self.zeros.get(name)
        return LayerRow(
            name,
            (
                name,
                written,
                shape,
                self._number(grouped(parameters)) if parameters else NOTHING,
                self._number(grouped(macs)) if macs else NOTHING,
                self._number(memory(size)) if size else NOTHING,
                self._number(duration(spent)) if time is not None else NOTHING,
                sees,
                self._written_zeros(zeros),
            ),
            (
                place,
                written,
                node.value_count,
                *counts,
                seen[0] * seen[1] if seen is not None else -1,
                -1.0 if zeros is None else zeros,
            ),
            (None, None, None, *shares, None, zeros),
        )

    def _with_zeros(self, row: LayerRow) -> LayerRow:
        zeros = self.zeros.get(row.node)
        return row.with_zeros(zeros, self._written_zeros(zeros))

    def _written_zeros(self, zeros: float | None) -> str:
        return NOTHING if zeros is None else self._number(percent(zeros))

    def _costs(self, name: str) -> tuple[tuple[int, int, int, float], tuple[float | None, ...]]:
        """The parameters, MACs, activation bytes and seconds of a layer, and their shares of the network's totals.

        A share is None for an unused layer, and if the total is 0.
        """
        own, time = cost(self.report.nodes[name], self.batch_size), self.times.get(name)
        counts = (own.parameters, own.macs, own.activation_bytes, time.seconds if time is not None else 0.0)
        used = name in self.report.taking_part
        shares = tuple(part / of if of and used else None for part, of in zip(counts, self._wholes, strict=True))
        return counts, shares

    def exported(self, name: str) -> tuple[str, ...]:
        """The values of a layer for a file, one for each of :data:`EXPORTED`."""
        node, time, layer = self.report.nodes[name], self.times.get(name), self.network[name]
        (parameters, macs, size, _), shares = self._costs(name)
        return (
            name,
            layer.kind,
            spell(node.output) if node.output is not None else "?",
            str(parameters),
            _share(shares[0]),
            str(macs),
            _share(shares[1]),
            str(size),
            _share(shares[2]),
            f"{time.forward:.3e}" if time is not None else "",
            f"{time.backward:.3e}" if time is not None else "",
            _share(shares[3]) if time is not None else "",
            spell(node.seen) if node.seen is not None else NOTHING,
            "yes" if self.network.nodes[name].frozen else "no",
            computation(layer, node).value,
        )


def _piece_by_piece(network: Network) -> tuple[str, ...]:
    """All layers in topological order, those of a connected piece next to each other."""
    piece: dict[str, int] = {}
    for number, first in enumerate(network.order):
        reached = [first]
        while reached:
            name = reached.pop()
            if name not in piece:
                piece[name] = number
                reached += (*network.inputs[name], *network.outputs[name])
    return tuple(sorted(network.order, key=piece.__getitem__))


def as_text(rows: Iterable[Sequence[str]], separator: str) -> str:
    """Rows of values of :data:`EXPORTED` as text, with a header line and ``separator`` between the columns."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator="\n")
    writer.writerow(EXPORTED)
    writer.writerows(rows)
    return file.getvalue()


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.6f}"
