"""The line below the rows, about the number under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnviz.gui.localized import exact, localized
from cnnviz.gui.panels.microscope.page import Amount, Block, Number, Picture, Sign, text
from cnnviz.gui.panels.microscope.products import read_product
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.translation import QT_TRANSLATE_NOOP
from cnnviz.inspection.arithmetic.terms import Products

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.page import Page, Row
    from cnnviz.inspection.arithmetic.forms import Arithmetic
    from cnnviz.inspection.arithmetic.terms import Place

INVITATION = text(
    QT_TRANSLATE_NOOP(
        "microscope", "Point at a number for all its digits · click it to follow it · numbers are rounded"
    )
)
"""The text while the pointer is at no number. In a narrow line the last parts are left out."""
AT = QT_TRANSLATE_NOOP("microscope", "{name}, row {row}, column {column}: {number}")
MAP_OF = QT_TRANSLATE_NOOP("microscope", "map {number} of {node}")
VALUE_OF = QT_TRANSLATE_NOOP("microscope", "value {number} of {node}: {value}")
CLICK = QT_TRANSLATE_NOOP("microscope", "{said}. Click: {target}")


class Pointed(NamedTuple):
    """A row of the page, a cell in it, row and column of a value in the cell; each is -1 if there is none."""

    row: int
    cell: int
    value_row: int
    value_column: int


def with_target(reading: str, target: str) -> str:
    """A ``reading`` of what is at the pointer, followed by the ``target`` of a click, if there is one."""
    return spelled(text(CLICK, said=reading, target=target)) if target else reading


def read_row(page: Page, arithmetic: Arithmetic | None, pointed: Pointed) -> str:
    """The value or number in a row under the pointer, with all its digits."""
    row_index, cell_index, row, column = pointed
    if row_index < 0:
        return spelled(INVITATION)
    term = page.rows[row_index]
    name = spelled(term.name)
    cell = term.cells[cell_index] if cell_index >= 0 else None
    if isinstance(cell, Picture):
        place = None if cell.leads is None else cell.leads(row, column)
        value = exact(float(cell.values[row, column]))
        if place is not None and (place.row, place.column) == (row, column):
            name = spelled(text(MAP_OF, number=place.channel, node=place.node))
        elif place is not None:
            return spelled(text(VALUE_OF, number=place.channel, node=place.node, value=value))
        return spelled(text(AT, name=name, row=row, column=column, number=value))
    if isinstance(cell, Block) and isinstance(arithmetic, Products):
        product = read_product(arithmetic, page.order[row_index], row, column)
        row, column = int(arithmetic.rows[row]), int(arithmetic.columns[column])
        return spelled(text(AT, name=name, row=row, column=column, number=product))
    return f"{name}: {exact(float(cell.values[row, column]))}" if isinstance(cell, Block) else _read_result(term)


def _read_result(row: Row) -> str:
    """The name of a row with the number it ends in; a step, which begins with its sign, with sign and operand:
    ``− mean 0.0029 = 0.0561``."""
    name, amount = spelled(row.name), row.cells[-1] if row.cells else None
    if not isinstance(amount, Amount):
        return name
    result, sign = exact(amount.value), row.cells[0]
    operands = [cell.written for cell in row.cells if isinstance(cell, Number) and cell.written]
    if not operands or not isinstance(sign, Sign):
        return f"{name}: {result}"
    # an operand that is named by its number is not written twice
    operand = localized(operands[0]) if name.isdigit() else f"{name} {localized(operands[0])}"
    return f"{sign.sign} {operand} = {result}"


def read_map(page: Page, row: int, column: int) -> str:
    """A value of the map at the right."""
    if row < 0:
        return spelled(INVITATION)
    number = exact(float(page.map.values[row, column]))
    return spelled(text(AT, name=spelled(page.map_title), row=row, column=column, number=number))


def why_empty(place: Place | None) -> str:
    """Why there is no page of a place, and what would bring one."""
    if place is None:
        return spelled(text(QT_TRANSLATE_NOOP("microscope", "Click a value of a map to see how it comes about.")))
    waits = QT_TRANSLATE_NOOP("microscope", "The values of {node} appear as soon as it has run.")
    return spelled(text(waits, node=place.node))
