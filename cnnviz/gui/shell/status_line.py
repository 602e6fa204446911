"""The status line of the window: problems, speed, remaining time, cost of inspection, device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QStatusBar, QWidget

from cnnviz.gui.document.sentences import parameters, span
from cnnviz.gui.icons import icon
from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped, rounded
from cnnviz.gui.panels.problems.summary import summary
from cnnviz.gui.run.loss_watch import Course
from cnnviz.gui.widgets.glossary import explain
from cnnviz.gui.widgets.plain import PlainLabel
from cnnviz.gui.widgets.steady_label import SteadyLabel
from cnnviz.network.problems import Severity
from cnnviz.training.channels import State, Status

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from cnnviz.gui.theme import Theme
    from cnnviz.network.report import Report

MESSAGE_MILLISECONDS = 8000
BETWEEN, AROUND = 6, 20
"""Pixels between two facts, and pixels at both ends and between left and right facts."""
PADDING = 2
"""Pixels above and below the number of problems."""


class StatusLine(QStatusBar):
    """Facts on the left and right; :meth:`show_message` replaces them by a sentence for some seconds."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(4, 0, 10, 0)
        self._theme = theme
        self._report: Report | None = None
        self._failed, self._course, self._spoilt = False, Course.ORDINARY, False
        self._waiting = ""
        """A sentence that is shown as soon as the line is visible."""
        self.problems = QPushButton()
        self.problems.setFlat(True)
        self.problems.setStyleSheet(f"QPushButton {{ background: transparent; border: 0; padding: {PADDING}px 8px; }}")
        # the height that it has with its icon; otherwise the line would grow with the first report, and the window be
        # laid out again
        self.problems.setMinimumHeight(self.problems.iconSize().height() + 2 * PADDING)
        self.problems.setToolTip(self.tr("Show the problems"))
        self.speed = SteadyLabel(self._speed_text(999_999))
        self.left = SteadyLabel(self._left_text("99 min"))
        self.cost = SteadyLabel(self._cost_text(99))
        self.pace, self.device = PlainLabel(), PlainLabel()
        self.parameters = PlainLabel()
        self.cost.setToolTip(self.tr("Share of the processor's time that making, drawing and painting the views takes"))
        for widget in (self.problems, self.speed, self.pace, self.left, self.cost, self.device):
            self.addWidget(widget)
            widget.setContentsMargins(6, 0, 6, 0)
        for widget, term in (
            (self.problems, "problems"),
            (self.speed, "images/s"),
            (self.left, "left"),
            (self.cost, "looking costs"),
            (self.device, "number format"),
            (self.parameters, "parameters"),
        ):
            explain(widget, term)
        self.addPermanentWidget(self.parameters)
        self.parameters.setContentsMargins(6, 0, 6, 0)
        self._gives_way = (self.cost, self.device, self.left)
        """Facts that are hidden, in this order, if there is no room for all."""
        self.messageChanged.connect(lambda _: self._fit())

    def show_message(self, sentence: str) -> None:
        """Show a sentence for some seconds; an empty one clears it."""
        # Qt hides the facts behind a message only where they are visible already
        self._waiting = "" if self.isVisible() else sentence
        if sentence and not self._waiting:
            self.showMessage(sentence, MESSAGE_MILLISECONDS)
        elif not sentence:
            self.clearMessage()

    def set_covered(self, covered: bool) -> None:
        """Set whether a notice covers the line; the keyboard then does not go to what cannot be seen."""
        self.problems.setFocusPolicy(Qt.FocusPolicy.NoFocus if covered else Qt.FocusPolicy.StrongFocus)

    def showEvent(self, event: QShowEvent) -> None:
        """Qt: show the sentence that came before."""
        super().showEvent(event)
        if self._waiting:
            self.show_message(self._waiting)

    def show_report(self, report: Report, forecast: str = "") -> None:
        """Show the numbers of problems and parameters; ``forecast`` is a text about memory and time of a training."""
        self._report = report
        self._show_problems()
        # totals of a part of the network would look like those of all of it
        cost = parameters(report.parameters) if report.complete else ""
        self.parameters.setText(" · ".join(part for part in (cost, forecast) if part))
        self._fit()

    def show_status(self, status: Status) -> None:
        """Show speed, remaining time and device, and whether the run has failed."""
        if (failed := status.state is State.FAILED) != self._failed:
            self._failed = failed
            self._show_problems()
        speed = status.images_per_second
        self._set(self.speed, self._speed_text(speed) if speed else "")
        pace = self.tr("slow motion: %s/s") % rounded(status.pace) if status.pace else ""
        if self.pace.text() != pace:
            self.pace.setText(pace)
            self._fit()
        self._set(self.left, "" if status.seconds_left is None else self._left_text(span(status.seconds_left)))
        if status.device:
            threads = counted("{count} threads", "1 thread", status.threads)
            device_text = f"{status.device} · {status.precision} · {threads}"
            if self.device.text() != device_text:
                self.device.setText(device_text)
                self._fit()
                self._explain(status.precision)

    def set_course(self, course: Course) -> None:
        """Say beside the number of problems if the loss shows that the run does not learn."""
        self._course = course
        self._show_problems()
        self._fit()

    def set_spoilt(self, spoilt: bool) -> None:
        """Say beside the number of problems if the weights of the present run learn nothing any more."""
        self._spoilt = spoilt
        self._show_problems()
        self._fit()

    def _set(self, label: SteadyLabel, text: str) -> None:
        """Show a text, or no label where there is none."""
        came_or_went = bool(label.text()) is not bool(text)
        label.setText(text)
        if came_or_went:
            self._fit()

    def _explain(self, precision: str) -> None:
        """Set the tooltip that explains the precision of training."""
        if precision == "auto":
            tip = self.tr("When training starts, float32 and bfloat16 are timed with this network; the faster is taken")
        else:
            tip = self.tr("Training and the accuracies of the curves are computed in {precision}; looking in float32")
            tip = tip.format(precision=precision)
        self.device.setToolTip(tip)
        self.speed.setToolTip(self.tr("Training images a second, evaluations not counted") + "\n" + tip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide facts that have no room, so that none is cut."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self.currentMessage():
            return
        facts = (self.problems, self.speed, self.pace, self.left, self.cost, self.device, self.parameters)
        # a fact that is not known leaves no gap
        shown: list[QWidget] = [fact for fact in facts if fact.text()]
        needed = AROUND + sum(fact.sizeHint().width() + BETWEEN for fact in shown)
        for fact in self._gives_way:
            if needed > self.contentsRect().width() and fact in shown:
                needed -= fact.sizeHint().width() + BETWEEN
                shown.remove(fact)
        for each in facts:
            if each.isHidden() is (each in shown):
                each.setVisible(each in shown)

    def show_cost(self, share: float) -> None:
        """Show the cost of inspection, as a share of processor time in [0, 1]."""
        self._set(self.cost, self._cost_text(100 * share))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        for label in (self.speed, self.left, self.cost):
            label.set_ground(theme.surface)
        self._show_problems()

    def _speed_text(self, speed: float) -> str:
        return self.tr("%s images/s") % grouped(round(speed))

    def _left_text(self, time: str) -> str:
        return self.tr("%s left") % time

    def _cost_text(self, percent: float) -> str:
        return self.tr("looking costs %s %%") % f"{percent:.0f}"

    def _show_problems(self) -> None:
        if self._report is None:
            return
        self.problems.setText(summary(self._report, failed=self._failed, course=self._course, spoilt=self._spoilt))
        worst = self._report.problems[0].severity if self._report.problems else None
        if worst is None and (self._spoilt or self._course is not Course.ORDINARY):
            worst = Severity.WARNING
        name, colour = {
            None: ("check", self._theme.good),
            Severity.WARNING: ("alert-outline", self._theme.pooling),
            Severity.ERROR: ("alert-circle-outline", self._theme.error),
        }[Severity.ERROR if self._failed else worst]
        self.problems.setIcon(icon(name, colour))
