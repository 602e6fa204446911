"""The Recipe panel: the settings of training, as a form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QTabWidget, QVBoxLayout, QWidget

from cnnviz.data.augment import Amounts
from cnnviz.data.catalogue import describe
from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.document.sentences import error_sentence, problem_sentence
from cnnviz.gui.language import text
from cnnviz.gui.panels.recipe.rate_warning import RateWarning
from cnnviz.gui.widgets.example_strip import ExampleStrip
from cnnviz.gui.widgets.form import Form
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.rate_curve import RateCurve
from cnnviz.gui.widgets.rate_search import RateSearch
from cnnviz.gui.widgets.scrolled_column import ScrolledColumn
from cnnviz.parameters import Parameter, parameters_of, title
from cnnviz.project.recipe import AUGMENTATIONS, SETTINGS, RecipeError
from cnnviz.training.channels import MOVING, State
from cnnviz.training.rate_finder import RateFinder
from cnnviz.training.schedule import curve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QHideEvent, QMouseEvent, QShowEvent

    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.fields import Field
    from cnnviz.project.project import Project
    from cnnviz.project.setting import Adoption, Part
    from cnnviz.training.channels import Status

EXAMPLES = 6
"""How many training images show the effect of augmentation."""
POLL_MILLISECONDS = 40
SPARE = 12
"""Room left below the highest page, in pixels."""
MARGIN, GAP = 12, 12
"""Around the parts of a page and between them, in pixels."""


def recipe_parameters(part: Part) -> tuple[Parameter, ...]:
    """The settings on one page of the form."""
    return tuple(setting.parameter for setting in SETTINGS.values() if setting.part == part)


def split_parameters(training: int) -> tuple[Parameter, ...]:
    """The parameters of the split of ``training`` images; at least one image is left for training."""
    return tuple(
        replace(each, high=training - 1) if each.name == "validation" else each for each in parameters_of(DatasetChoice)
    )


class RecipePanel(Panel):
    """The recipe of the project; ``message`` reports a refused edit, or one that the present run uses at once.

    ``form`` holds optimizer, rate, batch size and number of epochs, ``course`` what changes the rate or ends a training
    while it runs, ``images`` the augmentation, with a preview in ``strip``, ``split`` the validation images. ``search``
    looks for a learning rate with a finder from ``make_finder``; ``warning`` is about a rate that is far too high.
    ``sweepAsked`` follows the button that opens the dialog of a sweep.
    """

    sweepAsked = Signal()

    def __init__(
        self,
        editor: ProjectEditor,
        theme: Theme,
        make_finder: Callable[[Project], RateFinder] = RateFinder,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._key = editor.new_key()
        self._make_finder = make_finder
        self._finder: RateFinder | None = None
        self._begun, self._state = False, State.UNTRAINED
        self._trained = ""
        """The name of the present run if it trains another network than the one on screen, else empty."""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._show_trial)
        self.form, self.course, self.images, self.split = (Form(theme) for _ in range(4))
        self._pages: dict[Form, Part] = {self.form: "steps", self.course: "course", self.images: "augmentation"}
        self.curve, self.strip, self.search = RateCurve(theme), ExampleStrip(theme), RateSearch(theme)
        self.search.asked.connect(self._find)
        self.search.stopped.connect(self._stop_finding)
        self.search.taken.connect(self._take_rate)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Parts of the recipe"))
        # the panel is as wide as its tabs need
        self.tabs.setUsesScrollButtons(False)
        for form in self._pages:
            form.edited.connect(self._edit)
        self.split.edited.connect(self._edit_split)
        for form in self._forms:
            form.gestureEnded.connect(self._end_gesture)
            form.refused.connect(self.message)
            editor.opened.connect(form.restore)
        self.tabs.addTab(_page(self.form), self.tr("Steps"))
        self.tabs.addTab(_page(self.curve, self.course), self.tr("Course"))
        self.tabs.addTab(_page(self.strip, self.images), self.tr("Augmentation"))
        self.tabs.addTab(_page(self.split), self.tr("Split"))
        self.tabs.addTab(_page(self.search), self.tr("Find a rate"))
        self.sweep = QPushButton(self.tr("Sweep …"))
        self.sweep.setToolTip(
            self.tr("Train with many values of these settings and of the layers, and see which are best")
        )
        self.sweep.clicked.connect(self.sweepAsked)
        self.tabs.setCornerWidget(self.sweep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs)
        # not before: Qt styles all fields of a form again when it gets another parent
        for form, part in self._pages.items():
            form.set_parameters(recipe_parameters(part))
        self.warning = RateWarning(self.show_search)
        self.form.add_below("learning_rate", self.warning)
        self._keep_tabs_in_view()
        editor.changed.connect(self._refresh)
        self._refresh()

    @property
    def _forms(self) -> tuple[Form, ...]:
        return (*self._pages, self.split)

    def set_images(self, images: NDArray[np.uint8]) -> None:
        """Set the training images, uint8 (N, C, H, W), of which some show the effect of augmentation."""
        chosen = np.linspace(0, len(images) - 1, min(EXAMPLES, len(images))).astype(np.intp)
        self.strip.set_images(images[chosen])

    def show_status(self, status: Status) -> None:
        """Say at each field when the present run uses a change, once it has begun."""
        if (status.begun, status.state) != (self._begun, self._state):
            self._begun, self._state = status.begun, status.state
            self._remark()

    def set_trained(self, run: str) -> None:
        """Set the name of the present run if it trains a network that differs from the one on screen, else ""."""
        if run != self._trained:
            self._trained = run
            self._remark()

    def field(self, name: str) -> Field:
        """The field of a setting of the recipe or the split, from any of the forms."""
        return next(
            form.field(name) for form in self._forms if any(parameter.name == name for parameter in form.parameters)
        )

    def show_setting(self, name: str) -> None:
        """Show a setting of the recipe or the split on its page, and give it the focus."""
        field = self.field(name)
        pages = [self.tabs.widget(number) for number in range(self.tabs.count())]
        self.tabs.setCurrentIndex(
            next(n for n, page in enumerate(pages) if page is not None and page.isAncestorOf(field))
        )
        field.setFocus()

    def show_search(self) -> None:
        """Show the search of a learning rate."""
        self.tabs.setCurrentIndex(self.tabs.count() - 1)

    def apply_typed(self) -> None:
        """See :meth:`Panel.apply_typed`."""
        for form in self._forms:
            form.apply()

    def fit(self, room: int) -> None:
        """Set the height to the height of the highest page, at most ``room`` pixels; higher pages are scrolled."""
        self._keep_tabs_in_view()
        pages = self.tabs.findChildren(ScrolledColumn)
        width = max(self.sizeHint().width(), self.minimumWidth()) - pages[0].verticalScrollBar().sizeHint().width()
        highest = max(page.height_for(width) for page in pages)
        self.setFixedHeight(min(highest + self.tabs.tabBar().sizeHint().height() + SPARE, room))

    def close_finder(self) -> bool:
        """End a search of the learning rate; returns whether its thread has ended."""
        self._timer.stop()
        return self._finder is None or self._finder.job.close()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for form in self._forms:
            form.set_theme(theme)
        for part in (self.curve, self.strip, self.search):
            part.set_theme(theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Accept a click beside the fields; otherwise it would close the menu that contains the panel."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """See :meth:`mousePressEvent`."""
        event.accept()

    def showEvent(self, event: QShowEvent) -> None:
        """Resume drawing a running search."""
        super().showEvent(event)
        # the style sheet has made the tabs wider
        self._keep_tabs_in_view()
        if self._finder is not None:
            self._timer.start()

    def _keep_tabs_in_view(self) -> None:
        """Be wide enough for the tabs and the button beside them."""
        self.setMinimumWidth(self.tabs.tabBar().sizeHint().width() + self.sweep.sizeHint().width() + GAP)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing; a running search continues."""
        super().hideEvent(event)
        self._timer.stop()

    def _refresh(self) -> None:
        recipe = self._editor.project.recipe
        for form in self._pages:
            form.set_values({each.name: getattr(recipe, each.name) for each in form.parameters})
            form.show_only(recipe.uses)
        dataset = self._editor.project.dataset
        self.split.set_parameters(split_parameters(describe(dataset).training))
        self.split.set_values({each.name: getattr(dataset, each.name) for each in self.split.parameters})
        self._remark()
        self._warn()
        self.curve.set_points(curve(recipe, self._batches()), recipe.epochs)
        self.strip.set_amounts(Amounts(**{name: getattr(recipe, name) for name in AUGMENTATIONS}))
        errors = self._editor.report.errors
        self.search.set_present(recipe.learning_rate, peak=recipe.schedule == "one-cycle")
        self.search.set_outdated(self._finder is not None and not self._finder.concerns(self._editor.project))
        self.search.set_obstacle(problem_sentence(errors[0]) if errors else "")

    def _remark(self) -> None:
        recipe = self._editor.project.recipe
        words: dict[Adoption, str] = {
            "live": self.tr("The present run uses a change at once."),
            "continued": self.tr("The present run uses a change only after “Continue with the change”."),
            "restart": self.tr("Only a new run uses a change: Start over."),
        }
        if self._state is State.FAILED:
            words = dict.fromkeys(words, words["restart"])
        elif self._trained:
            words["live"] = words["continued"]
        elif self._state is State.FINISHED:
            words["live"] = self.tr("The present run has ended; it uses a change if it is trained further.")
        remarks = {adopted: sentence if self._begun else "" for adopted, sentence in words.items()}
        for form in self._pages:
            form.set_remarks({each.name: remarks[SETTINGS[each.name].adopted_in(recipe)] for each in form.parameters})
        self.split.set_remarks({each.name: remarks["restart"] for each in self.split.parameters})

    def _warn(self) -> None:
        """Warn of a rate that is far too high, unless the search has suggested it for this network."""
        project = self._editor.project
        fits = self._finder is not None and self._finder.concerns(project)
        self.warning.show_recipe(project.recipe, self._finder.latest.suggested if self._finder and fits else None)

    def _find(self) -> None:
        self._finder = self._make_finder(self._editor.project)
        self._finder.start()
        self.search.set_outdated(False)
        self._show_trial()
        self._timer.start()

    def _stop_finding(self) -> None:
        if self._finder is not None:
            self._finder.job.cancel()

    def _show_trial(self) -> None:
        """Draw the newest state of the search; stop polling when it has ended."""
        trial = self._finder.latest if self._finder is not None else None
        self.search.show_trial(trial)
        if trial is None or not trial.running:
            self._timer.stop()
            self._warn()

    def _take_rate(self, rate: float) -> None:
        self._end_gesture()
        self._edit("learning_rate", rate)
        self._end_gesture()

    def _batches(self) -> int:
        """Batches of an epoch, approximately, for drawing the schedule."""
        project = self._editor.project
        images = describe(project.dataset).training - project.dataset.set_aside
        return max(1, images // project.recipe.batch_size)

    def _edit(self, name: str, value: object) -> None:
        project = self._editor.project
        changes: dict[str, Any] = {name: value}
        try:
            recipe = replace(project.recipe, **changes)
        except RecipeError as error:
            self.message.emit(error_sentence(error))
            self._refresh()
            return
        label = self.tr("Set {parameter}").format(parameter=text(title(name)))
        self._editor.apply(label, replace(project, recipe=recipe), self._key)
        # the remark beside the field is gone once the recipe is closed
        adopted = SETTINGS[name].adopted_in(recipe)
        alive = self._begun and self._state in (*MOVING, State.PAUSED)
        if alive and not self._trained and recipe != project.recipe and adopted == "live":
            used = self.tr("The present run uses the change of {parameter} from its next batch on.")
            self.message.emit(used.format(parameter=text(title(name))))

    def _edit_split(self, name: str, value: Any) -> None:
        project = self._editor.project
        label = self.tr("Set {parameter}").format(parameter=text(title(name)))
        dataset = replace(project.dataset, **{name: value})
        self._editor.apply(label, replace(project, dataset=dataset), self._key)

    def _end_gesture(self) -> None:
        self._key = self._editor.new_key()


def _page(*parts: QWidget) -> ScrolledColumn:
    page = ScrolledColumn(*parts)
    page.column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
    page.column.setSpacing(GAP)
    return page
