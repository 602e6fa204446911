"""Kernels and maps of two sides as tiles on one scale, or their difference. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.widgets.tiling import Tiles, Tiling
from cnnviz.inspection.scales import SMALLEST_LIMIT, span
from cnnviz.network.pairing import pairing
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cnnviz.inspection.answers.kernels import Kernels
    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.inspection.questions import Array
    from cnnviz.network.graph import Network

LEAST, MOST, GAP = 30, 96, 4
"""The least and the greatest width of a tile, and the gap between tiles, in pixels."""
LEAST_VALUE, MOST_VALUE, VALUE_GAP = 10, 16, 1
"""The same for tiles of a single value."""


@dataclass(frozen=True, eq=False)
class Values:
    """The tiles of a layer of a side: ``tiles`` float32 (n, H, W), ``columns`` of them in a row (None: as many as fit).

    ``limit`` > 0 is the robust scale; ``signed`` is True if a value can be negative.
    """

    tiles: Array
    columns: int | None
    limit: float
    signed: bool


def of_kernels(kernels: Kernels) -> Values:
    """The slices of each filter in a row; the weights of a dense layer as single values, a row for each unit."""
    weight = kernels.weight
    if weight.ndim == 4:
        slices, high, wide = weight.shape[1:]
        return Values(weight.reshape(-1, high, wide), slices if slices > 1 else None, kernels.limit, signed=True)
    return Values(weight.reshape(-1, 1, 1), weight.shape[1], kernels.limit, signed=True)


def of_maps(maps: Maps) -> Values:
    """Each map as a tile; the values of a vector as single values."""
    values = maps.values if maps.values.ndim == 3 else maps.values.reshape(-1, 1, 1)
    return Values(values, None, maps.limit, maps.signed)


def together(values: tuple[Values, Values]) -> tuple[Values, Values]:
    """Both sides on the wider of their scales."""
    limit, signed = max(each.limit for each in values), any(each.signed for each in values)
    first, second = (Values(each.tiles, each.columns, limit, signed) for each in values)
    return first, second


def difference(values: tuple[Values, Values]) -> Values | Sentence:
    """B minus A, on a scale of its own; a sentence if the shapes differ."""
    a, b = (each.tiles for each in values)
    if a.shape != b.shape:
        return Sentence(
            "There is no difference to show: {a} tiles of {first} and {b} of {second}.",
            a=len(a),
            first=a.shape[1:],
            b=len(b),
            second=b.shape[1:],
        )
    change: Array = np.subtract(b, a)
    change.flags.writeable = False
    return Values(change, values[0].columns, max(SMALLEST_LIMIT, span(change)), signed=True)


def as_tiles(values: Values, name: Callable[[int], str], below: int) -> Tiles:
    """The content of a grid; ``name`` describes a tile, ``below`` is the room for its caption in pixels."""
    count, high, wide = values.tiles.shape
    single = (high, wide) == (1, 1)
    tiling = Tiling(
        count,
        (high, wide),
        values.columns,
        least_width=LEAST_VALUE if single else LEAST,
        most_width=MOST_VALUE if single else MOST,
        gap=VALUE_GAP if single else GAP,
        row_gap=VALUE_GAP if single else GAP,
        below=0 if single or values.columns is not None else below,
    )

    def read(positions: NDArray[np.intp]) -> Array:
        chosen: Array = values.tiles[positions]
        return chosen

    def caption(position: int) -> str:
        return str(position if values.columns is None else position // values.columns)

    return Tiles(tiling, read, values.limit, values.signed, caption, name)


def partner(node: str, a: Network, b: Network) -> str | None:
    """The node of ``b`` that is the same layer as ``node`` of ``a``; None without one."""
    return pairing(b, a).get(node) if node in a.nodes else None
