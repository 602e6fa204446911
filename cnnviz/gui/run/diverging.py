"""Notices where a training goes wrong: its loss stays above that of guessing, or at it, or is no longer a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from cnnviz.gui.localized import rounded
from cnnviz.gui.run.loss_watch import HALF, Course, EpochWatch, LossWatch
from cnnviz.project.highest_rates import is_far_too_high
from cnnviz.training.channels import BatchMetrics, Metrics
from cnnviz.training.events import Event, NetworkChanged, RunFailed, RunResumed, RunStarted, SettingChanged
from cnnviz.training.facts import guessing_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.widgets.notice_bar import NoticeBar
    from cnnviz.gui.widgets.rate_search import RateSearch
    from cnnviz.project.recipe import Recipe


class Diverging(QObject):
    """Posts a notice of each kind once for a run and a learning rate, and withdraws it once the loss has recovered.

    The functions belong to its buttons: ``show_rate`` shows the rate in the recipe, ``show_search`` the search of a
    rate, ``start_over`` and ``new_weights`` start a new run. ``judged(Course)`` follows a change of the course of the
    present run, also after the notice was closed. ``spoiltChanged(bool)`` follows a change of :attr:`spoilt`.
    """

    judged = Signal(object)
    spoiltChanged = Signal(bool)

    def __init__(
        self,
        editor: ProjectEditor,
        bridge: Bridge,
        bar: NoticeBar,
        show_rate: Callable[[], object],
        show_search: Callable[[], object],
        start_over: Callable[[], object],
        new_weights: Callable[[], object],
    ) -> None:
        super().__init__(bar)
        self._editor, self._bridge, self._bar, self._start_over = editor, bridge, bar, start_over
        rates = ((self.tr("Change the rate"), show_rate), (self.tr("Find a rate"), show_search))
        again = self.tr("Start over"), start_over, self.tr("The same first weights, and the recipe on screen")
        self._rates = rates
        self._choices = (*rates, again)
        others = self.tr("New weights"), new_weights, self.tr("Start over with other initial weights")
        self._choices_at_guessing = (*rates, others)
        self._watch, self._epochs = LossWatch(), EpochWatch()
        self.course = Course.ORDINARY
        """The course of the present run."""
        self.spoilt = False
        """Whether the present run was not ordinary and its loss has not been clearly below that of guessing since then.
        Its weights may be beyond help by a lower rate."""
        self._run: int | None = None
        self._guessing = 0.0
        """The loss of guessing among the classes of the run."""
        self._posted = self._spoilt_before = False
        """Whether the notice was posted, and whether the weights were spoilt before the run had this rate."""
        self._posted_at_guessing = False
        self._failed_rate: float | None = None
        """The rate at which the last run failed because its loss was no longer a number, until another one is chosen;
        None if it did not."""
        bridge.events.connect(self._read_events)
        editor.changed.connect(lambda *_: self._follow_rate())
        bridge.metrics.connect(self._read_metrics)

    def tell(self, show_course: Callable[[Course], object], show_spoilt: Callable[[bool], object]) -> None:
        """Call both with the course of the present run and with :attr:`spoilt`, now and whenever it changes."""
        show_course(self.course)
        self.judged.connect(show_course)
        show_spoilt(self.spoilt)
        self.spoiltChanged.connect(show_spoilt)

    def offer_start_over(self, search: RateSearch) -> None:
        """Let a search of a rate offer to start over while the weights are spoilt."""
        search.set_spoilt(self.spoilt)
        self.spoiltChanged.connect(search.set_spoilt)
        search.startOverAsked.connect(self._start_over)

    def _read_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, RunStarted | RunResumed):
                self._run, self._guessing = event.run, guessing_loss(event.project)
                self._set_spoilt(False)
                self._begin_judging()
                self._warn_of_rate(event)
            elif isinstance(event, RunFailed):
                self._offer_rates(event)
            elif event.run == self._run and isinstance(event, NetworkChanged | SettingChanged):
                self._begin_judging()

    def _offer_rates(self, failure: RunFailed) -> None:
        """Add to the notice of a failure what helps where the weights grew without limit."""
        self._failed_rate = None
        if failure.not_a_number:
            self._failed_rate = self._rate()
            for choice in reversed(self._rates):
                self._bar.add_choice("failed", choice)

    def _warn_of_rate(self, event: RunStarted | RunResumed) -> None:
        """Tell of a run that would be trained at the rate at which the one before has just failed."""
        rate, failed = event.project.recipe.learning_rate, self._failed_rate
        if isinstance(event, RunStarted) and rate == failed:
            sentence = self.tr("The run before failed at the rate of {rate}, and this one would begin at it too.")
            self._bar.post("failing rate", sentence.format(rate=rounded(rate, 3)), *self._rates)
        else:
            self._failed_rate = None
            self._bar.withdraw("failing rate")

    def _follow_rate(self) -> None:
        """Withdraw the notice about the rate once another one is chosen."""
        if self._failed_rate not in (None, self._editor.project.recipe.learning_rate):
            self._failed_rate = None
            self._bar.withdraw("failing rate")

    def _recipe(self) -> Recipe:
        return self._bridge.session.standing.project.recipe

    def _rate(self) -> float:
        return self._recipe().learning_rate

    def _begin_judging(self) -> None:
        """Another run, or another rate or network, is judged by its own losses."""
        self._posted = self._posted_at_guessing = False
        self._spoilt_before = self.spoilt
        self._watch.clear()
        self._epochs.clear()
        self._withdraw()

    def _withdraw(self) -> None:
        """The loss is that of an ordinary training."""
        for subject in ("diverges", "guessing"):
            self._bar.withdraw(subject)
        self._set_course(Course.ORDINARY)

    def _set_course(self, course: Course) -> None:
        if course is not self.course:
            self.course = course
            self.judged.emit(course)
            if course is not Course.ORDINARY:
                self._set_spoilt(True)

    def _set_spoilt(self, spoilt: bool) -> None:
        if spoilt is not self.spoilt:
            self.spoilt = spoilt
            self.spoiltChanged.emit(spoilt)

    def _read_metrics(self, metrics: Sequence[Metrics]) -> None:
        for metric in metrics:
            if metric.run != self._run:
                continue
            if isinstance(metric, BatchMetrics):
                self._watch.add(metric.losses[-2 * HALF :].tolist())
                self._epochs.add(metric.losses.tolist(), metric.accuracies.tolist())
                if not np.isfinite(metric.losses).all():
                    # the losses before say nothing about these weights
                    self._watch.clear()
                    self._set_spoilt(True)
            elif metric.split == "validation":
                self._epochs.end_epoch(self._guessing)
        self._judge()

    def _judge(self) -> None:
        """Post and withdraw the notices."""
        rate = rounded(self._rate(), 3)
        if self._watch.learns(self._guessing):
            self._set_spoilt(False)
        if self._watch.diverges(self._guessing):
            self._set_course(Course.TOO_HIGH)
            if self._posted:
                return
            self._posted = True
            sentence = self.tr(
                "The loss is higher than that of guessing: the rate of {rate} seems too high for this network."
            )
            if self._spoilt_before:
                sentence = self.tr(
                    "The loss is still higher than that of guessing: an earlier rate may have spoilt the weights. Start"
                    " over to train new ones at the rate of {rate}."
                )
            self._bar.post("diverges", sentence.format(rate=rate), *self._choices)
        elif self.course is Course.TOO_HIGH:
            if self._watch.recovered(self._guessing):
                self._withdraw()
        elif self._epochs.stuck or (self._epochs.epochs and is_far_too_high(self._recipe())):
            self._set_course(Course.GUESSING)
            sentence = self.tr(
                "For {count} epochs the loss has been that of guessing: nothing is learned. Another rate, often a lower"
                " one, or other initial weights may help."
            )
            choices = self._choices_at_guessing
            if is_far_too_high(self._recipe()):
                sentence = self.tr(
                    "The loss is that of guessing: nothing is learned. Hardly any network learns at a rate of {rate};"
                    " set a lower one, and start over with it."
                )
                choices = self._choices
            elif self._spoilt_before:
                sentence = self.tr(
                    "For {count} epochs the loss has been that of guessing: an earlier rate may have spoilt the"
                    " weights. Start over to train new ones at the rate of {rate}."
                )
                choices = self._choices
            sentence = sentence.format(count=self._epochs.epochs, rate=rate)
            if self._posted_at_guessing:
                self._bar.reword("guessing", sentence)
            else:
                self._posted_at_guessing = True
                self._bar.post("guessing", sentence, *choices)
        elif self.course is Course.GUESSING:
            self._withdraw()
