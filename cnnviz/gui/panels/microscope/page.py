"""What the microscope draws: rows of cells at the left, a map, a table and a formula at the right. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.inspection.arithmetic.terms import Numbers, Place
    from cnnviz.inspection.questions import Array

Frame = tuple[int, int, int, int]
"""First row, first column, and the row and column behind the last, in values of a map; it may reach outside."""


Text = Sentence
"""A sentence whose template is marked for translation where it is written, in the context "microscope"."""


def text(template: str, **values: object) -> Text:
    """A sentence. Whole numbers but the field ``count`` are those of places: they are written as they are."""
    return Sentence(template, **{name: _place(name, value) for name, value in values.items()})


def _place(name: str, value: object) -> object:
    return str(value) if isinstance(value, int) and name != "count" else value


@dataclass(frozen=True)
class Scale:
    """Colours run from ``-limit`` to ``limit`` where ``signed``, else from 0 to ``limit``."""

    limit: float
    signed: bool


@dataclass(frozen=True, eq=False)
class Picture:
    """A whole map, float32 (H, W), with a solid ``frame`` around a part of it."""

    values: Array
    scale: Scale
    frame: Frame | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """A few values as colours, float32 (h, w), with their numbers beside them where there is room.

    ``outside``: bool (h, w), the values that the padding holds, hatched; ``marked`` (row, column) has a frame.
    """

    values: Array
    scale: Scale
    outside: NDArray[np.bool_] | None = None
    marked: tuple[int, int] | None = None


@dataclass(frozen=True)
class Sign:
    """A sign between two cells, such as ×."""

    sign: str


@dataclass(frozen=True)
class Amount:
    """A number and a bar whose full length stands for ``limit``: from the middle where it is ``signed``."""

    value: float
    limit: float
    signed: bool = True


@dataclass(frozen=True)
class Words:
    """A few words."""

    text: Text


@dataclass(frozen=True)
class Number:
    """A number as it is written; ``widest`` is the longest one that stands in this column."""

    written: str
    widest: str


Cell = Picture | Block | Sign | Amount | Words | Number


@dataclass(frozen=True, eq=False)
class Row:
    """One term: ``number`` stands before it, ``name`` says what it is; a click ``leads`` to where it comes from.

    ``strong`` sets it off from the others.
    """

    number: str
    name: Text
    cells: tuple[Cell, ...]
    leads: Place | None = None
    strong: bool = False


@dataclass(frozen=True)
class Rest:
    """The one row for all terms that are not shown, and their sum; None where they are shown and can be hidden."""

    name: Text
    amount: Amount | None


@dataclass(frozen=True)
class Line:
    """A line of the table: a name and a number; ``strong`` is the result, ``formula`` stands below the name."""

    name: Text
    number: str
    strong: bool = False
    formula: str = ""


@dataclass(frozen=True, eq=False)
class Graph:
    """A curve, float64 (n,) each, and a point (x, y) on it."""

    xs: Numbers
    ys: Numbers
    point: tuple[float, float]
    x_name: Text
    y_name: Text


@dataclass(frozen=True, eq=False)
class Page:
    """One value written out.

    ``title`` says what the rows show, ``heads`` stand above their cells, ``order`` are the numbers of all terms as they
    are sorted. ``rest`` is None where every term has its row. ``symbols`` and ``numbers`` are the formula, in HTML.
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
    graph: Graph | None = None
    """Drawn in the place of the rows."""
