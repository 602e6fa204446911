"""The keys of the microscope."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

from cnnviz.gui.panels.microscope.moves import largest_product, neighbour
from cnnviz.gui.panels.microscope.weight_moves import (
    first_weight,
    neighbour_weight,
    next_parameter,
    weight_of_next_map,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QKeyEvent

    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.gui.panels.microscope.controls import Controls
    from cnnviz.gui.panels.microscope.page import Page, WeightAt
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.answers.weight_gradient import WeightGradient
    from cnnviz.inspection.arithmetic.terms import Place


class Scope(Protocol):
    """The part of the microscope that its keys use."""

    bar: Controls

    @property
    def looking(self) -> Looking | None:
        """The value, map or weight on screen."""
        ...

    def page(self) -> Page | None:
        """The page on screen."""
        ...

    def value(self) -> Value | None:
        """The value on screen."""
        ...

    def weight_gradient(self) -> WeightGradient | None:
        """The gradient of the weight on screen."""
        ...

    def open(self, place: Place) -> None:
        """Look at a value."""
        ...

    def open_weight(self, index: tuple[int, ...], parameter: str = "weight") -> None:
        """Look at the gradient of one weight."""
        ...

    def open_known(self, place: Place, *, whole: bool = False) -> None:
        """Look at a value, if it exists."""
        ...

    def open_strongest(self, node: str, channel: int | None = None) -> None:
        """Look at the strongest value of a layer or of one map."""
        ...

    def click(self, *pointed: int) -> None:
        """Act like a click on a row, a cell in it, and row and column of a value in the cell."""
        ...

    def go_up(self) -> None:
        """One level up."""
        ...

    def sweep(self, by: int = 1) -> None:
        """Move the window."""
        ...

    def pin(self) -> None:
        """Pin the map, or unpin it."""
        ...

    def turn(self, *, backward: bool) -> None:
        """Show how the loss depends on the value, or how the value comes about."""
        ...


def step(scope: Scope, down: int, across: int) -> None:
    """Go to a neighbouring value or weight; at the border of the map nothing happens."""
    if (gradient := scope.weight_gradient()) is not None:
        _open_weight(scope, neighbour_weight(gradient, down, across))
    elif (value := scope.value()) is not None:
        scope.open_known(neighbour(value, down, across))


def step_map(scope: Scope, by: int) -> None:
    """Go to the same place of the next or the previous map."""
    if (gradient := scope.weight_gradient()) is not None:
        _open_weight(scope, weight_of_next_map(gradient, by))
        return
    value, looking = scope.value(), scope.looking
    if value is not None and looking is not None and value.map.ndim > 1:
        scope.open_known(replace(value.place, channel=value.place.channel + by), whole=looking.whole)


def turn_round(scope: Scope) -> None:
    """From forward to backward, or back."""
    if scope.looking is not None:
        scope.turn(backward=not scope.looking.backward)


def follow(scope: Scope) -> None:
    """Go to where the term of the first row comes from, the largest when they were sorted; from a whole map to its
    strongest value."""
    looking, page = scope.looking, scope.page()
    if looking is not None and looking.whole:
        scope.open_strongest(looking.place.node, looking.place.channel)
        return
    leads = [] if page is None else [row.leads for row in page.rows if row.leads is not None]
    if leads:
        scope.open(leads[0])


def follow_weight(scope: Scope) -> None:
    """Look at the weight of the largest product, or at another weight of the layer; from a weight to one of the next
    parameter."""
    page, looking, value = scope.page(), scope.looking, scope.value()
    if looking is not None and looking.weight is not None:
        _open_weight(scope, None if value is None else next_parameter(value, looking.weight.parameter))
        return
    product = None if page is None else largest_product(page)
    if product is not None:
        scope.click(0, *product)
    elif page is not None:
        _open_weight(scope, first_weight(page))


def _open_weight(scope: Scope, weight: WeightAt | None) -> None:
    if weight is not None:
        scope.open_weight(weight.index, weight.parameter)


Key, Modifier = Qt.Key, Qt.KeyboardModifier

KEYS: Mapping[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[Scope], object]] = {
    (Key.Key_Escape, Modifier.NoModifier): lambda scope: scope.go_up(),
    (Key.Key_Backspace, Modifier.NoModifier): lambda scope: scope.go_up(),
    (Key.Key_Left, Modifier.NoModifier): lambda scope: step(scope, 0, -1),
    (Key.Key_Right, Modifier.NoModifier): lambda scope: step(scope, 0, 1),
    (Key.Key_Up, Modifier.NoModifier): lambda scope: step(scope, -1, 0),
    (Key.Key_Down, Modifier.NoModifier): lambda scope: step(scope, 1, 0),
    (Key.Key_PageUp, Modifier.NoModifier): lambda scope: step_map(scope, -1),
    (Key.Key_PageDown, Modifier.NoModifier): lambda scope: step_map(scope, 1),
    (Key.Key_Return, Modifier.NoModifier): lambda scope: follow(scope),
    (Key.Key_Enter, Modifier.NoModifier): lambda scope: follow(scope),
    (Key.Key_S, Modifier.NoModifier): lambda scope: scope.bar.sweep.click(),
    (Key.Key_N, Modifier.NoModifier): lambda scope: scope.sweep(1),
    (Key.Key_N, Modifier.ShiftModifier): lambda scope: scope.sweep(-1),
    (Key.Key_B, Modifier.NoModifier): lambda scope: turn_round(scope),
    (Key.Key_P, Modifier.NoModifier): lambda scope: scope.pin(),
    (Key.Key_W, Modifier.NoModifier): lambda scope: follow_weight(scope),
}
"""Arrows move the value or weight, Page Up and Down change the map, Enter follows the largest term and W its weight,
then weights of the other parameters. S sweeps, N makes single steps, B switches the direction, P pins the map, and Esc
goes one level up."""


def act(scope: Scope, event: QKeyEvent) -> bool:
    """Handle a key press; returns whether the key has a meaning."""
    modifiers = event.modifiers() & ~Modifier.KeypadModifier
    command = KEYS.get((Key(event.key()), modifiers))
    if command is not None:
        command(scope)
    return command is not None
