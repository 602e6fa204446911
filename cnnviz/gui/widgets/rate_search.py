"""The search for a learning rate: its curve, its result, and the buttons to start it and to apply the result."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.gui.language import text
from cnnviz.gui.localized import fixed, rounded
from cnnviz.gui.widgets.fonts import small_font
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.themed import ThemedWidget
from cnnviz.training.rate_sweep import HIGHEST, LOWEST, STEPS, RateTrial, smoothed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.theme import Theme

HEIGHT = 208
DIGITS = 2
"""Digits of a rate, more than the accuracy of a search."""
BAND_OPACITY = 0.18
HEADROOM, LEAST_TOP = 1.25, 0.01
"""The loss axis ends at this multiple of the first loss, by itself or smoothed, so that exploding losses do not
compress the rest; losses of 0 have an axis up to LEAST_TOP."""
FOOT = 0.08
"""Room below the lowest smoothed loss, relative to the range from there to the top."""
TEXT_WIDTH = 60.0
"""Room for the rate below a line of the grid, in pixels."""
TEXT_GAP = 4.0
"""Between the plot and the texts around it, in pixels."""
WIDEST_LOSS = "88.88"
"""The room left of the plot is that of this text."""
DOT = 5.5
"""Radius of the dot that marks the result, in pixels."""
BATCH_OPACITY, SMOOTH_WIDTH = 0.3, 1.6
"""Opacity of the curve of the batches; width of the smoothed curve, in pixels."""


class RateSearch(QWidget):
    """``asked`` and ``stopped`` follow the button of the search, ``taken(rate)`` the button that applies the result.

    ``startOverAsked`` follows the button that starts a new run with the rate of the recipe.
    """

    asked = Signal()
    stopped = Signal()
    taken = Signal(float)
    startOverAsked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trial: RateTrial | None = None
        self._obstacle = ""
        self._outdated = self._spoilt = False
        self._present, self._peak = 0.0, False
        self.curve = TrialCurve(theme)
        self.button = QPushButton()
        self.button.clicked.connect(self._press)
        self.take = QPushButton()
        self.take.setProperty("primary", True)
        self.take.setAccessibleName(self.tr("Set the rate that was found"))
        self.take.clicked.connect(self._accept)
        self.start_over = QPushButton(self.tr("Start over"))
        self.start_over.setProperty("primary", True)
        self.start_over.setToolTip(self.tr("The same first weights, and the recipe on screen"))
        self.start_over.clicked.connect(self.startOverAsked)
        self._state = PlainLabel()
        self._state.setWordWrap(True)
        self._explanation, self._line = PlainLabel(), PlainLabel()
        for each in (self._explanation, self._line):
            each.setWordWrap(True)
            each.setProperty("role", "muted")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.button)
        buttons.addWidget(self.take)
        buttons.addWidget(self.start_over)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for part in (self._explanation, self._line, self.curve, self._state):
            column.addWidget(part)
        column.addLayout(buttons)
        self._show()

    def show_trial(self, trial: RateTrial | None) -> None:
        """Draw the state of a search; None if there is none."""
        if trial is not self._trial:
            self._trial = trial
            self._show()

    def set_obstacle(self, sentence: str) -> None:
        """Set why no search can start; empty if it can."""
        if sentence != self._obstacle:
            self._obstacle = sentence
            self._show()

    def set_present(self, rate: float, *, peak: bool = False) -> None:
        """Set the rate that the recipe has; ``peak``: its one-cycle schedule reaches the rate only for a while."""
        if (rate, peak) != (self._present, self._peak):
            self._present, self._peak = rate, peak
            self.curve.set_present(rate)
            self._show()

    def set_outdated(self, outdated: bool) -> None:
        """Set whether the trial is that of another network, of other images or of another recipe."""
        if outdated != self._outdated:
            self._outdated = outdated
            self._show()

    def set_spoilt(self, spoilt: bool) -> None:
        """Set whether the weights of the present run do not learn any more: a good rate is good for new ones only."""
        if spoilt != self._spoilt:
            self._spoilt = spoilt
            self._show()

    def sentence(self) -> str:
        """The sentence below the curve."""
        return self._state.text()

    def explanation(self) -> str:
        """What the search does."""
        return self._explanation.text()

    def of_line(self) -> str:
        """The sentence about the rate of the recipe in the curve."""
        return self._line.text()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.curve.set_theme(theme)

    def _show(self) -> None:
        trial = self._trial
        running = trial is not None and trial.running
        self.curve.show_trial(trial)
        self.button.setText(self.tr("Stop") if running else self.tr("Try rates"))
        self.button.setEnabled(running or not self._obstacle)
        suggested = trial.suggested if trial is not None else None
        suits = suggested is not None and suggested.suits(self._present)
        self.take.setVisible(suggested is not None and not self._outdated and not suits)
        self.start_over.setVisible(suits and self._spoilt and not self._outdated and not self._obstacle)
        if suggested is not None:
            self.take.setText(self.tr("Set the rate to {rate}").format(rate=rounded(suggested.rate, DIGITS)))
        self._state.setText(self._new_sentence())
        self._explanation.setText(self._new_explanation())
        drawn = self.tr("The dashed line is the rate of the recipe.")
        if self._present > HIGHEST:
            drawn = self.tr("The rate of the recipe, {rate}, is higher than all that are tried.")
        elif 0 < self._present < LOWEST:
            drawn = self.tr("The rate of the recipe, {rate}, is lower than all that are tried.")
        self._line.setText(drawn.format(rate=rounded(self._present)))

    def _new_explanation(self) -> str:
        if self._peak:
            offered = self.tr(
                "It offers the rate in the middle of the lowest stretch: the one-cycle schedule of the recipe reaches"
                " its rate only for a while."
            )
        else:
            offered = self.tr("It offers the rate at which the loss falls most steeply.")
        trained = self.tr(
            "Trains a copy of the network from its first weights for %d batches, with a rate that grows at each."
        )
        around = self.tr("In the band around it no rate is clearly better. The training itself is not touched.")
        return f"{trained % STEPS} {offered} {around}"

    def _new_sentence(self) -> str:
        trial = self._trial
        if trial is not None and trial.running:
            if not trial.rates:
                return self.tr("Getting ready …")
            return self.tr("Batch {count} of {steps}, rate {rate}").format(
                count=len(trial.rates), steps=STEPS, rate=rounded(trial.rates[-1], DIGITS)
            )
        if trial is not None and trial.failure:
            return text(trial.failure)
        if self._obstacle:
            return self._obstacle
        if trial is None:
            return ""
        if self._outdated:
            return self.tr("This is the curve before the network, the images or the recipe were changed: try again.")
        suggested = trial.suggested
        if suggested is None:
            return self.tr("The loss did not fall clearly at any rate, so no rate is offered.")
        if suggested.suits(self._present):
            kept = self.tr(
                "The rate of the recipe, {rate}, lies in the band of good rates, from {lowest} to {highest} with the"
                " dot at {dot}: keep it."
            )
            if self._spoilt:
                kept = self.tr(
                    "The rate of the recipe, {rate}, lies in the band of good rates for new weights, from {lowest} to"
                    " {highest} with the dot at {dot}: keep it. But the weights of the present run do not learn any"
                    " more: start over to train new ones."
                )
            rates = (suggested.lowest, suggested.highest, suggested.rate)
            low, high, dot = (rounded(rate, DIGITS) for rate in rates)
            return kept.format(rate=rounded(self._present), lowest=low, highest=high, dot=dot)
        return self.tr("The rate at the dot is a good start for a new training.")

    def _press(self) -> None:
        running = self._trial is not None and self._trial.running
        (self.stopped if running else self.asked).emit()

    def _accept(self) -> None:
        if self._trial is not None and self._trial.suggested is not None:
            self.taken.emit(float(f"{self._trial.suggested.rate:.{DIGITS}g}"))


class TrialCurve(ThemedWidget):
    """Plots the loss over the logarithm of the rate: faint for each batch, bold smoothed.

    A dot marks the suggested rate, a band the rates that are hardly worse, a dashed line the rate of the recipe.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._trial: RateTrial | None = None
        self._present = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Loss over learning rate"))

    def sizeHint(self) -> QSize:
        """Qt asks for the preferred size."""
        return QSize(200, HEIGHT)

    def show_trial(self, trial: RateTrial | None) -> None:
        """Draw the state of a search; None if there is none."""
        self._trial = trial
        self.update()

    def set_present(self, rate: float) -> None:
        """Mark the rate that the recipe has."""
        self._present = rate
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks to paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font(painter.font()))
        line, margin = painter.fontMetrics().height(), painter.fontMetrics().horizontalAdvance(WIDEST_LOSS)
        area = QRectF(self.rect()).adjusted(margin + TEXT_GAP, line + TEXT_GAP, -1, -2 * line - TEXT_GAP)
        self._axes(painter, area)
        trial = self._trial
        if trial is None or len(trial.losses) < 2:
            self._present_line(painter, area)
            painter.setPen(QColor(self._theme.muted))
            hint = "" if trial is not None and trial.running else self.tr("“Try rates” draws the loss here.")
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, hint)
            painter.end()
            return
        smooth = smoothed(trial.losses)
        top = max(LEAST_TOP, HEADROOM * max(trial.losses[0], float(smooth[0])))
        low = float(smooth.min())
        low -= FOOT * (top - low)

        def line_of(losses: Sequence[float]) -> list[QPointF]:
            return [
                QPointF(_across(area, rate), area.bottom() - (loss - low) / (top - low) * area.height())
                for rate, loss in zip(trial.rates, losses, strict=True)
            ]

        points = line_of(smooth.tolist())
        painter.setPen(QColor(self._theme.muted))
        for loss, above in ((top, 0.0), (low, area.height() - line)):
            room = QRectF(0, area.top() + above, margin, line)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, fixed(loss, 2))
        painter.setClipRect(area)
        suggested = trial.suggested
        if suggested is not None:
            band = QColor(self._theme.good)
            band.setAlphaF(BAND_OPACITY)
            left, right = (_across(area, rate) for rate in (suggested.lowest, suggested.highest))
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), band)
        self._present_line(painter, area)
        dot = None
        if suggested is not None:
            nearest = min(range(len(points)), key=lambda index: abs(log10(trial.rates[index] / suggested.rate)))
            dot = points[nearest]
            painter.setPen(QPen(QColor(self._theme.good), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(dot.x(), area.top()), QPointF(dot.x(), area.bottom()))
        faint = QColor(self._theme.accent)
        faint.setAlphaF(BATCH_OPACITY)
        painter.setPen(QPen(faint, 1))
        painter.drawPolyline(QPolygonF(line_of(trial.losses)))
        painter.setPen(QPen(QColor(self._theme.accent), SMOOTH_WIDTH))
        painter.drawPolyline(QPolygonF(points))
        if dot is not None:
            painter.setPen(QPen(QColor(self._theme.surface), 2))
            painter.setBrush(QColor(self._theme.good))
            painter.drawEllipse(dot, DOT, DOT)
        painter.end()

    def _present_line(self, painter: QPainter, area: QRectF) -> None:
        if LOWEST <= self._present <= HIGHEST:
            x = _across(area, self._present)
            painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _axes(self, painter: QPainter, area: QRectF) -> None:
        line = painter.fontMetrics().height()
        decades = range(round(log10(LOWEST)), round(log10(HIGHEST)) + 1)
        for power in decades:
            x = _across(area, 10.0**power)
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(QColor(self._theme.muted))
            left = min(x - TEXT_WIDTH / 2, self.width() - TEXT_WIDTH)
            align = Qt.AlignmentFlag.AlignRight if power == decades[-1] else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(QRectF(left, area.bottom() + TEXT_GAP, TEXT_WIDTH, line), align, rounded(10.0**power))
        name = self.tr("learning rate, on a logarithmic scale")
        below = QRectF(area.left(), area.bottom() + TEXT_GAP + line, area.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, name)
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignLeft, self.tr("loss"))
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())


def _across(area: QRectF, rate: float) -> float:
    return area.left() + log10(rate / LOWEST) / log10(HIGHEST / LOWEST) * area.width()
