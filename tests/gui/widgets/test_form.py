from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.fields import (
    ChoiceField,
    NumberField,
    NumbersField,
    PairField,
    ShapeField,
    SidesField,
    SwitchField,
)
from cnnviz.gui.widgets.form import Form, layer_values
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.numbers_line import NumbersLine
from cnnviz.network.layers import KINDS, BatchNorm2d, Conv2d, Dense, Input, Layer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit
    from pytestqt.qtbot import QtBot

    from cnnviz.parameters import Parameter


def shown(qtbot: QtBot, layer: Layer) -> Form:
    form = Form(DARK)
    qtbot.addWidget(form)
    form.set_parameters(layer.parameters())
    form.set_values(layer_values(layer))
    form.resize(280, 600)
    with qtbot.waitActive(form):
        form.show()
        form.activateWindow()
    return form


def write(line: QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)


def another(parameter: Parameter, value: Any) -> Any:
    """Another allowed value."""
    match parameter.form:
        case "integer":
            return value + 1 if value < parameter.high else value - 1
        case "number":
            return (parameter.low + parameter.high) / 2
        case "switch":
            return not value
        case "choice":
            return next(choice for choice in parameter.choices if choice != value)
        case "pair" | "padding":
            return (value[0] + 1, value[1] + 1)
        case "shape" | "sides":
            return (value[0] + 1, *value[1:])
        case "numbers":
            return (0.25, 0.5)


def enter(form: Form, name: str, value: Any) -> None:
    """Give a field a value as a person does."""
    field = form.field(name)
    match field:
        case NumberField():
            write(field.box.lineEdit(), f"{value:.10g}")
            QTest.keyClick(field.box, Qt.Key.Key_Return)
        case SwitchField():
            QTest.keyClick(field.box, Qt.Key.Key_Space)
        case ChoiceField():
            field.box.activated.emit(field.box.findData(value))
        case PairField() | ShapeField() | SidesField():
            write(field.boxes[0].lineEdit(), str(value[0]))
            QTest.keyClick(field.boxes[0], Qt.Key.Key_Return)
        case NumbersField():
            write(field.line, ", ".join(map(str, value)))
            QTest.keyClick(field.line, Qt.Key.Key_Return)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_of_every_kind_goes_round(qtbot: QtBot, kind: str) -> None:
    layer = KINDS[kind]()
    form = shown(qtbot, layer)
    edits: dict[str, Any] = {}
    form.edited.connect(edits.__setitem__)
    for parameter in layer.parameters():
        value = another(parameter, getattr(layer, parameter.name))
        enter(form, parameter.name, value)
        assert edits == {parameter.name: pytest.approx(value) if isinstance(value, float) else value}
        changed = replace(layer, **edits)
        form.set_values(layer_values(changed))
        assert edits.keys() == {parameter.name}, "set_values is silent"
        form.set_values(layer_values(layer))
        edits.clear()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_its_values_and_says_nothing_by_itself(qtbot: QtBot, kind: str) -> None:
    layer = KINDS[kind]()
    form = Form(DARK)
    qtbot.addWidget(form)
    with qtbot.assertNotEmitted(form.edited):
        form.set_parameters(layer.parameters())
        form.set_values(layer_values(layer))
    assert all(form.complaint(parameter.name) == "" for parameter in layer.parameters())


@pytest.mark.parametrize(
    ("layer", "name", "text", "sentence"),
    [
        (Conv2d(), "out_channels", "0", "A whole number from 1 to 65,536 maps."),
        (Conv2d(), "out_channels", "2.5", "A whole number from 1 to 65,536 maps."),
        (Conv2d(), "out_channels", "many", "A whole number from 1 to 65,536 maps."),
        (Conv2d(), "kernel_size", "-3", "Two whole numbers from 1 to 1,024 pixels."),
        (Conv2d(), "padding", "2000", "“same” or two whole numbers from 0 to 1,024 pixels."),
        (BatchNorm2d(), "momentum", "1.5", "A number from 0 to 1."),
        (Dense(), "out_features", "1e12", "A whole number from 1 to 1,000,000,000 units."),
        (Input(), "shape", "0", "Three whole numbers from 1 to 4,096."),
        (Input(), "std", "0", "One or more numbers from 10⁻⁶ to 1000, separated by semicolons."),
        (Input(), "mean", "0.1; x", "One or more numbers from −1000 to 1000, separated by semicolons."),
    ],
)
def test_what_is_not_allowed_stays_as_typed_and_marked_until_esc_and_a_sentence_says_what_is(
    qtbot: QtBot, layer: Layer, name: str, text: str, sentence: str
) -> None:
    form = shown(qtbot, layer)
    line = form.field(name).focusProxy()
    assert isinstance(line, NumberBox | NumbersLine)
    edit = line if isinstance(line, NumbersLine) else line.lineEdit()
    before, refused = edit.text(), list[str]()
    form.refused.connect(refused.append)
    with qtbot.assertNotEmitted(form.edited):
        write(edit, text)
        told = form.complaint(name)
        assert told.startswith(f"{sentence} Until then it stays {before}") and not refused
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert (edit.text(), form.complaint(name)) == (text, told)
        line.clearFocus()
        assert (edit.text(), form.complaint(name)) == (text, told)
        assert line.property("invalid") and line.accessibleDescription() == told
        title = name.replace("_", " ")
        assert refused == [f"“{text}” is no value for {title}. {sentence}"] * 2
        line.setFocus()
        QTest.keyClick(line, Qt.Key.Key_Escape)
    assert (edit.text(), form.complaint(name)) == (before, "")
    assert not line.property("invalid") and line.accessibleDescription() == ""


def test_a_pair_is_linked_until_it_is_unlinked(qtbot: QtBot) -> None:
    form = shown(qtbot, Conv2d())
    field = form.field("kernel_size")
    assert isinstance(field, PairField) and field.link.isChecked()
    edits: list[object] = []
    form.edited.connect(lambda _name, value: edits.append(value))
    write(field.boxes[0].lineEdit(), "5")
    QTest.keyClick(field.boxes[0], Qt.Key.Key_Return)
    field.link.setChecked(False)
    write(field.boxes[1].lineEdit(), "7")
    QTest.keyClick(field.boxes[1], Qt.Key.Key_Return)
    field.link.setChecked(True)
    assert edits == [(5, 5), (5, 7), (5, 5)]


def test_same_padding_is_a_button_and_comes_back(qtbot: QtBot) -> None:
    form = shown(qtbot, Conv2d(padding=(2, 2)))
    field = form.field("padding")
    assert isinstance(field, PairField) and field.same_button is not None
    edits: list[object] = []
    form.edited.connect(lambda _name, value: edits.append(value))
    field.same_button.click()
    assert not field.boxes[0].isEnabled()
    field.same_button.click()
    assert edits == ["same", (2, 2)] and field.boxes[0].isEnabled()


def test_typing_survives_an_update_with_the_same_value(qtbot: QtBot) -> None:
    form = shown(qtbot, Conv2d())
    field = form.field("out_channels")
    assert isinstance(field, NumberField)
    write(field.box.lineEdit(), "12")
    form.set_values(layer_values(Conv2d()))
    assert field.box.lineEdit().text() == "12"
    form.set_values(layer_values(Conv2d(out_channels=48)))
    assert field.box.lineEdit().text() == "48"


def test_steps_stop_at_the_limits_and_a_held_key_is_one_gesture(qtbot: QtBot) -> None:
    form = shown(qtbot, Conv2d(out_channels=2))
    field = form.field("out_channels")
    assert isinstance(field, NumberField)
    seen: list[object] = []
    form.edited.connect(lambda _name, value: seen.append(value))
    form.gestureEnded.connect(lambda: seen.append("end"))
    field.box.setFocus()
    for _ in range(3):
        QTest.keyPress(field.box, Qt.Key.Key_Down)
    QTest.keyRelease(field.box, Qt.Key.Key_Down)
    assert seen == [1, "end"]


@pytest.mark.parametrize(
    ("start", "steps", "after"),
    [(0.002, 1, 0.003), (0.001, -1, 0.0009), (0.009, 1, 0.01), (1.0, 1, 2.0), (0.01, 2, 0.03)],
)
def test_a_rate_steps_by_its_leading_digit(qtbot: QtBot, start: float, steps: int, after: float) -> None:
    box = NumberBox(1e-8, 100.0, whole=False)
    qtbot.addWidget(box)
    box.set_value(start)
    box.stepBy(steps)
    assert box.value() == pytest.approx(after)


def test_a_share_of_0_that_was_typed_does_not_step_down_to_more(qtbot: QtBot) -> None:
    box = NumberBox(0.0, 1.0, whole=False)
    qtbot.addWidget(box)
    box.set_value(0.5)
    box.lineEdit().setText("0")
    box.stepBy(-1)
    assert box.value() == 0.0


def test_the_fields_of_a_kind_that_was_shown_recently_are_shown_again(qtbot: QtBot) -> None:
    form = shown(qtbot, Conv2d(8))
    first = form.field("out_channels")
    assert isinstance(first, NumberField)
    write(first.box.lineEdit(), "half typed")
    form.set_parameters(Dense(10).parameters())
    form.set_values(layer_values(Dense(10)))
    assert not first.isVisible()
    assert form.field("out_features").isVisible()
    form.set_parameters(Conv2d(16).parameters())
    form.set_values(layer_values(Conv2d(16)))
    assert form.field("out_channels") is first
    assert first.isVisible()
    assert first.box.text() == "16"
    assert not form.complaint("out_channels")


def test_a_form_keeps_few_pages(qtbot: QtBot) -> None:
    form = shown(qtbot, Conv2d(8))
    first = form.field("out_channels")
    for kind in KINDS.values():
        if kind is not Conv2d:
            form.set_parameters(kind.parameters())
    form.set_parameters(Conv2d.parameters())
    assert form.field("out_channels") is not first
