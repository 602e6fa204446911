"""The middle place: the canvas, the microscope or another page, with a path line that leads back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from cnnviz.gui.shell.visited import BackAndForth, Visited
from cnnviz.gui.widgets.focus_order import follow
from cnnviz.gui.widgets.path_line import PathLine
from cnnviz.inspection.answers.values import ValuesOf

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent, QShowEvent

    from cnnviz.gui.builder.canvas import Canvas
    from cnnviz.gui.panels.microscope.asking import Looking
    from cnnviz.gui.panels.microscope.panel import Microscope
    from cnnviz.gui.shell.place import Place as WindowPlace
    from cnnviz.gui.widgets.panel_set import PanelSet
    from cnnviz.gui.workbench import Workbench
    from cnnviz.inspection.arithmetic.terms import Place
    from cnnviz.inspection.questions import Questions
    from cnnviz.network.shape import Shape

PATH_STEP = 30
"""The room of the path grows in steps of this many pixels, so that a sweep, which changes the last part of the path,
does not move the controls."""
WORDS_ROOM = 700
"""The least width of the place at which words stand between the path and the controls of the microscope, in pixels."""
QWIDGETSIZE_MAX = 2**24 - 1
"""Qt's maximum width of a widget that has none."""
BESIDE = 24
"""Pixels between path, controls and border."""


class MiddlePlace(QStackedWidget):
    """Goes from the network into a layer, a map and a value, and back.

    ``deep(shown)`` follows a change between canvas and microscope, ``paged`` between canvas and another page.
    ``path`` is shown in the title line of the place.
    """

    deep = Signal(bool)
    paged = Signal()

    def __init__(self, canvas: Canvas, panels: PanelSet, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._panels = panels
        self._microscope: Microscope | None = None
        self._empty = QWidget()
        """The page that the microscope will replace."""
        self._editor, self._selection, self._bridge = bench.editor, bench.selection, bench.bridge
        self._open_map = bench.open_map
        self._past: QWidget | None = None
        """Says beside the path that a recorded moment is shown."""
        self._before: QWidget | None = None
        """Says beside the path that the network has changed since it was trained."""
        self.path = PathLine()
        self.path.hide()
        self._visited = Visited()
        self._notes_moves = True
        """Whether a move of the microscope is a visit; not while a place is opened, which is one visit at its end."""
        self.ways = BackAndForth(self)
        self.ways.asked.connect(self._go_along)
        self.addWidget(canvas)
        self.addWidget(self._empty)
        panels.when_made("microscope", self._add_microscope)
        self.path.chosen.connect(self._go_up)
        bench.editor.changed.connect(lambda *_: self._follow_project())
        bench.selection.changed.connect(self._follow_selection)
        canvas.valueClicked.connect(self.open)
        for asked, answer in (
            (bench.requests.valueAsked, self.open),
            (bench.requests.valueFollowed, self.follow),
            (bench.requests.mapAsked, self.look_into),
            (bench.requests.weightAsked, self.open_weight),
            (bench.requests.canvasAsked, canvas.setFocus),
            (bench.requests.layerAsked, canvas.reveal_selected),
        ):
            asked.connect(answer)

    def furnish(self, place: WindowPlace, scale: QWidget) -> None:
        """Add the path line and the controls of the microscope to the title line of ``place``. While the microscope is
        shown, they replace the title and ``scale``, the control of the canvas's maps."""
        place.row.insertWidget(0, self.ways)
        place.row.insertWidget(1, self.path)
        self._past, self._before = place.past, place.before
        for words in (place.past, place.before):
            words.installEventFilter(self)

        def add_bar(microscope: Microscope) -> None:
            place.add_to_head(microscope.bar)
            # so that the title line is as high without the controls, and nothing below it moves
            place.row.addStrut(microscope.bar.sizeHint().height())
            follow(scale, microscope.bar)

        self._panels.when_made("microscope", add_bar)

        def show() -> None:
            network = self.on_canvas
            for part, visible in ((place.title, network), (scale, network), (self.path, not network)):
                part.setVisible(visible)
            if self._microscope is not None:
                self._microscope.bar.setVisible(self.is_deep)
            self._fit_controls()

        self.deep.connect(lambda _: show())
        self.paged.connect(show)

    @property
    def microscope(self) -> Microscope:
        """The microscope; it is made on first use."""
        self._panels.make("microscope")
        assert self._microscope is not None
        return self._microscope

    def _add_microscope(self, microscope: Microscope) -> None:
        self._microscope = microscope
        microscope.bar.hide()
        self.addWidget(microscope)
        follow(self._empty, microscope)
        self.removeWidget(self._empty)
        self._empty.deleteLater()
        microscope.left.connect(self.go_back)
        microscope.moved.connect(self._moved)

    def go_back(self) -> bool:
        """Go up the path by one level; returns False at the top."""
        if self.on_canvas:
            return False
        self._go_up(len(self.path.parts()) - 2)
        return True

    def questions(self) -> Questions:
        """The questions of the canvas; while it shows maps also the values of the current layer, for a click on a
        value."""
        asked, node = self.canvas.questions(), self._selection.current
        return asked if not asked or node is None else asked | {ValuesOf(node)}

    @property
    def on_canvas(self) -> bool:
        """Whether the network is shown."""
        return self.currentWidget() is self.canvas

    def show_page(self, page: QWidget, title: str) -> None:
        """Show a page that was added, in the place of the network, until :meth:`to_network`."""
        if self.is_deep:
            self.to_network()
        self.setCurrentWidget(page)
        self.path.show_parts([self.tr("Network"), title])
        page.setFocus()
        self.paged.emit()

    @property
    def is_deep(self) -> bool:
        """Whether the microscope is shown."""
        return self._microscope is not None and self.currentWidget() is self._microscope

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the buttons of the mouse in the window."""
        super().showEvent(event)
        if (handle := self.window().windowHandle()) is not None:
            handle.installEventFilter(self.ways)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the controls of the microscope beside the path."""
        super().resizeEvent(event)
        self._fit_controls()

    def _fit_controls(self) -> None:
        if self._microscope is None:
            return
        if self._before is not None:
            # in a narrow window the path needs the room; the place of the layer beside it says the same
            self._before.setMaximumWidth(0 if self.is_deep and self.width() < WORDS_ROOM else QWIDGETSIZE_MAX)
        before = self.ways.sizeHint().width() + self.path.sizeHint().width()
        for words in (self._past, self._before):
            if words is not None and not words.isHidden() and words.maximumWidth():
                before += words.sizeHint().width()
        self._microscope.bar.fit(self.width() - -(-before // PATH_STEP) * PATH_STEP - BESIDE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the controls of the microscope beside the words about what is shown."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Resize):
            self._fit_controls()
        return super().eventFilter(watched, event)

    def look_into(self, node: str | None = None, channel: int | None = None) -> None:
        """Open the microscope at the strongest value of a layer (default: the current one), or of one of its maps."""
        chosen = node or self._selection.current
        if chosen is not None and chosen in self._editor.project.network.nodes:
            self._go_deep(lambda: self.microscope.open_strongest(chosen, channel))

    def open(self, place: Place) -> None:
        """Open the microscope at a value."""
        self._go_deep(lambda: self.microscope.open(place))

    def follow(self, place: Place) -> None:
        """Move the microscope to a value, if it is open. The keyboard stays where it is."""
        if self.is_deep:
            self.microscope.open(place)

    def open_weight(self, node: str, index: tuple[int, ...]) -> None:
        """Open the microscope at a weight of a layer; above it in the path stands a value of the layer."""
        maps = (self._output(node) or (0,))[0]
        channel = index[0] if index[0] < maps else 0

        def begin() -> None:
            self.microscope.open_strongest(node, channel)
            self.microscope.open_weight(index)

        self._go_deep(begin)

    def _go_deep(self, begin: Callable[[], None]) -> None:
        was_deep = self.is_deep
        if self._bridge.shown is not None and not was_deep:
            self.microscope.show_snapshot(self._bridge.shown)
        self.setCurrentWidget(self.microscope)
        self._notes_moves = False
        try:
            begin()
        finally:
            self._notes_moves = True
        self._arrive(self.microscope.looking)
        self.microscope.setFocus()
        if not was_deep:
            self.deep.emit(True)
        self._paint()

    def to_network(self) -> Canvas:
        """Go back to the canvas."""
        if self.is_deep:
            self.microscope.close_place()
            self.setCurrentWidget(self.canvas)
            self.canvas.setFocus()
            self.canvas.reveal_selected()
            self.deep.emit(False)
            self._open_map.left.emit()
            self._arrive(None)
        elif not self.on_canvas:
            self.setCurrentWidget(self.canvas)
            self.canvas.setFocus()
            self.paged.emit()
        return self.canvas

    def _go_up(self, level: int) -> None:
        """Go to a level of the path: 0 the network, 1 the layer, 2 the map, 3 the value."""
        place = self.microscope.place if self.is_deep else None
        if level >= 2 and place is not None:
            if level == len(self.path.parts()) - 2 and self.microscope.on_weight:
                self.microscope.leave_weight()
            else:
                self.microscope.open(place, whole=True)
            self.microscope.setFocus()
            return
        self.to_network()

    def _moved(self, looking: Looking) -> None:
        place = looking.place
        self._selection.select([place.node], place.node)
        parts = [self.tr("Network"), place.node]
        shape = self._output(place.node)
        if shape is not None and len(shape) == 1:
            parts.append(self.tr("value {number}").format(number=place.channel))
        else:
            parts.append(self.tr("map {number}").format(number=place.channel))
            if not looking.whole:
                parts.append(f"({place.row}, {place.column})")
        if looking.weight is not None:
            weight = looking.weight
            parts.append(f"{weight.parameter} ({', '.join(map(str, weight.index))})")
        self.path.show_parts(parts)
        self._fit_controls()
        if self._notes_moves:
            self._arrive(looking)
            self._paint()

    def _paint(self) -> None:
        """Paint the window at once: a snapshot that waits would be drawn before."""
        QCoreApplication.sendPostedEvents(self.window(), QEvent.Type.UpdateRequest)

    def _arrive(self, looking: Looking | None) -> None:
        microscope = self._microscope
        waiting = microscope is not None and looking is not None and microscope.waiting
        self._visited.arrive(
            looking, waiting=waiting, sweeping=microscope is not None and microscope.bar.sweep.isChecked()
        )
        self._show_ways()

    def _show_ways(self) -> None:
        back, on = (self._visited.next(by, self._exists) is not None for by in (-1, 1))
        self.ways.set_possible(back=back, on=on)
        self.ways.setVisible(self._visited.count > 1)

    def _go_along(self, by: int) -> None:
        """Go to the place that was visited before (-1) or after (1) the present one."""
        at = self._visited.next(by, self._exists)
        if at is None:
            return
        if (place := self._visited.go(at)) is None:
            self.to_network()
        else:
            self._go_deep(lambda: self.microscope.return_to(place))
        self._show_ways()

    def _exists(self, looking: Looking | None) -> bool:
        """Whether a place can be looked at in the present network; the network itself always can."""
        if looking is None:
            return True
        place, shown, output = looking.place, self._bridge.shown, self._output(looking.place.node)
        if output is None or place.node not in self._editor.project.network.nodes:
            return False
        inside = all(at < size for at, size in zip(place.index, output, strict=False))
        if not inside or looking.weight is None or shown is None or shown.moment is None:
            return inside
        from cnnviz.gui.panels.microscope.asking import gradient_of

        return gradient_of(place.node, looking.weight).possible(shown.moment)

    def _output(self, node: str) -> Shape | None:
        """The output shape of a node in the network whose values are shown; None if it is not known."""
        moment = None if self._bridge.shown is None else self._bridge.shown.moment
        report = (self._editor.report if moment is None else moment.shapes).nodes.get(node)
        return None if report is None else report.output

    def _follow_project(self) -> None:
        self._show_ways()
        if not self.is_deep:
            return
        place = self.microscope.place
        if place is None or place.node not in self._editor.project.network.nodes:
            self.to_network()

    def _follow_selection(self) -> None:
        """Show in the microscope a layer that was selected elsewhere; without a selection go back to the canvas."""
        if not self.is_deep:
            return
        place, current = self.microscope.place, self._selection.current
        if place is None or place.node == current:
            return
        if current is None:
            self.to_network()
        else:
            self.microscope.open_strongest(current)
