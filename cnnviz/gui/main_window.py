"""The main window: assembles its places and connects them; no logic of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QSize, QTimer, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from cnnviz import settings
from cnnviz.gui.actions import Actions
from cnnviz.gui.builder.canvas import Canvas
from cnnviz.gui.builder.overlays.map_scale import MapScaleControl
from cnnviz.gui.builder.palette import Palette
from cnnviz.gui.commands.table import COMMANDS, MENUS
from cnnviz.gui.commands.window import PACES, train
from cnnviz.gui.panel_table import PANELS, At
from cnnviz.gui.panels.code.panel import CodePanel
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.panels.problems.panel import ProblemsPanel
from cnnviz.gui.panels.recipe.panel import RecipePanel
from cnnviz.gui.panels.runs.panel import RunsPanel
from cnnviz.gui.panels.sample.panel import SamplePanel
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.run.forecast import Forecast
from cnnviz.gui.run.keeping import TrainingKeeper
from cnnviz.gui.run.run_notices import RunNotices
from cnnviz.gui.shell.closing import may_close
from cnnviz.gui.shell.layer_place import LayerPlace
from cnnviz.gui.shell.middle_place import MiddlePlace
from cnnviz.gui.shell.past_bar import PastBar, PastFrames, PastNotices
from cnnviz.gui.shell.pasting import Pasting
from cnnviz.gui.shell.picture_export import PictureExport
from cnnviz.gui.shell.places import Place, Places, remember, restore
from cnnviz.gui.shell.plain_keys import PlainKeys
from cnnviz.gui.shell.run_place import RunPlace
from cnnviz.gui.shell.status_line import StatusLine
from cnnviz.gui.shell.top_bar import TopBar, hindrance
from cnnviz.gui.widgets.notice_bar import NoticeBar
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.plain import menu_text, title_text
from cnnviz.gui.widgets.settled_window import SettledWindow
from cnnviz.gui.workbench import Workbench
from cnnviz.network.layers import Conv2d

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QPaintEvent

    from cnnviz.gui.theme import Theme
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.project.project import Project
    from cnnviz.training.channels import Status

P = TypeVar("P", bound=Panel)
SMALLEST = QSize(960, 600)
USUAL = QSize(1600, 1000)
FRAME = QSize(16, 48)
"""Size of the decoration that the desktop draws around a window."""


class MainWindow(SettledWindow):
    """The window of a project, in which it is built, trained and inspected.

    ``painted`` follows the first paint; ``asked`` carries the id of a command that concerns more than one window;
    ``closed(ended)`` is emitted on closing; ``ended`` is False if a thread did not end in time.
    """

    painted = Signal()
    asked = Signal(str)
    projectAsked = Signal(object)
    closed = Signal(bool)

    def __init__(self, project: Project, path: Path | None, theme: Theme) -> None:
        super().__init__()
        self._painted = self._agreed = self._keeping_aside = False
        self.bench = bench = Workbench(project, path, theme, self.questions, self)
        self.editor, self.selection, self.document = bench.editor, bench.selection, bench.document
        self.bridge, self.times = bench.bridge, bench.times
        self.keeper = TrainingKeeper(self.bridge, self)
        self._make_parts(theme)
        self.pasting = Pasting(self.editor, self.notice, lambda: bench.theme, self)
        self.picture = PictureExport(self.editor, self.canvas, self.times, self.bridge, self.document.beside, self)
        self.actions_by_id = Actions(COMMANDS, self, self)
        self.top = TopBar(self.actions_by_id, self.recipe, theme)
        self.file_menu = self.actions_by_id.fill_menus(self.menuBar(), MENUS)["&File"]
        self.recent_menu: QMenu | None = None
        """The menu in the File menu that the application fills."""
        self._lay_out()
        self.canvas.menu.set_actions(self.actions_by_id, self.scale.menu)
        self.panel(MapsPanel).set_scale_menu(self.scale.menu)
        self.forecast = Forecast(self.editor, self.bridge, self)
        self.notices = RunNotices(self.editor, self.bridge, self.notice, self.forecast.warning)
        self._connect()
        PlainKeys(self, self.actions_by_id, lambda: self.middle.go_back() or self.places.leave_enlarged())
        self.set_theme(theme)
        self.arrange("train_view" if self.editor.report.trainable else "build")
        restore(self, self.places, settings.load())
        self._show_project()
        self._show_title()
        self.selection.select(project.network.of_kind(Conv2d)[:1])

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.bench.theme = theme
        for part in (self.canvas, self.palette_list, self.top, self.layer, self.notice, self.status):
            part.set_theme(theme)
        self.scale.set_theme(theme)
        for panel in self.panels.values():
            panel.set_theme(theme)
        self.actions_by_id.set_icons(theme)
        self.actions_by_id.check("theme", settings.load().theme)

    def arrange(self, identifier: str) -> None:
        """Arrange the places for building, training or inspecting; a training continues."""
        building = identifier == "build"
        self.left.setCurrentWidget(self.palette_list if building else self.sample)
        self.places.left.title.setText(self.tr("LAYERS") if building else self.tr("SAMPLE"))
        self.canvas.set_view("build" if building else "maps")
        if building:
            self.middle.to_network()
        self.scale.setVisible(not building and not self.middle.is_deep)
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
        return next(panel for panel in self.panels.values() if isinstance(panel, kind))

    def typed_first(self, command: Callable[[], object]) -> None:
        """Apply the text being typed in a field, then call ``command``."""
        self._apply_typed()
        command()

    def keep_training(self) -> None:
        """Ask for a folder and keep the training there."""
        self.keeper.ask(self.document.suggested_folder(), self)

    def open_commands(self) -> None:
        """Open the command palette, which is imported on first use."""
        from cnnviz.gui.shell.command_palette import CommandPalette, action_entries, damage_entries, layer_entries

        palette = CommandPalette(self.bench.theme, self)
        palette.closed.connect(palette.deleteLater)
        layers = layer_entries(self.editor.project.network, self.canvas.add, self.canvas.go_to)
        palette.open([*action_entries(self.actions_by_id), *damage_entries(self.show_damage), *layers])

    def toggle_full_screen(self) -> None:
        """Switch full screen on or off."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def questions(self) -> Questions:
        """The questions of all places for the next snapshot."""
        return self.middle.questions().union(
            self.picture.questions, *(panel.questions() for panel in self.panels.values())
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Start background work once the window has been painted."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._begin)

    def may_close(self) -> bool:
        """Ask about unsaved work; returns whether the window may close."""
        self._apply_typed()
        return may_close(self.document, self.keeper, self)

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
        self.document.close(keep=self._keeping_aside)
        self.editor.trials.stop()
        self.forecast.stop()
        self.release_focus()
        self.hide()
        event.accept()
        ended = [self.recipe.close_finder(), self.bench.close()]
        self.closed.emit(all(ended))

    def _make_parts(self, theme: Theme) -> None:
        self.canvas = Canvas(self.editor, self.selection, theme, "maps" if self.editor.report.trainable else "build")
        self.canvas.set_pins(self.bench.pins)
        self.canvas.set_traces(self.bench.traces)
        self.palette_list = Palette(theme)
        self.panels = {spec.id: spec.make(self.bench) for spec in PANELS}
        self.sample, self.curves = self.panel(SamplePanel), self.panel(CurvesPanel)
        self.problems, self.code = self.panel(ProblemsPanel), self.panel(CodePanel)
        self.table, self.recipe = self.panel(LayerTable), self.panel(RecipePanel)
        self.middle = MiddlePlace(self.canvas, self.panel(Microscope), self.editor, self.selection, self.bridge)
        self.layer = LayerPlace(self.editor, self.selection, self._tabs(At.LAYER))
        self.bottom = RunPlace(self._tabs(At.RUN), self.table)
        self.run = self.bottom.tabs
        self.notice = NoticeBar(theme)
        self.status = StatusLine(theme)

    def _tabs(self, place: At) -> list[tuple[str, Panel]]:
        """The panels of a place, with their titles."""
        specs = (spec for spec in PANELS if spec.place is place)
        return [(QCoreApplication.translate("panels", spec.title), self.panels[spec.id]) for spec in specs]

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
        column.addWidget(self.top)
        self.places: Places = Places(
            Place(self.tr("SAMPLE"), self.left),
            Place(self.tr("NETWORK"), self.middle),
            Place(self.tr("LAYER"), self.layer),
            Place(self.tr("RUN"), self.bottom, self.run.tabBar()),
            self.bottom,
            self.notice,
            centre,
        )
        column.addWidget(self.places, 1)
        self.places.middle.add_to_head(self.scale)
        self.middle.furnish(self.places.middle, self.scale)
        self.top.add_past(PastBar(self.bench.past, self.bench.going_on))
        PastFrames(self.bench.past, self.bridge, self.places, self)
        self.layer.furnish(self.places.right)
        self.setStatusBar(self.status)
        self.setMinimumSize(SMALLEST)
        room = self.screen().availableSize()
        self.resize(USUAL.boundedTo(room - FRAME))

    def _connect(self) -> None:
        bridge = self.bridge
        bridge.status.connect(self._show_status)
        bridge.snapshot.connect(self._show_snapshot)
        bridge.failed.connect(self.status.show_message)
        bridge.cost.connect(self.status.show_cost)
        bridge.recordingFailed.connect(lambda sentence: self.notice.post("recording", sentence))
        self.panel(RunsPanel).opened.connect(self.projectAsked)
        self.panel(RunsPanel).looked.connect(lambda *_: self.show_panel("curves"))
        PastNotices(self.bench, self.notice, self.actions_by_id)
        self.repainted.connect(bridge.painted)
        self.times.changed.connect(self._show_times)
        self.times.failed.connect(lambda sentence: self.notice.post("times", sentence))
        self.editor.changed.connect(lambda _, new: bridge.apply(new))
        self.editor.changed.connect(lambda *_: self._show_project())
        self.forecast.changed.connect(self._show_project)
        self.forecast.changed.connect(self.notices.refresh)
        self.document.changed.connect(self._show_title)
        self.document.saved.connect(self.keeper.tell_of_saving)
        self.notices.hint.connect(self.canvas.set_hint)
        self.notices.changed_since.connect(self.canvas.set_changed)
        for part in (self.canvas, self.top):
            self.notices.differs.connect(part.set_trained)
        self.selection.changed.connect(self._selected)
        self.layer.currentChanged.connect(lambda _: self._show_snapshot(self.bridge.shown))
        self.canvas.sourcePasted.connect(self.pasting.paste)
        self.canvas.hintClicked.connect(self.actions_by_id["play"].trigger)
        self.canvas.mapClicked.connect(lambda *_: self.show_panel("maps"))
        self.middle.deep.connect(lambda _: self._enable())
        for shows in (self.canvas, self.panel(MapsPanel)):
            shows.valueClicked.connect(self.middle.open)
        self.panel(MapsPanel).mapEntered.connect(self.middle.look_into)
        self.canvas.settingsAsked.connect(self._edit_layer)
        self.panel(SettingsPanel).left.connect(self.canvas.setFocus)
        self.top.batchesAsked.connect(lambda count: train(lambda session: session.batches(count))(self))
        self.palette_list.chosen.connect(self.canvas.add)
        self.top.arranged.connect(self.arrange)
        for shows in (self.canvas, self.panel(MapsPanel)):
            self.scale.chosen.connect(shows.set_map_scale)
        self.scale.chosen.connect(lambda _: self._show_snapshot(bridge.shown))
        self.scale.choiceAsked.connect(bridge.look_anew)
        self.status.problems.clicked.connect(lambda: self.show_panel("problems"))
        for chooser in (self.code, self.table):
            chooser.chosen.connect(self.canvas.reveal_selected)
        panels = self.panels.values()
        failures = [panel.failed for panel in panels]
        for failed in (self.document.failed, self.picture.failed, self.keeper.failed, *failures):
            failed.connect(lambda sentence: self.notice.post("file", sentence))
        for message in (
            self.canvas.message,
            self.picture.message,
            self.keeper.message,
            *(panel.message for panel in panels),
        ):
            message.connect(self.status.show_message)

    def _begin(self) -> None:
        if self.isHidden():
            return
        self.painted.emit()
        self.bridge.start()
        for panel in self.panels.values():
            panel.prepare()
        self.editor.trials.start()
        self.canvas.setFocus()

    def _apply_typed(self) -> None:
        """Apply the text being typed, before training continues and before the project is saved or closed."""
        self.close_menus()
        self.panel(SettingsPanel).form.apply()
        self.recipe.apply_typed()

    def _edit_layer(self) -> None:
        """Move the focus to the settings of the current layer."""
        self.show_panel("settings")
        self.panel(SettingsPanel).begin()

    def _show_project(self) -> None:
        report, status = self.editor.report, self.bridge.session.status
        self.top.show_project(self.editor.project)
        self.status.show_report(report, self.forecast.text())
        self.top.show_status(status, hindered := hindrance(status, report))
        self.curves.set_hindrance(hindered)
        self._enable()

    def _show_times(self) -> None:
        self.canvas.show_times(self.times.by_node())
        self._enable()

    def _show_title(self) -> None:
        self.setWindowTitle(f"{title_text(self.document.name)}[*] — cnnviz")
        if (unsaved := self.document.unsaved) != self.isWindowModified():
            self.setWindowModified(unsaved)

    def _selected(self) -> None:
        self._enable()
        self._show_snapshot(self.bridge.shown)

    def _show_status(self, status: Status) -> None:
        self._enable()
        self.top.show_status(status, hindrance(status, self.editor.report))
        self.actions_by_id.check("pace", next(name for name, pace in PACES.items() if pace == status.pace))
        self.status.show_status(status)

    def _show_snapshot(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            self.canvas.show_snapshot(None)
            self.scale.show_step(None)
            for panel in self.panels.values():
                panel.clear_snapshot()
            return
        self.canvas.show_snapshot(snapshot)
        canvas = self.canvas
        self.scale.show_step(snapshot.step, outdated=canvas.outdated(), beyond=canvas.beyond())
        for panel in self.panels.values():
            if panel.isVisible():
                panel.show_snapshot(snapshot)

    def _enable(self) -> None:
        stack = self.editor.undo_stack
        self.actions_by_id["undo"].setText(f"{self.tr('&Undo')} {menu_text(stack.undoText())}".strip())
        self.actions_by_id["redo"].setText(f"{self.tr('&Redo')} {menu_text(stack.redoText())}".strip())
        self.actions_by_id.refresh()
