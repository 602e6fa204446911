"""Where a click on a row of the microscope leads. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.panels.microscope.asking import value_at
from cnnviz.gui.panels.microscope.facts import spell_at
from cnnviz.gui.panels.microscope.page import Block, Picture, WeightAt
from cnnviz.gui.panels.microscope.weight_moves import weight_at
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.terms import Place

if TYPE_CHECKING:
    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.gui.panels.microscope.readings import Pointed
    from cnnviz.inspection.snapshot import Snapshot


def place_under(page: Page, pointed: Pointed) -> Place | None:
    """The value of a layer at the position ``pointed``; None if there is none."""
    row_index, cell_index, row, column = pointed
    if not 0 <= row_index < len(page.rows) or not 0 <= cell_index < len(page.rows[row_index].cells):
        return None
    cell = page.rows[row_index].cells[cell_index]
    return cell.leads(row, column) if isinstance(cell, Picture | Block) and cell.leads is not None else None


def led_to(
    page: Page | None, snapshot: Snapshot | None, looking: Looking | None, pointed: Pointed
) -> Place | WeightAt | None:
    """The value or weight that a click opens; None for a row that comes from no layer.

    That is the value or weight under the pointer. If there is none, it is the value of the row's largest term.
    """
    row_index, cell_index, row, column = pointed
    if page is None or snapshot is None or looking is None or not 0 <= row_index < len(page.rows):
        return None
    place = place_under(page, pointed)
    if place is not None:
        return place
    cells = page.rows[row_index].cells
    value = value_at(snapshot, looking.place)
    # where a row has two blocks, they are values and their weights
    blocks = [index for index, cell in enumerate(cells) if isinstance(cell, Block)]
    forward = not looking.backward and looking.weight is None
    if forward and value is not None and page.order and len(blocks) == 2 and cell_index == blocks[1]:
        weight = weight_at(value, page.order[row_index], row, column)
        if weight is not None:
            return weight
    return page.rows[row_index].leads


def spell_led(target: Place | WeightAt | None, snapshot: Snapshot | None, looking: Looking | None) -> str:
    """``pool1[20, 6, 8]``, ``conv2.weight[7, 20, 0, 1]``; nothing where a click leads nowhere."""
    if target is None or snapshot is None or looking is None:
        return ""
    if isinstance(target, Place):
        value, values = value_at(snapshot, looking.place), snapshot.answer(ValuesOf(target.node))
        if value is not None and target.node in value.inputs:
            return spell_at(target, value.inputs[target.node].ndim)
        return "" if values is None else spell_at(target, values.output.ndim)
    return target.spell(looking.place.node)
