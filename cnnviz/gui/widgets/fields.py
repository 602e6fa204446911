"""The fields of a form: a class for each form of parameter, all with the same four signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QToolButton, QWidget

from cnnviz.gui.icons import icon
from cnnviz.gui.language import text
from cnnviz.gui.widgets.choice_box import ChoiceBox
from cnnviz.gui.widgets.number_box import NumberBox
from cnnviz.gui.widgets.numbers_line import NumbersLine
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.parameters import PROPER_NAMES
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from cnnviz.gui.theme import Theme
    from cnnviz.parameters import Parameter


NARROW = "padding: 4px;"
"""Style of the buttons beside number boxes, for places as narrow as 220 pixels."""


Box = TypeVar("Box", NumberBox, NumbersLine)


class Field(QWidget):
    """The base class of fields, in which the user enters a parameter.

    ``edited(value)`` carries an allowed value that the user chose. ``judged(ok)`` follows every key and carries whether
    the text in the field is allowed; ``refused(text)`` follows Enter and leaving with a text that is not.
    ``gestureEnded`` ends a series of edits that are merged for undo.
    """

    edited = Signal(object)
    judged = Signal(bool)
    refused = Signal(str)
    gestureEnded = Signal()
    wide = False
    """Whether the field stands under its name instead of beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._boxes: list[NumberBox | NumbersLine] = []

    def set_value(self, value: object) -> None:
        """Set the value, without a signal."""

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""

    def value_text(self) -> str:
        """The value as text, regardless of what is being typed."""
        return " × ".join(box.typed.text for box in self._boxes)

    def restore(self) -> None:
        """Discard the text being typed and show the value."""
        for box in self._boxes:
            box.typed.restore()

    def apply(self) -> None:
        """Apply the text being typed, if it is allowed."""
        for box in self._boxes:
            if box.typed.typing:
                box.typed.apply()

    def describe(self, sentence: str) -> None:
        """Set the accessible description of marked boxes to ``sentence``, which says what is wrong."""
        for box in self._boxes:
            box.setAccessibleDescription(sentence if box.typed.marked else "")

    def _add(self, box: Box) -> Box:
        self._row.addWidget(box, 1)
        return self._follow(box)

    def _follow(self, box: Box) -> Box:
        self._boxes.append(box)
        box.typed.judged.connect(lambda _: self.judged.emit(not any(box.typed.marked for box in self._boxes)))
        box.typed.refused.connect(self.refused)
        box.gestureEnded.connect(self.gestureEnded)
        self.setFocusProxy(self.focusProxy() or box)
        return box


class NumberField(Field):
    """A field for a number, whole or real."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.box = self._add(NumberBox(parameter.low, parameter.high, parameter.form == "integer"))
        self.box.edited.connect(self.edited)

    def set_value(self, value: object) -> None:
        """Show a number."""
        assert isinstance(value, int | float)
        self.box.set_value(value)


class SwitchField(Field):
    """A field for True or False."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox()
        self._row.addStretch(1)
        self._row.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.box.clicked.connect(self._emit)

    def _emit(self, on: bool) -> None:
        self.edited.emit(on)
        self.gestureEnded.emit()

    def set_value(self, value: object) -> None:
        """Show on or off."""
        self.box.setChecked(bool(value))


class ChoiceField(Field):
    """A field for one of several words."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__()
        self.box = ChoiceBox()
        for choice in choices:
            self.box.addItem(PROPER_NAMES.get(choice) or text(Sentence(choice)), choice)
        self._row.addWidget(self.box, 1)
        self.setFocusProxy(self.box)
        self.box.activated.connect(self._emit)

    def _emit(self, index: int) -> None:
        self.edited.emit(self.box.itemData(index))
        self.gestureEnded.emit()

    def set_value(self, value: object) -> None:
        """Show a choice."""
        self.box.setCurrentIndex(self.box.findData(value))


class PairField(Field):
    """A field for height and width, linked while they are equal; for padding also “same”."""

    wide = True

    def __init__(self, parameter: Parameter, theme: Theme) -> None:
        super().__init__()
        self._value: object = None
        self.boxes = self._box(parameter), self._box(parameter, separator="×")
        self.link = QToolButton()
        self.link.setCheckable(True)
        self.link.setStyleSheet(NARROW)
        self.link.setToolTip(self.tr("Keep height and width equal"))
        self.link.setAccessibleName(self.tr("Keep height and width equal"))
        self.link.toggled.connect(self._equalize)
        self._row.addWidget(self.link)
        self.same_button: QToolButton | None = None
        if parameter.form == "padding":
            self.same_button = QToolButton()
            self.same_button.setText(self.tr("same"))
            self.same_button.setCheckable(True)
            self.same_button.setStyleSheet(NARROW)
            self.same_button.setToolTip(self.tr("As much padding as keeps height and width at stride 1"))
            self.same_button.clicked.connect(self._choose_same)
            self._row.addWidget(self.same_button)
        for box, name in zip(self.boxes, (self.tr("height"), self.tr("width")), strict=True):
            box.setAccessibleName(f"{text(parameter.title)}: {name}")
        self.set_theme(theme)

    def _box(self, parameter: Parameter, separator: str = "") -> NumberBox:
        """A new box, after the ``separator`` if there is one."""
        if separator:
            self._row.addWidget(PlainLabel(separator))
        box = self._add(NumberBox(parameter.low, parameter.high, whole=True))
        box.edited.connect(self._take)
        return box

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.link.setIcon(icon("link-variant", theme.text))

    def set_value(self, value: object) -> None:
        """Show a pair or “same”; two different numbers unlink the boxes."""
        first = self._value is None
        self._value = value
        same = value == "same"
        if self.same_button is not None:
            self.same_button.setChecked(same)
        if same:
            # a box that is disabled while it has the focus would apply the text being typed
            self.restore()
        for box in (*self.boxes, self.link):
            box.setEnabled(not same)
        if isinstance(value, tuple):
            for box, number in zip(self.boxes, value, strict=True):
                box.set_value(number)
            height, width = value
            if first or height != width:
                with QSignalBlocker(self.link):
                    self.link.setChecked(height == width)
        elif first:
            self.link.setChecked(True)

    def _pair(self) -> tuple[int, int]:
        height, width = self.boxes
        return int(height.value()), int(width.value())

    def _take(self, value: int) -> None:
        """Take the value that was entered into a box, for both while they are linked."""
        if self.link.isChecked():
            for box in self.boxes:
                box.set_value(value)
        self._emit(self._pair())

    def _equalize(self, on: bool) -> None:
        """Make the width equal to the height if the boxes are linked now."""
        height, width = self.boxes
        if on and isinstance(self._value, tuple) and len(set(self._value)) > 1:
            width.set_value(height.value())
            self._emit(self._pair())
            self.gestureEnded.emit()

    def _choose_same(self, on: bool) -> None:
        self._emit("same" if on else self._pair())
        self.gestureEnded.emit()

    def _emit(self, value: object) -> None:
        self._value = value
        self.set_value(value)
        self.edited.emit(value)


class WholeNumbersField(Field):
    """A field for several whole numbers, each with a name."""

    wide = True

    def __init__(self, parameter: Parameter, names: tuple[str, ...]) -> None:
        super().__init__()
        self.boxes = tuple(self._box(parameter, name) for name in names)

    def _box(self, parameter: Parameter, name: str) -> NumberBox:
        box = self._follow(NumberBox(parameter.low, parameter.high, whole=True))
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.edited.connect(self._emit)
        return box

    def _emit(self, _value: object) -> None:
        self.edited.emit(tuple(int(box.value()) for box in self.boxes))

    def set_value(self, value: object) -> None:
        """Show a number in each box."""
        assert isinstance(value, tuple)
        for box, number in zip(self.boxes, value, strict=True):
            box.set_value(number)


class ShapeField(WholeNumbersField):
    """A field for channels, height and width."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter, (self.tr("channels"), self.tr("height"), self.tr("width")))
        for box in self.boxes:
            if box is not self.boxes[0]:
                self._row.addWidget(PlainLabel("×"))
            self._row.addWidget(box, 1)


class SidesField(WholeNumbersField):
    """A field for numbers at the four sides: left and right above top and bottom."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter, (self.tr("left"), self.tr("right"), self.tr("top"), self.tr("bottom")))
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        for number, box in enumerate(self.boxes):
            row, column = divmod(number, 2)
            label = PlainLabel(box.accessibleName())
            label.setProperty("role", "muted")
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(box, row, 2 * column + 1)
            grid.setColumnStretch(2 * column + 1, 1)
        self._row.addLayout(grid)


class NumbersField(Field):
    """A field for one or more numbers, separated by semicolons."""

    wide = True

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.line = self._add(NumbersLine(parameter.low, parameter.high))
        self.line.edited.connect(self.edited)

    def set_value(self, value: object) -> None:
        """Show numbers."""
        assert isinstance(value, tuple)
        self.line.set_value(value)


def field_for(parameter: Parameter, theme: Theme) -> Field:
    """A new field for a parameter."""
    match parameter.form:
        case "integer" | "number":
            return NumberField(parameter)
        case "switch":
            return SwitchField()
        case "choice":
            return ChoiceField(parameter.choices)
        case "pair" | "padding":
            return PairField(parameter, theme)
        case "shape":
            return ShapeField(parameter)
        case "sides":
            return SidesField(parameter)
        case "numbers":
            return NumbersField(parameter)
