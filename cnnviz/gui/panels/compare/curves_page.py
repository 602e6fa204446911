"""The curves of both sides on one pair of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cnnviz.gui.widgets.loss_scale import LossScale
from cnnviz.gui.widgets.picture_menu import PictureMenu
from cnnviz.gui.widgets.plain import PlainLabel, RichLabel
from cnnviz.gui.widgets.scale_switches import ScaleSwitches

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from cnnviz.gui.panels.compare.observed import Loaded
    from cnnviz.gui.run.pale_lines import PaleCurves, PaleLines
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.plot import Plot
    from cnnviz.runs.histories.run_history import Mark, RunHistory

NARROWEST = 10
"""The fewest steps to which the user can zoom in."""
ROOM_FOR_LEGEND = 100
"""A page lower than this, in pixels, has no legend."""


class CurvesPage(QWidget):
    """Loss and accuracy over the steps; A and B are written at the ends of their curves."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._histories: tuple[RunHistory, ...] = ()
        self._names: tuple[str, ...] = ()
        self._lines: PaleLines | None = None
        self.plot: Plot | None = None
        """The plot; None before the first curves."""
        self.shown: list[PaleCurves] = []
        """What is drawn, A first."""
        self.scales = ScaleSwitches(self)
        self.scales.changed.connect(self._redraw)
        self.menu = PictureMenu(self, self.tr("Loss and accuracy"), lambda: "curves-compared" if self.shown else "")
        self.menu.addSeparator()
        self.menu.addActions(self.scales.actions(self.menu))
        self._legend, self._empty = RichLabel(), PlainLabel()
        self._legend.setWordWrap(True)
        for label in (self._legend, self._empty):
            label.setProperty("role", "muted")
        self._empty.setText(self.tr("Neither side has been trained, so there are no curves yet."))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._legend)
        column.addWidget(self._stack, 1)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        if self.plot is not None:
            self.plot.set_theme(theme)

    def show_sides(self, a: Loaded | None, b: Loaded | None, *, same: bool) -> None:
        """Show both sides; a side is None while it is being loaded. If both are the ``same`` run, it is drawn once."""
        sides = [(name, side.history) for name, side in (("A", a), ("B", b)) if side is not None and len(side.history)]
        if len(sides) == 2 and same:
            sides = [("A, B", sides[0][1])]
        self._names, self._histories = tuple(name for name, _ in sides), tuple(history for _, history in sides)
        self._show_legend()
        if not sides:
            self._stack.setCurrentWidget(self._empty)
            return
        self._stack.setCurrentWidget(self._made())
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt: in a low page the legend gives way to the curves."""
        super().resizeEvent(event)
        self._fit_legend()

    def _show_legend(self) -> None:
        """Name the colours of the sides, and explain the lines."""
        from cnnviz.gui.run.pale_lines import colour_of

        sides = [f'<b style="color:{colour_of(number)}">■ {name}</b>' for number, name in enumerate(self._names, 1)]
        lines = self.tr("━ accuracy on training images · ┅ loss · ● accuracy on validation images")
        self._legend.setText(" &nbsp; ".join([*sides, lines]))
        self._fit_legend()

    def _fit_legend(self) -> None:
        self._legend.setVisible(bool(self._histories) and self.height() >= ROOM_FOR_LEGEND)

    def _made(self) -> Plot:
        if self.plot is None:
            # not at the top of the file: pyqtgraph takes time that the first paint does not have
            from cnnviz.gui.run.pale_lines import PaleLines
            from cnnviz.gui.widgets.plot import Plot

            self.plot = Plot(self._theme)
            self.plot.set_bottom_ticks(whole=True)
            self.plot.ranged.connect(self._draw)
            self.plot.resized.connect(self._draw)
            self._lines = PaleLines(self.plot)
            self._stack.addWidget(self.plot)
        return self.plot

    def _redraw(self) -> None:
        """Draw the curves on other scales, if there are any."""
        if self.plot is not None:
            self._draw()

    def _draw(self) -> None:
        from cnnviz.gui.run.pale_lines import PIXELS_PER_POINT, PaleCurves

        plot = self._made()
        if self._lines is None or not self._histories:
            return
        longest = max(map(len, self._histories))
        plot.set_extent(0.0, float(longest), NARROWEST)
        visible, points = plot.visible(), plot.pixels_across() // PIXELS_PER_POINT
        self.shown = [
            PaleCurves.of(number, history, "steps", visible, points, name)
            for number, (name, history) in enumerate(zip(self._names, self._histories, strict=True), 1)
        ]
        losses = np.concatenate([each.loss[1] for each in self.shown])
        guessing = max(history.guessing for history in self._histories)
        no_raw_losses = np.empty(0)  # only smoothed losses are drawn
        scale = LossScale.fitting(no_raw_losses, losses, logarithmic=self.scales.logarithmic, guessing=guessing)
        plot.set_ticks("left", scale.ticks(), "muted")
        accuracies = self.scales.accuracy
        plot.set_ticks("right", accuracies.ticks(), "muted")
        self._lines.draw(self.shown, scale.heights, accuracies.heights)
        self._draw_marks(plot)

    def _draw_marks(self, plot: Plot) -> None:
        """Draw a line at each change while training, named after its side."""
        from cnnviz.gui.run.change_marks import TEXT_WIDTH, caption, change_text, gathered

        # a run that continues another has its changes, too: a change of both sides is one mark, named after both
        with_sides: dict[tuple[int, str], tuple[Mark, list[str]]] = {}
        for name, history in zip(self._names, self._histories, strict=True):
            for change in history.changes:
                with_sides.setdefault((change.step, change_text(change)), (change, []))[1].append(name)
        places = [float(step) for step, _ in with_sides]
        marks = []
        for place, together in gathered(list(with_sides.values()), places, TEXT_WIDTH * plot.per_pixel()):
            names = {name for _, sides in together for name in sides}
            marks.append((place, f"{', '.join(sorted(names))}: {caption([change for change, _ in together])}"))
        plot.set_marks(marks)
