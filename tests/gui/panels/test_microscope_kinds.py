"""The microscope has a page for a value of every kind of layer, and can paint it."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inspection_kit import answers, moment_of, places, sample_of
from networks import networks_with
from PySide6.QtGui import QFont, QFontMetricsF
from written_numbers import half_a_digit, read

from cnnviz.equations import NEARLY
from cnnviz.gui.panels.microscope.asking import HeldScales
from cnnviz.gui.panels.microscope.backward import gradient_page
from cnnviz.gui.panels.microscope.facts import Facts, Options
from cnnviz.gui.panels.microscope.measures import BETWEEN_HEADS, arrange, heading
from cnnviz.gui.panels.microscope.page import Amount, Number, Page, Sign, Words, text
from cnnviz.gui.panels.microscope.readings import Pointed
from cnnviz.gui.panels.microscope.sheet import Sheet
from cnnviz.gui.panels.microscope.state import PAGES, page
from cnnviz.gui.panels.microscope.tables import as_csv
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.theme import DARK
from cnnviz.inspection.answers.gradient import GradientOf
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.forms import Attended, Combined, Normalized, Pixel, Products, Scaled
from cnnviz.network.layers import KINDS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.inspection.answers.value import Value

pytestmark = pytest.mark.usefixtures("one_torch_thread")

ALL_TERMS = Options(unfolded=True)


def pages(kind: str, data: st.DataObject, seed: int, options: Options = ALL_TERMS) -> list[tuple[Value, Page]]:
    """A few values of a node of this kind, and their pages, the last that of a gradient."""
    network = data.draw(networks_with(kind))
    moment, sample = moment_of(network, seed), sample_of(network, seed)
    node = next(name for name in ("one", *network.order) if name in network.nodes and network[name].kind == kind)
    if node not in moment.shapes.taking_part:
        return []
    (values,) = answers(moment, sample, [ValuesOf(node)])
    assert values is not None
    made: list[tuple[Value, Page]] = []
    for place in places(moment, node, 2):
        value = values.at(place)
        assert value is not None
        made.append((value, page(Facts(value, network, {}), options)))
    (gradient,) = answers(moment, sample, [GradientOf(place)])
    assert gradient is not None and value is not None
    made.append((value, gradient_page(gradient, Options(), HeldScales().hold)))
    return made


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=5)
@given(data=st.data(), seed=st.integers(0, 100))
def test_every_kind_has_a_page_whose_rows_make_the_value(kind: str, data: st.DataObject, seed: int) -> None:
    made = pages(kind, data, seed)
    for value, shown in made[:-1]:
        assert type(value.arithmetic) in PAGES
        assert [line for line in shown.table if line.strong]
        amounts = [cell.value for row in shown.rows for cell in row.cells if isinstance(cell, Amount)]
        if isinstance(value.arithmetic, Products | Attended) and np.isfinite(value.value):
            total = sum(amounts) + (value.arithmetic.bias or 0)
            size = sum(map(abs, amounts)) + abs(value.arithmetic.bias or 0)
            assert total == pytest.approx(value.value, abs=1e-5 * max(size, 1e-30))
        elif isinstance(value.arithmetic, Combined):
            assert len(amounts) == len(value.inputs) or len(amounts) >= 2
        assert len(as_csv(shown).splitlines()) == 1 + len(shown.rows)


def assert_sum_is_right(shown: Page) -> None:
    """The written rows and the rest give the written sum, which with the bias gives the written value; or ≈ says that
    they are rounded."""
    rows = [cell.written for row in shown.rows for cell in row.cells if isinstance(cell, Amount)]
    if shown.rest is not None and shown.rest.amount is not None:
        rows.append(shown.rest.amount.written)
    (result,) = (line.number for line in shown.table if line.strong)
    lines = {line.name.template: line.number for line in shown.table}
    subtotal = next(iter(lines.values()))
    if NEARLY not in subtotal:
        assert sum(map(read, rows)) == read(subtotal)
    else:
        assert shown.rest is None or shown.rest.amount is None
    if NEARLY not in result:
        assert read(subtotal) + read(lines.get("bias", "0")) == read(result)


def assert_steps_are_right(shown: Page) -> None:
    """Each written result follows from the written numbers before it, to its last digit, unless ≈ stands before it."""
    before: Decimal | None = None
    for row in shown.rows:
        sign, _, operand, equals, result = row.cells
        assert isinstance(sign, Sign) and isinstance(operand, Number)
        assert isinstance(equals, Sign) and isinstance(result, Amount)
        if before is not None and equals.sign == "=" and read(operand.written):
            made = DECIMALS[sign.sign](before, read(operand.written))
            assert abs(made - read(result.written)) <= half_a_digit(result.written)
        before = read(result.written)


DECIMALS = {"+": Decimal.__add__, "−": Decimal.__sub__, "×": Decimal.__mul__, "÷": Decimal.__truediv__}


@pytest.mark.parametrize("kind", ["Conv2d", "Dense", "MultiheadSelfAttention", "BatchNorm2d", "Input"])
@settings(max_examples=4)
@given(data=st.data(), seed=st.integers(0, 100))
def test_what_a_page_writes_adds_up_as_it_is_read(kind: str, data: st.DataObject, seed: int) -> None:
    options = data.draw(st.sampled_from([ALL_TERMS, Options(row_count=3)]))
    for value, shown in pages(kind, data, seed, options)[:-1]:
        if np.isfinite(value.value) and shown.rows and isinstance(value.arithmetic, Products | Attended):
            assert_sum_is_right(shown)
        elif np.isfinite(value.value) and isinstance(value.arithmetic, Normalized | Scaled | Pixel):
            assert_steps_are_right(shown)


def assert_heads_apart(sheet: Sheet) -> None:
    """Each word of the heads is inside its area, and the areas are apart."""
    areas = [area for _, area, _ in sheet.rows.head_areas()]
    metrics = QFontMetricsF(heading(sheet.font()))
    for head, area, _ in sheet.rows.head_areas():
        assert max(map(metrics.horizontalAdvance, spelled(head).split()), default=0) <= area.width() + 0.5
    assert all(a.right() + BETWEEN_HEADS <= b.left() + 0.5 for a, b in pairwise(areas))


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_kind_is_painted(qtbot: QtBot, kind: str, data: st.DataObject) -> None:
    sheet = Sheet(DARK)
    qtbot.addWidget(sheet)
    sheet.resize(700, 400)
    for value, shown in pages(kind, data, 1):
        sheet.show_page(shown, value.arithmetic)
        assert not sheet.grab().isNull()
        for width in (700, 420):
            sheet.resize(width, 400)
            assert_heads_apart(sheet)
        sheet.resize(700, 400)
        for row in range(min(3, len(shown.rows))):
            for cell in range(len(shown.rows[row].cells)):
                sheet._point(Pointed(row, -1, -1, -1))
                assert sheet.reading()
                assert sheet.rows.cell_frame(row, cell).left() >= 0


def test_heads_have_at_least_eleven_pixels(qtbot: QtBot) -> None:
    sheet = Sheet(DARK)
    qtbot.addWidget(sheet)
    small = sheet.font()
    small.setPixelSize(9)
    for font in (sheet.font(), small):
        assert heading(font).pixelSize() >= 11


def test_few_rows_of_words_become_higher_where_there_is_room() -> None:
    cells = (Sign("−"), Words(text("mean")), Amount(0.5, 1.0))
    few, many = (arrange(cells, 0, (600, 400), count, QFont()) for count in (4, 40))
    assert many.height < few.height <= 2 * many.height
