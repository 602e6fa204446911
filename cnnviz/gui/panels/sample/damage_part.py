"""Damage to the sample: a slider for each kind, with undo and reset."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from cnnviz.data.damage import Damage
from cnnviz.gui.icons import icon
from cnnviz.gui.localized import fixed
from cnnviz.gui.panels.sample.damage_kinds import KINDS, PIXELS, WHOLE, Kind
from cnnviz.gui.panels.sample.damage_slider import DamageSlider
from cnnviz.gui.panels.sample.small_button import small_button
from cnnviz.gui.panels.sample.steps import Steps
from cnnviz.gui.widgets.folding_section import FoldingSection
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.steady_label import DOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.theme import Theme
    from cnnviz.network.shape import Shape

MOST_STEPS = 200
"""So many changes of the damage can be undone."""
MNIST_SIDE = 28
ICON = 13
"""Width and height of the icons in the head of the section, in pixels."""
DECIMALS = 6
"""Of the value for a position of a slider: more of them are errors of float64."""


class DamagePart(QWidget):
    """The section DAMAGE, folded at first.

    ``damaged(damage, final)`` follows each change; ``final`` is False while a slider or the square is dragged.
    ``folded`` follows when the section is folded or unfolded.
    """

    damaged = Signal(object, bool)
    folded = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        body = QWidget()
        self._section = FoldingSection(self.tr("DAMAGE"), body, theme)
        self.damage = Damage()
        self._steps: Steps[Damage] = Steps(MOST_STEPS)
        self._gesture = ""
        """The field that the last step changed: further changes of this field belong to the same step."""
        self._side_ratio = 1.0
        """The side of the images, in sides of an MNIST image."""
        self.sliders: dict[str, DamageSlider] = {}
        self.resets: dict[str, QToolButton] = {}
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for row, kind in enumerate(KINDS):
            for column, widget in enumerate(self._row(kind)):
                grid.addWidget(widget, row, column)
        self.undo = small_button(self.tr("Undo the last damage (Ctrl+Z)"), lambda: self._go(self._steps.undo))
        self.redo = small_button(self.tr("Redo (Ctrl+Shift+Z)"), lambda: self._go(self._steps.redo))
        self.reset = small_button(self.tr("Reset: no damage"), lambda: self._change(Damage(), "reset"))
        for button in (self.undo, self.redo, self.reset):
            button.setIconSize(QSize(ICON, ICON))
            self._section.add_to_head(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)
        self._section.title.setChecked(False)
        self._section.folded.connect(self._fold)
        self._set_icons(theme)
        self.set_shape((1, MNIST_SIDE, MNIST_SIDE))

    def set_shape(self, shape: Shape) -> None:
        """Set the shape (C, H, W) of the images, on which the limits of the sliders depend."""
        self._side_ratio = min(shape[1:]) / MNIST_SIDE
        for kind in KINDS:
            slider = self.sliders[kind.field]
            slider.blockSignals(True)
            slider.setRange(*kind.limits(self._side_ratio))
            slider.blockSignals(False)
        self._show()

    def unfold(self, field: str = "") -> DamageSlider:
        """Unfold the section. Returns the slider of ``field``, or the first slider if it is empty."""
        self._section.title.setChecked(True)
        return self.sliders[field or KINDS[0].field]

    def _fold(self) -> None:
        # the panel asks for its height before Qt has laid it out
        self._section.updateGeometry()
        self.folded.emit()

    @property
    def open(self) -> bool:
        """Whether the section is unfolded."""
        return self._section.title.isChecked()

    def words(self) -> str:
        """The kinds of damage with their values; empty if there is no damage."""
        changed = [kind for kind in KINDS if getattr(self.damage, kind.field) != getattr(Damage(), kind.field)]
        return DOT.join(f"{QCoreApplication.translate('damage', kind.name)} {self._number(kind)}" for kind in changed)

    def forget(self) -> None:
        """Set no damage and forget all steps, without :attr:`damaged`."""
        self.damage, self._gesture = Damage(), ""
        self._steps = Steps(MOST_STEPS)
        self._show()

    def drag_cover(self, row: float, column: float) -> None:
        """Move the middle of the black square, as a part of one drag; in shares of the image's height and width."""
        if self.damage.cover:
            self._change(replace(self.damage, cover_row=row, cover_column=column), "place", final=False)

    def end_drag(self) -> None:
        """End the drag of a slider or of the square: the next change is another step."""
        if self._gesture:
            self._gesture = ""
            self.damaged.emit(self.damage, True)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._section.set_theme(theme)
        self._set_icons(theme)

    def _row(self, kind: Kind) -> tuple[QWidget, QWidget, QWidget]:
        name = QCoreApplication.translate("damage", kind.name)
        tip = QCoreApplication.translate("damage", kind.tip)
        label = PlainLabel(name)
        label.setProperty("role", "muted")
        label.setToolTip(tip)
        slider = self.sliders[kind.field] = DamageSlider()
        slider.setToolTip(tip)
        slider.setAccessibleName(name)
        slider.setAccessibleDescription(tip)
        slider.valueChanged.connect(partial(self._slid, kind))
        slider.sliderReleased.connect(self.end_drag)
        slider.undoAsked.connect(lambda: self._go(self._steps.undo))
        slider.redoAsked.connect(lambda: self._go(self._steps.redo))
        if kind.field == "cover":
            slider.moveAsked.connect(self._move_cover)
        value = self.resets[kind.field] = QToolButton()
        value.setStyleSheet("padding: 1px 0;")
        value.setToolTip(self.tr("Reset {name}").format(name=name))
        value.clicked.connect(lambda: self._reset(kind))
        value.setFixedWidth(value.fontMetrics().horizontalAdvance("× 0.00") + 4)
        return label, slider, value

    def _set_icons(self, theme: Theme) -> None:
        for button, name in ((self.undo, "undo"), (self.redo, "redo"), (self.reset, "restore")):
            button.setIcon(icon(name, theme.text))

    def _slid(self, kind: Kind, ticks: int) -> None:
        value = ticks * kind.unit(self._side_ratio)
        value = round(value) if kind.field in WHOLE else round(value, DECIMALS)
        final = not self.sliders[kind.field].isSliderDown()
        self._change(replace(self.damage, **{kind.field: value}), kind.field, final=final)  # type: ignore[arg-type]

    def _reset(self, kind: Kind) -> None:
        self._gesture = ""
        self._change(replace(self.damage, **{kind.field: getattr(Damage(), kind.field)}), "reset")

    def _move_cover(self, down: int, right: int) -> None:
        step = 1 / MNIST_SIDE
        row, column = self.damage.cover_row + down * step, self.damage.cover_column + right * step
        moved = replace(self.damage, cover_row=min(1.0, max(0.0, row)), cover_column=min(1.0, max(0.0, column)))
        self._change(moved, "place")

    def _change(self, damage: Damage, gesture: str, *, final: bool = True) -> None:
        if damage == self.damage:
            return
        if gesture != self._gesture or gesture == "reset":
            self._steps.note(self.damage)
        self._gesture = gesture
        self.damage = damage
        self._show()
        self.damaged.emit(damage, final)

    def _go(self, step: Callable[[Damage], Damage]) -> None:
        self.damage, self._gesture = step(self.damage), ""
        self._show()
        self.damaged.emit(self.damage, True)

    def _show(self) -> None:
        for kind in KINDS:
            value, default = getattr(self.damage, kind.field), getattr(Damage(), kind.field)
            slider, reset = self.sliders[kind.field], self.resets[kind.field]
            slider.blockSignals(True)
            slider.setValue(round(value / kind.unit(self._side_ratio)))
            slider.blockSignals(False)
            text = self._number(kind)
            reset.setText(text)
            reset.setAccessibleName(self.tr("{text}, reset").format(text=text))
            reset.setEnabled(value != default)
        self.undo.setEnabled(self._steps.can_undo)
        self.redo.setEnabled(self._steps.can_redo)
        self.reset.setEnabled(self.damage != Damage())

    def _number(self, kind: Kind) -> str:
        """The value of a kind, with its unit."""
        template = QCoreApplication.translate("damage", kind.text) if kind.text == PIXELS else kind.text
        return template.format(number=fixed(getattr(self.damage, kind.field), kind.decimals, kind.plus))
