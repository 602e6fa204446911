"""The gradients of values and weights in the microscope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from microscope_kit import looked_into
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.microscope.page import WeightAt
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.inspection.arithmetic.terms import Place

if TYPE_CHECKING:
    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

Key = Qt.Key


@pytest.fixture
def window(application: Application) -> MainWindow:
    return looked_into(application)


def test_backward_shows_gradients_and_a_click_on_a_weight_its_own(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.open(Place("conv2", 3, 5, 5))
    QTest.keyClick(scope, Key.Key_B)
    person.until(lambda: "How the loss changes" in scope.text(), "the gradient")
    backward = next(one for one in scope.bar.direction.buttons() if one.objectName() == "backward")
    assert backward.isChecked()
    QTest.keyClick(scope, Key.Key_B)
    person.until(lambda: "288 products" in scope.text(), "the products")
    kernel = scope.sheet.rows.cell_frame(0, 3)
    QTest.mouseClick(scope.sheet.rows.viewport(), LEFT, pos=kernel.center().toPoint())
    page = scope.page()
    assert page is not None and scope.looking is not None and scope.looking.weight is not None
    index = scope.looking.weight.index
    assert index[:1] == (3,) and index[2:] == (1, 1)
    person.until(lambda: "positions contributed" in scope.text(), "the gradient of the weight")
    step = window.bridge.session.status.step
    window.bridge.session.batches(2)
    person.until(lambda: window.bridge.session.status.step >= step + 2, "two batches")
    person.until(lambda: "new weight" in scope.sheet.steps.lines(), "the step of the optimizer")
    assert window.middle.path.parts()[-1].startswith("weight")
    QTest.keyClick(scope, Key.Key_Escape)
    assert scope.looking is not None and scope.looking.weight is None
    assert window.middle.path.parts()[-1] == "(5, 5)"


def test_a_click_on_the_bias_leads_to_its_gradient_and_keys_from_weight_to_weight(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.open(Place("conv2", 3, 5, 5))
    table = scope.sheet.table
    line = table.line_frame(list(table.lines()).index("bias")).center().toPoint()
    QTest.mouseClick(table, LEFT, pos=line)
    assert scope.looking is not None and scope.looking.weight == WeightAt("bias", (3,))
    person.until(lambda: "The gradient of conv2.bias[3]" in scope.text(), "the gradient of the bias")
    QTest.keyClick(scope, Key.Key_W)
    person.until(lambda: "The gradient of conv2.weight[3, 0, 0, 0]" in scope.text(), "that of a weight")
    QTest.keyClick(scope, Key.Key_Right)
    person.until(lambda: "conv2.weight[3, 0, 0, 1]" in scope.text(), "the weight beside it")
    QTest.keyClick(scope, Key.Key_PageDown)
    person.until(lambda: "conv2.weight[3, 1, 0, 1]" in scope.text(), "the weight in the next slice")
    QTest.mouseClick(scope.sheet.map, LEFT, pos=scope.sheet.map.centre(2, 2).toPoint())
    person.until(lambda: "conv2.weight[3, 1, 2, 2]" in scope.text(), "the clicked weight")
    QTest.keyClick(scope, Key.Key_Escape)
    assert scope.looking.weight is None and scope.place == Place("conv2", 3, 5, 5)


def test_a_click_on_a_weight_in_the_kernels_tab_leads_to_its_gradient(window: MainWindow) -> None:
    person, scope = Person(window), window.panel(Microscope)
    window.middle.to_network()
    person.click_node("conv2")
    kernels = window.panel(KernelsPanel)
    window.show_panel("kernels")
    person.until(lambda: kernels.shown_weights() is not None, "the kernels")
    centre = kernels.grid.centre(0)
    assert centre is not None
    QTest.mouseClick(kernels.grid.viewport(), LEFT, pos=centre.toPoint())
    assert window.middle.is_deep and scope.looking is not None and scope.looking.weight is not None
    filter = kernels.shown_filters()[0]
    index = (filter, int(kernels.shown_order(filter)[0]), 1, 1)
    assert scope.looking.weight == WeightAt("weight", index) and scope.looking.place.channel == filter
    person.until(lambda: f"conv2.weight[{', '.join(map(str, index))}]" in scope.text(), "its gradient")
