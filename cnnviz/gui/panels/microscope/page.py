"""The content of the microscope: rows of cells at the left, a map, a table and a formula at the right. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.equations import Decimals
    from cnnviz.inspection.arithmetic.terms import Numbers, Place
    from cnnviz.inspection.questions import Array

    Leads = Callable[[int, int], Place | None]
    """A function of the row and column of a value in a cell. It returns the value's place in a layer, or None."""

Frame = tuple[int, int, int, int]
"""(top, left, bottom, right) in values of a map, bottom and right excluded; it may extend outside the map."""


Text = Sentence
"""A sentence whose template is marked for translation where it is written, in the context "microscope"."""


def text(template: str, **values: object) -> Text:
    """A sentence. Whole numbers, except the field ``count``, are positions and are not localized."""
    return Sentence(template, **{name: _positional(name, value) for name, value in values.items()})


def _positional(name: str, value: object) -> object:
    return str(value) if isinstance(value, int) and name != "count" else value


@dataclass(frozen=True)
class Scale:
    """A colour scale from ``-limit`` to ``limit`` if ``signed``, else from 0 to ``limit``."""

    limit: float
    signed: bool


@dataclass(frozen=True, eq=False)
class Picture:
    """A cell with a map, ``values`` float32 (H, W), and a solid ``frame`` around a part of it.

    A click on a value goes to the place that ``leads`` gives for its row and column.
    """

    values: Array
    scale: Scale
    frame: Frame | None = None
    leads: Leads | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """A cell with a few values as colours, ``values`` float32 (h, w), and their numbers beside them if there is room.

    ``outside``, bool (h, w), marks values of the padding, which are hatched; ``marked`` (row, column) has a frame.
    A click on a value goes to the place that ``leads`` gives for its row and column. ``style``: how the numbers are
    written; None for two digits of the largest value of the scale.
    """

    values: Array
    scale: Scale
    outside: NDArray[np.bool_] | None = None
    marked: tuple[int, int] | None = None
    leads: Leads | None = None
    style: Decimals | None = None


@dataclass(frozen=True)
class Sign:
    """A cell with a sign, such as ×."""

    sign: str


@dataclass(frozen=True)
class Amount:
    """A cell with a number and a bar; a full bar means ``limit``. The bar starts at the middle if ``signed``."""

    value: float
    limit: float
    signed: bool = True
    written: str = ""
    """The text of the number; if it is empty, the number is written with as many digits as ``limit`` needs."""


@dataclass(frozen=True)
class Words:
    """A cell with a few words."""

    text: Text


@dataclass(frozen=True)
class Number:
    """A cell with a number as text; ``widest`` is the longest text in its column."""

    written: str
    widest: str


Cell = Picture | Block | Sign | Amount | Words | Number


@dataclass(frozen=True)
class WeightAt:
    """A weight of the layer that the page is about: ``parameter`` as torch names it, and the ``index`` in it."""

    parameter: str
    index: tuple[int, ...]

    def spell(self, node: str) -> str:
        """``conv2.weight[26, 20, 1, 1]``."""
        return f"{node}.{self.parameter}[{', '.join(map(str, self.index))}]"


@dataclass(frozen=True, eq=False)
class Row:
    """The row of a term, with its ``number`` and ``name``; a click beside its values goes to the place ``leads``.

    ``strong`` emphasizes the row.
    """

    number: str
    name: Text
    cells: tuple[Cell, ...]
    leads: Place | None = None
    strong: bool = False


@dataclass(frozen=True)
class Rest:
    """The row for all terms without a row of their own; ``amount`` is their sum. If all terms have rows it is the link
    that shows fewer of them, and ``amount`` is None."""

    name: Text
    amount: Amount | None


@dataclass(frozen=True)
class Line:
    """A line of the table: a name and a number. ``strong`` emphasizes the result; ``formula`` is shown below the
    name; a click goes to the weight that it ``leads`` to."""

    name: Text
    number: str
    strong: bool = False
    formula: str = ""
    exact: str = ""
    """The number with all its digits, for the tooltip."""
    leads: WeightAt | None = None


@dataclass(frozen=True, eq=False)
class Graph:
    """A curve, ``xs`` and ``ys`` float64 (n,), and a ``point`` (x, y) on it."""

    xs: Numbers
    ys: Numbers
    point: tuple[float, float]
    x_name: Text
    y_name: Text


@dataclass(frozen=True, eq=False)
class Page:
    """The content for a value.

    ``title`` describes the rows, ``heads`` are the titles of their cells, ``order`` the numbers of all terms as they
    are sorted. ``rest`` is None if there are few terms. ``symbols`` and ``numbers`` are the formula, in HTML.
    """

    title: Text
    map_title: Text
    map: Picture
    table: tuple[Line, ...]
    heads: tuple[Text | None, ...] = ()
    rows: tuple[Row, ...] = ()
    rest: Rest | None = None
    order: tuple[int, ...] = ()
    notes: tuple[Text, ...] = ()
    symbols: str = ""
    numbers: str = ""
    steps_title: Text | None = None
    steps: tuple[Line, ...] = ()
    """The optimizer's arithmetic, line by line, with formulas; drawn below the rows."""
    graph: Graph | None = None
    """A curve shown instead of rows."""
    instead: Text | None = None
    """Why there are no rows."""

    @property
    def is_sorted(self) -> bool:
        """Whether the rows, whose last cells are their amounts, are sorted by size."""
        sizes = [abs(cell.value) for row in self.rows for cell in row.cells[-1:] if isinstance(cell, Amount)]
        return not self.order or all(size >= following for size, following in pairwise(sizes))
