"""The rows of the microscope as they are painted: numbers as pictures, and bars that stand still."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_kit import page_of

from cnnviz.equations import Decimals
from cnnviz.gui.panels.microscope.number_pictures import MOST_PICTURES, NumberPictures, write_number
from cnnviz.gui.panels.microscope.page import Amount
from cnnviz.gui.panels.microscope.rows import RowsView
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.inspection.arithmetic.terms import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.panels.microscope.page import Page, Row

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@given(st.lists(st.floats(-2000, 2000, width=32), min_size=1, max_size=40), st.integers(0, 6))
def test_numbers_share_a_picture_only_if_they_are_written_alike(
    qapp: QApplication, values: list[float], count: int
) -> None:
    style = Decimals(count)
    pictures = NumberPictures(style, True, qapp.font(), DARK.text, 1.0)
    [drawn] = pictures.of(np.array([values], np.float32))
    texts: dict[int, str] = {}
    for value, (picture, _) in zip(values, drawn, strict=True):
        text = write_number(value, style, True)
        assert texts.setdefault(picture.cacheKey(), text) == text
        assert write_number(-0.0, style, True) == write_number(0.0, style, True)


def test_the_pictures_of_numbers_do_not_pile_up(qapp: QApplication) -> None:
    pictures = NumberPictures(Decimals(3), False, qapp.font(), DARK.text, 1.0)
    for start in range(0, 3 * MOST_PICTURES, 100):
        values = (np.arange(start, start + 100) / 1000).astype(np.float32).reshape(10, 10)
        assert len(pictures.of(values)) == 10
    assert len(pictures._pictures) <= MOST_PICTURES + 200


def _with_decimals(page: Page, decimals: int) -> Page:
    def finer(row: Row) -> Row:
        cells = (
            replace(cell, written=Decimals(decimals).write(cell.value, plus=True)) if isinstance(cell, Amount) else cell
            for cell in row.cells
        )
        return replace(row, cells=tuple(cells))

    return replace(page, rows=tuple(finer(row) for row in page.rows))


def test_bars_stand_still_when_a_moment_has_more_or_fewer_decimals(qtbot: QtBot) -> None:
    rows = RowsView(DARK)
    qtbot.addWidget(rows)
    rows.resize(700, 500)
    rows.show()
    page = page_of(Place("conv2", 2, 3, 1))
    rows.show_page(_with_decimals(page, 5))
    wide = rows._columns
    rows.show_page(_with_decimals(page, 2))
    assert rows._columns == wide
    # another value has its own room
    other = page_of(Place("conv2", 2, 3, 2))
    assert other.title != page.title
    rows.show_page(_with_decimals(other, 2))
    assert wide is not None and rows._columns is not None
    assert rows._columns.amounts[-1] < wide.amounts[-1]


def test_what_a_new_moment_does_not_change_is_drawn_once(qtbot: QtBot) -> None:
    rows = RowsView(DARK)
    qtbot.addWidget(rows)
    rows.resize(700, 500)
    rows.show()
    page = page_of(Place("conv2", 2, 3, 1))
    rows.show_page(page)
    rows.viewport().grab()
    drawn = rows._ground._picture.cacheKey()
    shifted = replace(page, rows=tuple(replace(row, cells=row.cells) for row in page.rows))
    rows.show_page(shifted)
    rows.viewport().grab()
    assert rows._ground._picture.cacheKey() == drawn
    changes: tuple[Callable[[], object], ...] = (
        lambda: rows.set_theme(LIGHT),
        lambda: rows.resize(600, 500),
        lambda: rows.show_page(replace(page, rows=page.rows[::-1])),
        lambda: rows.show_page(replace(page, rest=None)),
    )
    for change in changes:
        change()
        rows.viewport().grab()
        assert rows._ground._picture.cacheKey() != drawn
        drawn = rows._ground._picture.cacheKey()
