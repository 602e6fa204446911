"""The bar above the places: run controls, dataset and recipe, state of the run, and arrangements."""

from __future__ import annotations

from functools import partial
from operator import itemgetter, methodcaller
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from cnnviz.data.catalogue import describe
from cnnviz.gui.document.sentences import pace_text
from cnnviz.gui.icons import icon
from cnnviz.gui.localized import rounded
from cnnviz.gui.panels.recipe.caption import recipe_caption
from cnnviz.gui.shell.bar_parts import gap, joined, set_text, width, with_keys
from cnnviz.gui.shell.batch_count import BatchCount
from cnnviz.gui.shell.overflow import Overflow
from cnnviz.gui.shell.play_tip import play_tip
from cnnviz.gui.shell.state_words import progress_words, state_words
from cnnviz.gui.widgets.form_menu import FormMenu
from cnnviz.gui.widgets.plain import RichLabel, literal, menu_text, without_keys
from cnnviz.gui.widgets.restyling import restyle
from cnnviz.gui.widgets.segments import Segments
from cnnviz.gui.widgets.steady_label import SteadyLabel
from cnnviz.runs.names import shortened
from cnnviz.training.channels import MOVING, State, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction, QResizeEvent

    from cnnviz.gui.actions import Actions
    from cnnviz.gui.panels.recipe.panel import RecipePanel
    from cnnviz.gui.shell.past_bar import PastBar
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.panel_set import PanelSet
    from cnnviz.project.project import Project

LEAST_BUTTON = 96
"""Least width of the first button in pixels."""
MOST_LETTERS = 20
"""The most letters of the name of a dataset on a button."""
BELOW_MENU = 12
"""Pixels that are left free below the recipe menu."""
LEAST_ROOM = 240
"""Least width of the recipe menu in pixels, wherever its button stands."""


class TopBar(QWidget):
    """``arranged(id)`` follows a click on Build, Train or Look; ``batchesAsked(count)`` asks to train
    ``count`` batches."""

    arranged = Signal(str)
    batchesAsked = Signal(int)

    def __init__(self, actions: Actions[Any], panels: PanelSet, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._panels = theme, panels
        self._other = ""
        """The name of the run, if it trains a network that differs from the one on screen."""
        self._status, self._hindrance, self._anew = Status(), "", False
        self._opening = False
        """Whether the run of the project is being opened."""
        self._whose = ""
        """Whose the state is, while the window shows the past; its numbers are then in its tooltip only."""
        self._past: PastBar | None = None
        self.play = self._button(actions["play"], self.tr("Train"))
        self.play.setProperty("primary", True)
        actions["play"].enabledChanged.connect(self._show_verb)
        self.batch = self._button(actions["batch"], self.tr("+1 batch"))
        self.epoch = self._button(actions["epoch"], self.tr("+1 epoch"), self.tr("To the end of the epoch"))
        self.start_over = self._button(actions["start_over"], self.tr("Start over"))
        self.more_batches = self._more(self.tr("More batches"), [actions["batches_10"], actions["batches_100"]])
        self.count = BatchCount(self.more_batches.menu(), actions["batch"])
        # shortcuts of the window do not work inside an open menu
        self.count.addActions([actions["undo"], actions["redo"]])
        self.count.asked.connect(self.batchesAsked)
        self.more_starts = self._more(
            self.tr("Other ways to start over"),
            [actions["start_over"], actions["new_weights"], actions["back_to_run"]],
        )
        self.pace = QToolButton()
        self.pace.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.pace.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.pace.setAccessibleName(self.tr("Speed of training"))
        self.pace.setMenu(self._menu(actions.group("pace")))
        self.pace.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stop = QToolButton()
        self.stop.setAccessibleName(self.tr("Stop"))
        self.stop.setToolTip(self.tr("End the run here and look at the test images; Resume goes on from here"))
        self.stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stop.clicked.connect(actions["stop"].trigger)
        self.stop.setEnabled(actions["stop"].isEnabled())
        actions["stop"].enabledChanged.connect(self.stop.setEnabled)
        self.dataset = self._button(actions["data"], "", self.tr("The images: what there is, and images of your own"))
        self.recipe = QPushButton()
        self.recipe.setToolTip(self.tr("How the network is trained"))
        self.recipe.setMenu(menu := FormMenu(self.recipe))
        menu.aboutToShow.connect(lambda: panels.make("recipe"))
        panels.when_made("recipe", partial(self._add_recipe, menu, [actions["undo"], actions["redo"]]))
        self.state = RichLabel()
        self.progress = SteadyLabel("")
        self.progress.setProperty("role", "muted")
        self.progress.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.progress.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.arrangements = Segments(self.tr("What the window shows"))
        self.arrangements.chosen.connect(self.arranged)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 0)
        row.setSpacing(5)
        for part in (
            self.play,
            self.stop,
            joined(self.batch, self.more_batches),
            self.epoch,
            self.pace,
            joined(self.start_over, self.more_starts),
        ):
            row.addWidget(part)
        self.more = Overflow()
        for button in (self.epoch, self.dataset):
            self.more.hold(button)
        gaps = [gap(), gap()]
        self._spare: list[QWidget] = [*gaps, self.dataset]
        row.addWidget(gaps[0])
        row.addWidget(self.dataset)
        row.addWidget(self.recipe)
        row.addWidget(self.more)
        row.addWidget(self.progress, 1)
        row.addWidget(self.state)
        row.addWidget(gaps[1])
        for identifier, shows in (
            ("build", self.tr("Shows what the network is made of: layers to add, shapes and cost, problems and code.")),
            ("train_view", self.tr("Shows how it learns: live maps, kernels and curves. It starts nothing.")),
            (
                "look",
                self.tr(
                    "Shows what is inside: all maps of the chosen layer, large, for one sample. The curves make way."
                ),
            ),
        ):
            action = actions[identifier]
            self.arrangements.add(identifier, without_keys(action.text()), with_keys(shows, action))
        row.addWidget(self.arrangements)
        self.show_status(Status(), "")

    def show_project(self, project: Project) -> None:
        """Show dataset and recipe."""
        self.dataset.setText(menu_text(shortened(describe(project.dataset).title, MOST_LETTERS)))
        self.recipe.setText(f"{recipe_caption(project.recipe)}  ▾")

    def show_status(self, status: Status, hindrance: str, *, anew: bool = False) -> None:
        """Show state and progress; ``hindrance`` is why training cannot start, empty if it can.

        ``anew``: training would begin a new run, see :func:`~cnnviz.gui.shell.play_tip.begins_anew`.
        """
        good = status.state in (State.RUNNING, State.PAUSED, State.FINISHED)
        role = "good" if good else "error" if status.state is State.FAILED else "muted"
        restyle(self.state, "role", role)
        words = state_words(status, hindered=bool(hindrance), opening=self._opening)
        progress, state = progress_words(status), f"<b>{words}</b>"
        set_text(self.state, f"{self._whose} {state}" if self._whose else state)
        self.state.setToolTip(literal(progress) if self._whose else "")
        self.progress.setText("" if self._whose else progress)
        before, self._status, self._hindrance, self._anew = self._status, status, hindrance, anew
        if (before.state, before.resumable) != (status.state, status.resumable):
            self._show_verb()
        self._show_pace(status.pace)
        self._show_tip()

    def set_opening(self, opening: bool) -> None:
        """Show whether the run of the project is being opened."""
        if opening != self._opening:
            self._opening = opening
            self.show_status(self._status, self._hindrance, anew=self._anew)

    def set_trained(self, run: str) -> None:
        """Show that the network on screen has changes that the run of this name does not train; "" if it has none.

        To go on without them is then not what one most likely wants, so that the first button does not stand out.
        """
        if run != self._other:
            self._other = run
            self._show_tip()
            self._show_verb()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the bar to its new width."""
        super().resizeEvent(event)
        self._give_way()

    def event(self, event: QEvent) -> bool:
        """Fit the bar again when a text has another width."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._give_way()
        return super().event(event)

    def _give_way(self) -> None:
        """Hide parts for which there is no room, so that no text is cut: gaps and the dataset, then the button for an
        epoch; while the past is shown also the state, then the button for a new run. Hidden buttons are in a menu."""
        spacing = self._row.spacing()
        groups: list[list[QWidget]] = [self._spare, [self.epoch]]
        if self._whose and self._past is not None:
            groups += [[self.state], [self._past.new_run]]
        hidden = (part for group in groups for part in group if part.isHidden())
        least = self._row.minimumSize().width() + sum(width(part) + spacing for part in hidden)
        more = width(self.more) + spacing
        least -= 0 if self.more.isHidden() else more
        rooms: dict[QWidget, bool] = {self.more: False}
        for group in groups:
            room = self.width() >= least + (more if rooms[self.more] else 0)
            rooms.update(dict.fromkeys(group, room))
            least -= sum(width(part) + spacing for part in group)
            rooms[self.more] |= not room and self.more.holds(group)
        # first what goes, to make room
        for part, room in sorted(rooms.items(), key=itemgetter(1)):
            if part.isHidden() is room:
                part.setVisible(room)

    def add_past(self, bar: PastBar) -> None:
        """Put what says that the past is shown before the state, which then says whose it is."""
        self._past = bar
        self.more.hold(bar.new_run)
        self._row.insertWidget(self._row.indexOf(self.state), bar)
        bar.shown.connect(self._show_whose)

    def _show_whose(self, words: str) -> None:
        self._whose = words
        self.state.show()
        self.show_status(self._status, self._hindrance, anew=self._anew)

    def show_arrangement(self, identifier: str) -> None:
        """Mark the current arrangement."""
        self.arrangements.choose(identifier)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.progress.set_ground(theme.background)
        self._show_verb()
        self._show_icons()

    def _show_tip(self) -> None:
        tip = literal(self._hindrance or play_tip(self._status, self._other, anew=self._anew))
        if self.play.toolTip() != tip:
            self.play.setToolTip(tip)

    def _show_verb(self) -> None:
        verbs = self.tr("Train"), self.tr("Pause"), self.tr("Resume"), self.tr("Go on")
        train, pause, resume, go_on = verbs
        moving = self._status.state in MOVING
        rests = resume if self._status.resumable else go_on if self._status.state is State.FINISHED else train
        self.play.setText(pause if moving else rests)
        # the buttons beside it must not move under the pointer when its text changes
        metrics = self.play.fontMetrics()
        around = self.play.sizeHint().width() - metrics.horizontalAdvance(self.play.text())
        self.play.setFixedWidth(max(LEAST_BUTTON, around + max(map(metrics.horizontalAdvance, verbs))))
        primary = moving or not self._other
        restyle(self.play, "primary", primary)
        ink = self._theme.on_accent if primary and self.play.isEnabled() else self._theme.text
        self.play.setIcon(icon("pause" if moving else "play", ink))

    def _show_icons(self) -> None:
        self.pace.setIcon(icon("speedometer", self._theme.text))
        self.stop.setIcon(icon("stop", self._theme.text))
        for button in (self.more_batches, self.more_starts):
            button.setIcon(icon("menu-down", self._theme.text))

    def _show_pace(self, pace: float) -> None:
        text = self.tr("%s/s") % rounded(pace) if pace else ""
        if self.pace.text() != text or not self.pace.toolTip():
            self.pace.setText(text)
            style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
            self.pace.setToolButtonStyle(style)
            slow = self.tr("Slow motion: %s") % pace_text(pace) if pace else self.tr("Full speed")
            self.pace.setToolTip(self.tr("%s; click for another speed") % slow)

    def _add_recipe(self, menu: FormMenu, actions: Sequence[QAction], recipe: RecipePanel) -> None:
        """Put the recipe into its menu; ``actions`` can be used in it by their shortcuts."""
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(recipe)
        menu.addAction(holder)
        recipe.addActions(actions)

        def fit() -> None:
            recipe.fit(self._room_below(self.recipe))

        menu.aboutToShow.connect(fit)
        fit()

    def show_setting(self, name: str) -> None:
        """Open the recipe at a setting of the recipe or the split."""
        self._open_recipe(methodcaller("show_setting", name))

    def find_rate(self) -> None:
        """Open the recipe at the search of a learning rate."""
        self._open_recipe(methodcaller("show_search"))

    def _open_recipe(self, show: Callable[[Any], object]) -> None:
        self.recipe.showMenu()
        self._panels.when_made("recipe", show)

    def _room_below(self, button: QWidget) -> int:
        """Pixels between a button and the lower edge of the screen."""
        lower = button.mapToGlobal(button.rect().bottomLeft()).y()
        return max(LEAST_ROOM, self.screen().availableGeometry().bottom() - lower - BELOW_MENU)

    def _more(self, tip: str, actions: Sequence[QAction]) -> QToolButton:
        """An arrow button with a menu of further actions."""
        button = QToolButton()
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("padding: 4px 1px; border-top-left-radius: 0; border-bottom-left-radius: 0;")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMenu(self._menu(actions))
        return button

    def _menu(self, actions: Sequence[QAction]) -> FormMenu:
        menu = FormMenu(self)
        menu.addActions(list(actions))
        return menu

    def _button(self, action: QAction, text: str, tip: str = "") -> QPushButton:
        """A button for ``action``; ``tip`` describes it if the action's name does not."""
        button = QPushButton(text)
        # a click does not focus the button: if the click disabled it, Qt would move the focus on
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(action.trigger)
        button.setToolTip(with_keys(tip or without_keys(action.text()), action))
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        return button
