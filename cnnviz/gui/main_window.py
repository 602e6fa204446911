"""The main window: assembles its places and connects them; no logic of its own."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from cnnviz import settings
from cnnviz.gui.actions import Actions
from cnnviz.gui.builder.canvas import Canvas
from cnnviz.gui.builder.overlays.map_scale import MapScaleControl
from cnnviz.gui.builder.palette import Palette
from cnnviz.gui.commands.table import COMMANDS, MENUS
from cnnviz.gui.commands.window import pace_command, train
from cnnviz.gui.panel_spec import At
from cnnviz.gui.panel_table import id_of, panels_of, titles
from cnnviz.gui.run.diverging import Diverging
from cnnviz.gui.run.forecast import Forecast
from cnnviz.gui.run.keeping import TrainingKeeper
from cnnviz.gui.run.run_notices import RunNotices
from cnnviz.gui.shell.arrangements import arrangement_of, remember_arrangement
from cnnviz.gui.shell.before_change import BeforeChange
from cnnviz.gui.shell.data_place import DataPlace
from cnnviz.gui.shell.file_drops import FileDrops
from cnnviz.gui.shell.importing import Importing
from cnnviz.gui.shell.layer_place import LayerPlace
from cnnviz.gui.shell.middle_place import MiddlePlace
from cnnviz.gui.shell.panel_links import link_panels
from cnnviz.gui.shell.past_bar import PastBar, PastFrames, PastNotices
from cnnviz.gui.shell.pasting import Pasting
from cnnviz.gui.shell.picture_export import PictureExport
from cnnviz.gui.shell.place import Place
from cnnviz.gui.shell.places import Places, remember, restore
from cnnviz.gui.shell.plain_keys import PlainKeys
from cnnviz.gui.shell.run_end_card import RunEndCard
from cnnviz.gui.shell.run_place import RunPlace
from cnnviz.gui.shell.snapshot_views import SnapshotViews
from cnnviz.gui.shell.state_display import StateDisplay
from cnnviz.gui.shell.status_line import StatusLine
from cnnviz.gui.shell.sweep_place import SweepPlace
from cnnviz.gui.shell.top_bar import TopBar
from cnnviz.gui.widgets.notice_bar import NoticeBar
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.settled_window import SettledWindow
from cnnviz.gui.workbench import Workbench
from cnnviz.network.layers import Conv2d

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QPaintEvent

    from cnnviz.gui.panels.code.panel import CodePanel
    from cnnviz.gui.panels.curves.panel import CurvesPanel
    from cnnviz.gui.panels.kernels.panel import KernelsPanel
    from cnnviz.gui.panels.layer_table.panel import LayerTable
    from cnnviz.gui.panels.problems.panel import ProblemsPanel
    from cnnviz.gui.panels.recipe.panel import RecipePanel
    from cnnviz.gui.panels.sample.panel import SamplePanel
    from cnnviz.gui.panels.settings.panel import SettingsPanel
    from cnnviz.gui.shell.replay_export import ReplayExport
    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Questions
    from cnnviz.project.project import Project

P = TypeVar("P", bound=Panel)
SMALLEST = QSize(960, 600)
USUAL = QSize(1600, 1000)
FRAME = QSize(16, 48)
"""Size of the decoration that the desktop draws around a window."""


class MainWindow(SettledWindow):
    """The window of a project, in which it is built, trained and inspected.

    ``painted`` follows the first paint; ``asked`` carries the id of a command that concerns more than one window,
    ``projectAsked`` a project for another window. ``closed(ended)``: ``ended`` is False if a thread goes on.
    """

    painted = Signal()
    asked = Signal(str)
    projectAsked = Signal(object)
    closed = Signal(bool)

    def __init__(self, project: Project, path: Path | None, theme: Theme) -> None:
        super().__init__()
        self.notices: RunNotices
        self._painted = self._agreed = self._keeping_aside = False
        self.bench = bench = Workbench(project, path, theme, self.questions, self)
        self.editor, self.selection, self.document = bench.editor, bench.selection, bench.document
        self.bridge, self.times = bench.bridge, bench.times
        self.keeper = TrainingKeeper(self.bridge, self)
        self._make_parts(theme)
        # made before the notices, so that it learns of an edit first: a run it begins leaves no change to report
        self.pasting = Pasting(bench, self.notice, lambda: self.notices, self)
        self.importing = Importing(bench, self.notice, lambda: self.notices, self.pasting.read, self)
        self.picture = PictureExport(self.editor, self.canvas, self.times, self.bridge, self.document.beside, self)
        self.actions_by_id = Actions(COMMANDS, self, self)
        self.top = TopBar(self.actions_by_id, self.panels, theme)
        self.file_menu = self.actions_by_id.fill_menus(self.menuBar(), MENUS)["&File"]
        self.recent_menu: QMenu | None = None
        """The menu in the File menu that the application fills."""
        self._lay_out()
        self.canvas.menu.set_actions(self.actions_by_id, self.scale.menu)
        self.curves.timeline.commands = [self.actions_by_id[name] for name in ("save_replay", "save_replay_layer")]
        self.forecast = Forecast(self.editor, self.bridge, self)
        self.notices = RunNotices(self.editor, self.bridge, self.notice, self.forecast.warning)
        rates = partial(self.top.show_setting, "learning_rate"), self.top.find_rate
        starts = self.notices.start_over, self.notices.start_over_new
        self.diverging = Diverging(self.editor, self.bridge, self.notice, *rates, *starts)
        self.views = SnapshotViews(bench, self.canvas, self.scale, self.panels)
        self._connect()
        PlainKeys(self, self.actions_by_id, lambda: self.middle.go_back() or self.places.leave_enlarged())
        self.set_theme(theme)
        self.arrange(arrangement_of(self.document.path) or ("train_view" if self.editor.report.trainable else "build"))
        restore(self, self.places, settings.load())
        parts = (self.actions_by_id, self.top, self.status)
        self.state = StateDisplay(self, bench, self.forecast, parts, self.curves.empty.set_hindrance)
        self.selection.select(project.network.of_kind(Conv2d)[:1])

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.bench.theme = theme
        parts = (self.canvas, self.middle.ways, self.palette_list, self.top, self.layer, self.notice, self.status)
        for part in (*parts, self.data):
            part.set_theme(theme)
        self.scale.set_theme(theme)
        self.places.set_theme(theme)
        for panel in self.panels.existing():
            panel.set_theme(theme)
        self.actions_by_id.set_icons(theme)
        self.actions_by_id.check("theme", settings.load().theme)

    def arrange(self, identifier: str) -> None:
        """Arrange the places for building, training or inspecting; a training continues."""
        self.arrangement = identifier
        building = identifier == "build"
        self.left.setCurrentWidget(self.palette_list if building else self.sample)
        self.places.left.title.setText(self.tr("LAYERS") if building else self.tr("SAMPLE"))
        self.canvas.set_view("build" if building else "maps")
        self.before_change.refresh()
        if building:
            self.middle.to_network()
        self.scale.setVisible(not building and self.middle.on_canvas)
        self.show_panel({"build": "settings", "look": "maps"}.get(identifier, "kernels"))
        self.bottom.arrange(building=building)
        self.places.arrange(building=building, looking=identifier == "look")
        self.top.show_arrangement(identifier)
        self.actions_by_id.check("arrangement", identifier)

    def show_panel(self, identifier: str) -> None:
        """Bring a panel to the front of its place."""
        panel = self.panels[identifier]
        for tabs in (self.layer, self.run):
            if tabs.indexOf(panel) >= 0:
                tabs.setCurrentWidget(panel)

    def show_sample(self, page: str) -> None:
        """Show the Sample place; ``page`` is ``"pick"`` or ``"draw"``."""
        if not self.sample.isVisible():
            self.arrange("train_view")
        self.sample.show_page(page)
        self.sample.focus_page()

    def show_damage(self, field: str = "") -> None:
        """Show the damage of the sample; ``field`` names the slider that takes the focus, the first one if empty."""
        if not self.sample.isVisible():
            self.arrange("train_view")
        self.sample.show_damage(field)

    def panel(self, kind: type[P]) -> P:
        """The panel of this class."""
        return cast("P", self.panels[id_of(kind)])

    @property
    def problems(self) -> ProblemsPanel:
        """The panel of all problems."""
        return cast("ProblemsPanel", self.panels["problems"])

    @property
    def code(self) -> CodePanel:
        """The panel with the source code."""
        return cast("CodePanel", self.panels["code"])

    @property
    def recipe(self) -> RecipePanel:
        """The panel with the recipe."""
        return cast("RecipePanel", self.panels["recipe"])

    def typed_first(self, command: Callable[[], object]) -> None:
        """Apply the text being typed in a field, then call ``command``."""
        self._apply_typed()
        command()

    def keep_training(self) -> None:
        """Ask for a folder and keep the training there."""
        self.keeper.ask(self.document.suggested_folder(), self)

    def open_film(self) -> None:
        """Show the film strip of the current filter of the selected layer."""
        self.show_panel("kernels")
        cast("KernelsPanel", self.panels["kernels"]).open_film()

    @cached_property
    def replay_export(self) -> ReplayExport:
        """Saves replays. It is created on first use."""
        from cnnviz.gui.shell.replay_export import ReplayExport

        return ReplayExport(self.bench, self.curves.moment_text, self.notice, self)

    def save_replay(self, part: str) -> None:
        """Ask for a file and save the replay of a part of the window there: ``"network"`` or ``"layer"``."""
        self.replay_export.ask(self.places.middle if part == "network" else self.places.right)

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""
        (self.showNormal if self.isFullScreen() else self.showFullScreen)()

    def questions(self) -> Questions:
        """The questions of all places for the next snapshot."""
        return self.middle.questions().union(
            self.picture.questions, *(panel.questions() for panel in self.panels.existing())
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Start background work once the window has been painted."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._begin)

    def may_close(self) -> bool:
        """Ask about unsaved work; returns whether the window may close."""
        from cnnviz.gui.shell import closing, writing_question

        self._apply_typed()
        if not closing.may_close(self.document, self.keeper, self):
            return False
        # parts that were never used are not made for the question
        exporting, replay = vars(self.bench).get("exporting"), vars(self).get("replay_export")
        files = writing_question.may_close(exporting, replay, self.document.name, self)
        return files and self.sweeps.may_close()

    def leave(self, *, keep_aside: bool = False) -> None:
        """Close without a question; with ``keep_aside`` unsaved work is offered at the next start."""
        self._apply_typed()
        self._agreed, self._keeping_aside = True, keep_aside
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work, then end the threads."""
        # a signal that ends the program while the question is open closes the window with leave()
        if not self._agreed and not self.may_close() and not self._agreed:
            event.ignore()
            return
        remember(self, self.places)
        remember_arrangement(self.document.path, self.arrangement)
        self.document.close(keep=self._keeping_aside)
        self.editor.trials.stop()
        self.forecast.stop()
        self.release_focus()
        self.hide()
        event.accept()
        self.closed.emit(self.bench.close())

    def _make_parts(self, theme: Theme) -> None:
        self.canvas = Canvas(self.editor, self.selection, theme, "maps" if self.editor.report.trainable else "build")
        self.canvas.set_pins(self.bench.pins)
        self.canvas.set_traces(self.bench.traces)
        self.palette_list = Palette(theme)
        self.panels = panels_of(self.bench)
        # the first two follow the training also while they are hidden, the table is always visible
        self.sample = cast("SamplePanel", self.panels["sample"])
        self.curves = cast("CurvesPanel", self.panels["curves"])
        self.table = cast("LayerTable", self.panels["layers"])
        self.middle = MiddlePlace(self.canvas, self.panels, self.bench)
        self.data = DataPlace(self.middle, self.panels, self.bench, self.arrange)
        self.sweeps = SweepPlace(self.middle, self.panels, self.bench)
        self.layer = LayerPlace(self.editor, self.selection, self.panels, titles(At.LAYER))
        self.bottom = RunPlace(self.panels, titles(At.RUN), self.table)
        self.run = self.bottom.tabs
        self.notice = NoticeBar(theme)
        self.status = StatusLine(theme)

    def _lay_out(self) -> None:
        self.left = QStackedWidget()
        self.left.addWidget(self.sample)
        self.left.addWidget(self.palette_list)
        self.scale = MapScaleControl()
        column = QVBoxLayout(centre := QWidget())
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # from the outside in: Qt styles a widget and its children again when it gets another parent
        self.setCentralWidget(centre)
        # before the notice, which stands over it in a low window
        self.setStatusBar(self.status)
        column.addWidget(self.top)
        self.places: Places = Places(
            Place(self.tr("SAMPLE"), self.left),
            Place(self.tr("NETWORK"), self.middle),
            Place(self.tr("LAYER"), self.layer),
            Place(self.tr("RUN"), self.bottom, self.run.tabBar()),
            self.bottom,
            self.notice,
            self.status,
            centre,
        )
        column.addWidget(self.places, 1)
        self.places.middle.add_to_head(self.scale)
        self.middle.furnish(self.places.middle, self.scale)
        self.top.add_past(PastBar(self.bench.past, self.bench.going_on))
        PastFrames(self.bench, self.places, self)
        self.layer.furnish(self.places.right)
        self.setMinimumSize(SMALLEST)
        room = self.screen().availableSize()
        self.resize(USUAL.boundedTo(room - FRAME))

    def _connect(self) -> None:
        bridge, requests = self.bridge, self.bench.requests
        bridge.status.connect(lambda status: self.actions_by_id.check("pace", pace_command(status.pace)))
        bridge.status.connect(self.bottom.follow)
        bridge.failed.connect(self.status.show_message)
        PastNotices(self.bench, self.notice, self.actions_by_id)
        self.repainted.connect(bridge.painted)
        self.times.changed.connect(lambda: self.canvas.show_times(self.times.by_node()))
        self.editor.changed.connect(lambda _, new: bridge.apply(new))
        self.editor.changed.connect(lambda *_: self.notice.withdraw("times"))
        self.forecast.changed.connect(self.notices.refresh)
        self.document.saved.connect(self.keeper.tell_of_saving)
        for kept in (self.keeper.kept, self.bench.archives.written):
            kept.connect(self.document.add_recent)
        requests.runsNamed.connect(self.notices.read_names)
        self.notices.hint.connect(self.canvas.set_hint)
        self.before_change: BeforeChange = BeforeChange(
            self.notices, self.notice, self.bench.past, self.middle, self.layer, self.panels, self.places
        )
        self.end = RunEndCard(self.notices.ended, self.canvas, self.bench, self.actions_by_id, self.places.notice)
        self.notices.marked.connect(self.canvas.set_changes)
        for part in (self.top, self.end, self.sample.answer, self.curves):
            self.notices.differs.connect(part.set_trained)
        self.layer.turned.connect(self.views.show_again)
        self.canvas.sourcePasted.connect(self.pasting.paste)
        self.canvas.hintClicked.connect(self.actions_by_id["play"].trigger)
        self.canvas.mapClicked.connect(lambda *_: self.show_panel("maps"))
        self.canvas.settingsAsked.connect(self._edit_layer)
        for turned in (self.middle.deep, self.middle.paged):
            turned.connect(lambda *_: self.state.enable())
            # the microscope has got its snapshot already
            turned.connect(lambda *_: None if self.middle.is_deep else self.views.show_again())
        requests.projectAsked.connect(self.projectAsked)
        drops = FileDrops(self)
        drops.dropped.connect(requests.fileAsked)
        drops.imagesDropped.connect(self.data.open)
        requests.panelAsked.connect(self.show_panel)
        requests.sweepAsked.connect(lambda: self.typed_first(self.sweeps.ask))
        self.top.batchesAsked.connect(lambda count: train(lambda session: session.batches(count))(self))
        self.palette_list.chosen.connect(self.canvas.add)
        self.top.arranged.connect(self.arrange)
        self.diverging.tell(self.status.set_course, self.status.set_spoilt)
        link_panels(self.panels, self.notices, self.diverging, self._leave_build)
        self.status.problems.clicked.connect(lambda: self.show_panel("problems"))
        for topic, failed in (
            ("recording", bridge.recordingFailed),
            ("times", self.times.failed),
            *(("file", part.failed) for part in (self.document, self.picture, self.keeper, requests)),
        ):
            failed.connect(partial(self.notice.post, topic))
        for source in (self.canvas, self.picture, self.keeper, self.bench.archives, requests):
            source.message.connect(self.status.show_message)

    def _begin(self) -> None:
        if self.isHidden():
            return
        self.painted.emit()
        self.bridge.start()
        self.panels.prepare()
        self.editor.trials.start()
        self.canvas.setFocus()

    def _apply_typed(self) -> None:
        """Apply the text being typed, before training continues and before the project is saved or closed."""
        self.close_menus()
        for panel in self.panels.existing():
            panel.apply_typed()

    def _leave_build(self) -> None:
        """Show the sample, which has no place where one builds."""
        if self.arrangement == "build":
            self.arrange("train_view")

    def _edit_layer(self) -> None:
        """Move the focus to the settings of the current layer."""
        self.show_panel("settings")
        cast("SettingsPanel", self.panels["settings"]).begin()
