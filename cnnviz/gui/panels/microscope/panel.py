"""The microscope takes the canvas's place and writes one value out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.panels.microscope.asking import facts_of, questions_about, value_at
from cnnviz.gui.panels.microscope.controls import Controls
from cnnviz.gui.panels.microscope.facts import Options
from cnnviz.gui.panels.microscope.graph_view import GraphView
from cnnviz.gui.panels.microscope.map_view import MapView
from cnnviz.gui.panels.microscope.readings import NOTHING, read_map, read_row
from cnnviz.gui.panels.microscope.rows import RowsView
from cnnviz.gui.panels.microscope.state import page
from cnnviz.gui.panels.microscope.sums import SumTable
from cnnviz.gui.panels.microscope.words import spelled
from cnnviz.gui.widgets.colour_bar import ColourBar
from cnnviz.gui.widgets.elided import ElidedLabel
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.plain import PlainLabel, RichLabel
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.inspection.arithmetic.terms import Place

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from cnnviz.gui.panels.microscope.page import Page
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.answers.value import Value
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot

Key = Qt.Key
STEPS = {Key.Key_Left: (0, -1), Key.Key_Right: (0, 1), Key.Key_Up: (-1, 0), Key.Key_Down: (1, 0)}
RIGHT_WIDTH = 250


class Microscope(Panel):
    """Shows one value: where it comes from, and what it becomes.

    ``moved(Place)`` follows another value of any layer, ``left`` a key that leads one step up, and ``seen`` carries the
    part of the image that the value depends on: (top, left, bottom, right), or None.
    """

    moved = Signal(object)
    left = Signal()
    seen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._place: Place | None = None
        self._whole = False
        """A map is shown in which no value is chosen yet."""
        self._snapshot: Snapshot | None = None
        self._wanted: tuple[str, int | None] | None = None
        """A layer, and perhaps a map, whose strongest value is opened as soon as it is known."""
        self._options = Options()
        self._page: Page | None = None
        self.bar = Controls(theme)
        self.rows, self.graph = RowsView(theme), GraphView(theme)
        self.map, self.large = MapView(theme, 200), MapView(theme)
        self.table = SumTable(theme)
        self._colours = ColourBar(theme)
        self._sweep = QTimer(self)
        self._sweep.setTimerType(Qt.TimerType.PreciseTimer)
        self._title, self._map_title, self._large_title, self._notes = (self._label() for _ in range(4))
        self._symbols, self._numbers = RichLabel(), RichLabel()
        self._empty = self._label()
        self._reading = ElidedLabel()
        self._reading.setProperty("role", "muted")
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Microscope"))
        for view in (self.map, self.large):
            view.chosen.connect(self._choose)
        self.map.pointed.connect(self._point_map)
        self.rows.pointed.connect(self._point)
        self._reading.setText(spelled(NOTHING))
        self.rows.led.connect(self.open)
        self.rows.unfolding.connect(self._unfold)
        self.rows.resized.connect(self._fit)
        self.bar.sweeping.connect(self._set_sweeping)
        self.bar.stepped.connect(self.sweep)
        self.bar.paced.connect(lambda pace: self._sweep.setInterval(1000 // pace))
        self.bar.sortAsked.connect(self._sort)
        self._sweep.setInterval(1000 // self.bar.pace)
        self._sweep.timeout.connect(self.sweep)

    # What the window asks.

    @property
    def place(self) -> Place | None:
        """The value on screen; None while there is none."""
        return self._place

    @property
    def whole(self) -> bool:
        """Whether a map is on screen in which no value is chosen yet."""
        return self._whole

    def page(self) -> Page | None:
        """What is on screen; None while nothing is."""
        return self._page

    def questions(self) -> Questions:
        """See :func:`questions_about`; nothing while the microscope is hidden."""
        if self._place is None or self._snapshot is None or not self.isVisible():
            return frozenset()
        return questions_about(self._snapshot.network, self._place.node)

    def open(self, place: Place, *, whole: bool = False) -> None:
        """Look at a value, or at the ``whole`` map that it is in."""
        self.bar.sweep.setChecked(False)
        self._options = replace(self._options, order=None)
        self._move(place, whole=whole)

    def sweep(self, by: int = 1) -> None:
        """Move the window to the next position in the map, row by row; behind the last one comes the first.

        The rows keep their order.
        """
        value = self._value()
        if value is None or self._whole:
            return
        place, shape = value.place, value.map.shape
        at = place.row * shape[1] + place.column if len(shape) > 1 else place.channel
        at = (at + by) % value.map.size
        if len(shape) == 1:
            self._move(replace(place, channel=at))
        else:
            row, column = divmod(at, shape[1])
            self._move(replace(place, row=row, column=column))

    def open_strongest(self, node: str, channel: int | None = None) -> None:
        """Look at the strongest value of a layer or of one map, as soon as it is known."""
        values = None if self._snapshot is None else self._snapshot.answer(ValuesOf(node))
        if values is not None:
            self.open(values.strongest(channel))
        else:
            self.open(Place(node, channel or 0))
            self._wanted = (node, channel)

    def close_place(self) -> None:
        """Look at nothing."""
        self.bar.sweep.setChecked(False)
        self._place = self._page = self._wanted = None
        self.seen.emit(None)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """See :meth:`Panel.show_snapshot`."""
        self._snapshot = snapshot
        if self._wanted is not None and snapshot.answer(ValuesOf(self._wanted[0])) is not None:
            self.open_strongest(*self._wanted)
        else:
            self._refresh()

    def clear_snapshot(self) -> None:
        """See :meth:`Panel.clear_snapshot`."""
        self._snapshot = None
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """See :meth:`Panel.set_theme`."""
        self._theme = theme
        for part in (self.rows, self.graph, self.map, self.large, self.table, self._colours, self.bar):
            part.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt: arrows move the value, Page Up and Down change the map, Enter follows the largest term."""
        key, held = Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Key.Key_Escape, Key.Key_Backspace) or (
            key == Key.Key_Left and held == Qt.KeyboardModifier.AltModifier
        ):
            self.left.emit()
        elif key in STEPS and not held:
            self.step(*STEPS[key])
        elif key in (Key.Key_PageUp, Key.Key_PageDown) and not held:
            self.step_map(-1 if key == Key.Key_PageUp else 1)
        elif key in (Key.Key_Return, Key.Key_Enter) and not held:
            self.follow()
        elif key == Key.Key_S and not held:
            self.bar.sweep.toggle()
        elif key == Key.Key_N:
            self.sweep(-1 if held == Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)

    def step(self, down: int, across: int) -> None:
        """Go to a neighbouring value; at the border of the map nothing happens."""
        value = self._value()
        if value is None:
            return
        place = value.place
        if value.map.ndim == 1:
            self._go(replace(place, channel=place.channel + across + down * self._columns(value)))
        else:
            self._go(replace(place, row=place.row + down, column=place.column + across))

    def step_map(self, by: int) -> None:
        """Go to the same place of the next or the previous map."""
        value = self._value()
        if value is not None and value.map.ndim > 1:
            self._go(replace(value.place, channel=value.place.channel + by), whole=self._whole)

    def follow(self) -> None:
        """Go one layer back, to where the largest term comes from; from a whole map to its strongest value."""
        if self._whole and self._place is not None:
            self.open_strongest(self._place.node, self._place.channel)
            return
        leads = [row.leads for row in self._page.rows if row.leads is not None] if self._page is not None else []
        if leads:
            self.open(leads[0])

    def text(self) -> str:
        """The sentences on screen, from the top."""
        labels = (self._empty, self._large_title, self._title, self._map_title, self._notes)
        return "\n".join(label.text() for label in labels if label.isVisibleTo(self))

    def reading(self) -> str:
        """The line that reads what is pointed at."""
        return self._reading.text()

    # Parts.

    def _move(self, place: Place, *, whole: bool = False) -> None:
        self._place, self._whole, self._wanted = place, whole, None
        self._refresh()
        self.moved.emit(place)

    def _set_sweeping(self, on: bool) -> None:
        if on:
            self._sweep.start()
        else:
            self._sweep.stop()

    def _sort(self) -> None:
        self._options = replace(self._options, order=None)
        self._refresh()

    def _point(self, row: int, cell: int, down: int, across: int) -> None:
        """Read what is pointed at in the rows."""
        value, made = self._value(), self._page
        if value is not None and made is not None:
            self._reading.setText(read_row(made, value.arithmetic, (row, cell, down, across)))

    def _point_map(self, row: int, column: int) -> None:
        """Read what is pointed at in the map."""
        if self._page is not None:
            self._reading.setText(read_map(self._page, row, column))

    def _go(self, place: Place, *, whole: bool = False) -> None:
        if value_at(self._snapshot, place) is not None:
            self.open(place, whole=whole)

    def _columns(self, value: Value) -> int:
        return 1 if self._page is None else self._page.map.values.shape[1]

    def _choose(self, row: int, column: int) -> None:
        value = self._value()
        if value is None:
            return
        if value.map.ndim == 1:
            self.open(replace(value.place, channel=row * self._columns(value) + column))
        else:
            self.open(replace(value.place, row=row, column=column))

    def _unfold(self) -> None:
        self._options = replace(self._options, unfolded=not self._options.unfolded)
        self._refresh()

    def _fit(self) -> None:
        """Show as many rows as there is room for."""
        if self._page is not None and self.rows.capacity(self._page) not in (0, self._options.few):
            self._refresh()

    def _value(self) -> Value | None:
        return value_at(self._snapshot, self._place)

    def _refresh(self) -> None:
        value = self._value()
        if value is None or self._snapshot is None:
            self._page = None
            self._stack.setCurrentWidget(self._empty)
            self._empty.setText(self._why_empty())
            return
        facts = facts_of(value, self._snapshot)
        made = page(facts, self._options)
        few = self.rows.capacity(made)
        if few and few != self._options.few:
            self._options = replace(self._options, few=few)
            made = page(facts, self._options)
        self._page = made
        self._options = replace(self._options, order=made.order or None)
        self._stack.setCurrentIndex(1 if self._whole else 0)
        if self._whole:
            self.large.show_picture(replace(made.map, frame=None))
            invitation = self.tr("Click a value to see how it comes about; Enter takes the strongest.")
            _set(self._large_title, f"{spelled(made.map_title)}. {invitation}")
            self.seen.emit(None)
            return
        self.graph.show_graph(made.graph)
        self.rows.show_page(made)
        self.map.show_picture(made.map)
        self.table.show_lines(made.table)
        self._colours.set_scale(made.map.scale.limit, made.map.scale.signed)
        _set(self._title, spelled(made.title))
        _set(self._map_title, spelled(made.map_title))
        _set(self._notes, "\n".join(spelled(note) for note in made.notes))
        _set(self._symbols, made.symbols)
        _set(self._numbers, made.numbers)
        self.seen.emit(value.seen)

    def _why_empty(self) -> str:
        if self._place is None:
            return self.tr("Click a value of a map to see how it comes about.")
        return self.tr("The values of {node} appear as soon as it has run.").format(node=self._place.node)

    def _label(self) -> PlainLabel:
        label = PlainLabel()
        label.setProperty("role", "muted")
        label.setWordWrap(True)
        return label

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        terms, whole = QWidget(), QWidget()
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._title)
        left.addWidget(self.rows, 1)
        left.addWidget(self.graph, 2)
        left.addWidget(self._reading)
        for label in (self._symbols, self._numbers):
            label.setWordWrap(True)
        right = ScrolledColumn(
            self._map_title, self.map, self._colours, self.table, self._symbols, self._numbers, self._notes
        )
        right.setFixedWidth(RIGHT_WIDTH)
        right.column.setSpacing(8)
        row = QHBoxLayout(terms)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addLayout(left, 1)
        row.addWidget(right)
        large = QVBoxLayout(whole)
        large.setContentsMargins(0, 0, 0, 0)
        large.addWidget(self._large_title)
        large.addWidget(self.large, 1)
        for part in (terms, whole, self._empty):
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)


def _set(label: PlainLabel | RichLabel, text: str) -> None:
    """Show a text; an empty one takes no room."""
    if text != label.text():
        label.setText(text)
        label.setVisible(bool(text))
