"""A page as a table in a file: all its terms, then the lines beside them. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.panels.microscope.page import Amount, Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.gui.panels.microscope.page import Cell, Page, Row


def as_csv(page: Page) -> str:
    """``term,numbers,amount`` of each row, with all digits; the numbers of its blocks are separated by spaces, and the
    amount is its last one."""
    lines = ["term,numbers,amount"]
    for row in page.rows:
        numbers = " ".join(number for cell in row.cells for number in _numbers(cell))
        lines.append(f"{_term(row)},{numbers},{_amount(row)}")
    return "\n".join(lines) + "\n"


def _term(row: Row) -> str:
    name = row.name.template.format(**row.name.values)
    return '"' + name.replace('"', '""') + '"'


def _numbers(cell: Cell) -> Iterator[str]:
    if isinstance(cell, Block):
        yield from (f"{value!r}" for value in cell.values.ravel().tolist())


def _amount(row: Row) -> str:
    amounts = [cell.value for cell in row.cells if isinstance(cell, Amount)]
    return f"{amounts[-1]!r}" if amounts else ""


def file_name(looking: Looking, step: int) -> str:
    """The suggested name of a file with the current page."""
    place, weight = looking.place, looking.weight
    position: tuple[object, ...] = place.index
    if weight is not None:
        position = (weight.parameter, *weight.index)
    return f"{place.node}-{'-'.join(map(str, position))}-step-{step}"
