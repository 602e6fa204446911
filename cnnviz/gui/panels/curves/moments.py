"""The recorded moments in the curves: dots on the timeline below them, and a line through them at the moment shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint

from cnnviz.gui.localized import fixed, grouped, percent
from cnnviz.gui.panels.curves.timeline import Timeline
from cnnviz.gui.panels.curves.timeline_state import signs_of, state_of, up_to
from cnnviz.gui.run.moments import KnownMoments

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.panels.curves.name_field import NameField
    from cnnviz.gui.panels.curves.time_lines import TimeLines
    from cnnviz.gui.panels.curves.timeline_state import Signs
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.plot import Plot
    from cnnviz.runs.histories.run_history import Axis, RunHistory


class MomentsInCurves:
    """Updates ``timeline`` and the vertical time lines whenever the plot or the recorded moments change."""

    def __init__(self, theme: Theme, named: Callable[[int, str], object]) -> None:
        """``named(step, name)`` is called when the user has named a moment."""
        self._named = named
        self._field: NameField | None = None
        self.timeline = Timeline(theme)
        self.known = KnownMoments()
        """The recorded moments."""
        self.past: int | None = None
        """The step of the moment that the window shows; None for the present."""
        self.training = False
        """Whether training goes on."""
        self.elsewhere = False
        """Whether the moments belong to another run than the current one."""
        self.lines: TimeLines | None = None
        """None before the first drawing in the past, because pyqtgraph is imported late."""
        self._theme = theme
        self._signs: Signs = ((), ())
        self._view: tuple[object, ...] = ()
        """What the places of the signs depend on."""

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.timeline.set_theme(theme)
        if self.lines is not None:
            self.lines.set_theme(theme)

    def place(self, plot: Plot, history: RunHistory, axis: Axis, drawn: int) -> None:
        """Place the dot of every moment and the time lines according to the plot's axis.

        The present is at the last step that is ``drawn``: the curves are drawn less often than steps are told.
        """
        known, count = self.known, drawn
        shown, now = history.at(np.array([count if self.past is None else self.past, count], np.int64), axis).tolist()
        low, pixel, span = plot.visible()[0], plot.per_pixel(), plot.span()
        view = (known, history, history.run, axis, history.batches, low, pixel, span)
        # the seconds of a step are interpolated: a new time stamp may move its dot
        if view != self._view or axis == "seconds":
            self._view = view
            steps = np.array([moment.step for moment in known.moments], np.int64)
            self._signs = signs_of(known, ((history.at(steps, axis) - low) / pixel).tolist(), span)
        positions = (shown - low) / pixel, (now - low) / pixel
        present = present_texts(training=self.training) if self.past is not None and not self.elsewhere else ()
        # only moments of the current run can be told before its curves are drawn as far; without curves none waits
        signs = self._signs if self.elsewhere or not count else up_to(self._signs, max(count, self.past or 0))
        self.timeline.set_state(state_of(known, signs, positions, span, self.past, present))
        if self.past is None:
            if self.lines is not None:
                self.lines.show(None, None)
            return
        if self.lines is None:
            from cnnviz.gui.panels.curves.time_lines import TimeLines

            self.lines = TimeLines(plot, self._theme, lambda x: self._drag(plot, x))
        self.lines.show(shown, None if self.elsewhere else now)

    def edit_name(self, step: int) -> None:
        """Ask for the name of a moment, in a field above its place on the timeline."""
        moment, panel, state = self.known.at(step), self.timeline.parentWidget(), self.timeline.state
        if moment is None or panel is None:
            return
        if self._field is None:
            from cnnviz.gui.panels.curves.name_field import NameField

            self._field = NameField(panel)
            self._field.named.connect(self._named)
        place = dict(zip(state.steps, state.places, strict=True)).get(step, self.timeline.width() / 2)
        self._field.open(step, moment.name, self.timeline.mapTo(panel, QPoint(round(place), 0)))

    def _drag(self, plot: Plot, x: float) -> None:
        """Follow a drag of the line of the moment."""
        left, _ = plot.span()
        self.timeline.go_to_place(left + (x - plot.visible()[0]) / plot.per_pixel())


def moment_text(history: RunHistory, step: int) -> str:
    """The text about a moment: its step, and the training measures there."""
    translate = QCoreApplication.translate
    reading = history.reading(step)
    if reading is None:
        return translate("CurvesPanel", "step {step}").format(step=grouped(step))
    return translate("CurvesPanel", "step {step}: loss {loss}, accuracy {accuracy}").format(
        step=grouped(step), loss=fixed(reading.smooth_loss, 2), accuracy=percent(reading.smooth_accuracy)
    )


def present_texts(*, training: bool) -> tuple[str, ...]:
    """What is written beside the place of the present, the longest text first."""
    translate = QCoreApplication.translate
    still = (translate("CurvesPanel", "now, still training"),) if training else ()
    return (*still, translate("CurvesPanel", "now"))
