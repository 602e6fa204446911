"""Principal components of a layer's outputs, as axes on which outputs are drawn as points. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.questions import Array


@dataclass(frozen=True, eq=False)
class Principal:
    """The principal components of rows of D values: the directions of the largest variance.

    ``mean``: float32 (D,). ``directions``: float32 (K, D), orthonormal rows, those of the largest variance first; rows
    of zeros if the variance has fewer than K directions. ``variances``: float64 (K,), of the rows along each direction.
    ``total``: the variance in all directions. ``rows``: the number of rows.
    """

    mean: Array
    directions: Array
    variances: NDArray[np.float64]
    total: float
    rows: int


def oriented(directions: Array, like: Array | None = None) -> Array:
    """The directions, float32 (K, D), with signs by a rule, because a principal component has no sign of its own.

    The entry of largest magnitude becomes positive. With earlier directions ``like``, float32 (K, D), each direction
    makes an acute angle with the earlier one instead.
    """
    if like is not None and like.shape == directions.shape:
        signs = np.sign((directions * like).sum(1))
    else:
        largest = np.abs(directions).argmax(1)
        signs = np.sign(directions[np.arange(len(directions)), largest])
    signs[signs == 0] = 1
    turned: Array = (directions * signs[:, None]).astype(np.float32)
    turned.flags.writeable = False
    return turned


@dataclass(frozen=True, eq=False)
class Axes:
    """The principal components of the outputs of ``node``, fitted at ``step`` of ``run``."""

    node: str
    run: int
    step: int
    components: Principal

    def fits(self, moment: Moment) -> bool:
        """Whether the output of the node has as many values at this moment as when the axes were fitted."""
        node = moment.shapes.nodes.get(self.node)
        return node is not None and prod(node.output or ()) == len(self.components.mean)

    def turned_like(self, earlier: Axes) -> Axes:
        """The same axes, with the signs that are nearest to earlier ones."""
        directions = oriented(self.components.directions, earlier.components.directions)
        return replace(self, components=replace(self.components, directions=directions))
