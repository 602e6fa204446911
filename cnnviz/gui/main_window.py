"""The main window: assembles its places and connects them; no logic of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from cnnviz import settings
from cnnviz.data.catalogue import Dataset
from cnnviz.gui.actions import PACES, check_one, enable, fill_menus, make_actions, run_facts, set_icons
from cnnviz.gui.bridge import Bridge
from cnnviz.gui.builder.canvas import Canvas
from cnnviz.gui.builder.handlers import handlers
from cnnviz.gui.builder.palette import Palette
from cnnviz.gui.closing import may_close
from cnnviz.gui.document import Document
from cnnviz.gui.editor import ProjectEditor
from cnnviz.gui.forecast import Forecast
from cnnviz.gui.keeping import TrainingKeeper
from cnnviz.gui.layer_place import LayerPlace
from cnnviz.gui.layer_times import LayerTimes
from cnnviz.gui.map_scale import MapScaleControl
from cnnviz.gui.notice_bar import NoticeBar
from cnnviz.gui.panels.code import CodePanel
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.layer_table.panel import LayerTable
from cnnviz.gui.panels.problems import ProblemsPanel
from cnnviz.gui.panels.recipe import RecipePanel
from cnnviz.gui.panels.sample import SamplePanel
from cnnviz.gui.pasting import Pasting
from cnnviz.gui.picture_export import PictureExport
from cnnviz.gui.places import Place, Places, remember, restore
from cnnviz.gui.plain_keys import PlainKeys
from cnnviz.gui.run_notices import RunNotices
from cnnviz.gui.run_place import RunPlace
from cnnviz.gui.selection import Selection
from cnnviz.gui.settled_window import SettledWindow
from cnnviz.gui.status_line import StatusLine
from cnnviz.gui.theme import Theme
from cnnviz.gui.top_bar import TopBar, hindrance
from cnnviz.gui.widgets.panel import Panel
from cnnviz.gui.widgets.plain import PlainLabel, menu_text, title_text
from cnnviz.inspection.questions import Questions
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.network.layers import Conv2d
from cnnviz.project.project import Project
from cnnviz.training.channels import Status
from cnnviz.training.facts import facts_for
from cnnviz.training.rate_finder import RateFinder

SMALLEST = QSize(960, 600)
USUAL = QSize(1600, 1000)
FRAME = QSize(16, 48)
"""Room for what the desktop draws around a window."""
ASKED = ("new", "open", "open_training", "quit", "glossary", "about", "log", "system", "dark", "light")
"""Actions that concern more than one window."""


class MainWindow(SettledWindow):
    """One project: built, trained and looked at.

    ``painted`` follows the first paint; ``asked(what)`` is for the actions of :data:`ASKED`; ``closed(bool)`` says
    whether the threads have ended.
    """

    painted = Signal()
    asked = Signal(str)
    closed = Signal(bool)

    def __init__(self, project: Project, path: Path | None, theme: Theme) -> None:
        super().__init__()
        preferences = settings.load()
        self._painted = self._agreed = self._keeping_aside = False
        self._facts: dict[str, bool] = {}
        self.editor = ProjectEditor(project, facts_for(project), self)
        self.selection = Selection(self)
        self.document = Document(self.editor, path, self)
        self.bridge = Bridge(project, self.questions, preferences.device, preferences.threads or None, self)
        self.keeper = TrainingKeeper(self.bridge, self)
        self.times = LayerTimes(self.editor, preferences.device, preferences.threads or None, self)
        self._make_parts(theme)
        self.pasting = Pasting(self.editor, self.notice, lambda: self._theme, self)
        self.picture = PictureExport(self.editor, self.canvas, self.times, self.bridge, self.document.beside, self)
        self.actions_by_id = make_actions(self, self._handlers())
        self.top = TopBar(self.actions_by_id, self.recipe, theme)
        self.file_menu = fill_menus(self.menuBar(), self.actions_by_id)["&File"]
        self.recent_menu: QMenu | None = None
        """The menu in the File menu that the application fills."""
        self._lay_out()
        self.canvas.menu.set_actions(self.actions_by_id, self.scale.menu)
        self.layer.maps.menu.addSeparator()
        self.layer.maps.menu.addMenu(self.scale.menu)
        self.forecast = Forecast(self.editor, self.bridge, self)
        self.notices = RunNotices(self.editor, self.bridge, self.notice, self.forecast.warning)
        self._connect()
        PlainKeys(self, self.actions_by_id, self.places.leave_enlarged)
        self.set_theme(theme)
        self.arrange("train_view" if self.editor.report.trainable else "build")
        restore(self, self.places, preferences)
        self._show_project()
        self._show_title()
        self.selection.select(project.network.of_kind(Conv2d)[:1])

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for part in (self.canvas, self.palette_list, self.top, self.notice, self.status):
            part.set_theme(theme)
        self.scale.set_theme(theme)
        for panel in self._panels:
            panel.set_theme(theme)
        set_icons(self.actions_by_id, theme)
        check_one(self.actions_by_id, "theme", settings.load().theme)

    def arrange(self, identifier: str) -> None:
        """Show the places for building, training or looking; what runs is not touched."""
        building = identifier == "build"
        self.left.setCurrentWidget(self.palette_list if building else self.sample)
        self.places.left.title.setText(self.tr("LAYERS") if building else self.tr("SAMPLE"))
        self.canvas.set_view("build" if building else "maps")
        self.scale.setVisible(not building)
        tab = {"build": self.layer.settings, "look": self.layer.maps}.get(identifier, self.layer.kernels)
        self.layer.setCurrentWidget(tab)
        self.bottom.arrange(building=building)
        self.places.arrange(building=building)
        self.top.show_arrangement(identifier)
        check_one(self.actions_by_id, "arrangement", identifier)

    def questions(self) -> Questions:
        """What all places ask of the next snapshot."""
        return self.canvas.questions().union(self.picture.questions, *(panel.questions() for panel in self._panels))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Start what runs beside the window once the window is there."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._begin)

    def may_close(self) -> bool:
        """Ask about what closing would lose; whether the window may close."""
        self._apply_typed()
        return may_close(self.document, self.keeper, self)

    def leave(self, *, keep_aside: bool = False) -> None:
        """Close without a question; ``keep_aside``: what is unsaved is offered at the next start."""
        self._apply_typed()
        self._agreed, self._keeping_aside = True, keep_aside
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about what would be lost, then end the threads."""
        # a signal that ends the program while the question is on screen answers it by leave()
        if not self._agreed and not self.may_close() and not self._agreed:
            event.ignore()
            return
        remember(self, self.places)
        self.document.close(keep=self._keeping_aside)
        self.editor.trials.stop()
        self.release_focus()
        self.hide()
        event.accept()
        ended = [self.recipe.close_finder(), self.times.close(), self.bridge.close()]
        self.closed.emit(all(ended))

    def _make_parts(self, theme: Theme) -> None:
        self.canvas = Canvas(self.editor, self.selection, theme, "maps" if self.editor.report.trainable else "build")
        self.palette_list = Palette(theme)
        self.sample = SamplePanel(theme)
        self.layer = LayerPlace(self.editor, self.selection, theme)
        self.curves = CurvesPanel(theme)
        self.problems = ProblemsPanel(self.editor, self.selection, theme)
        self.table = LayerTable(self.editor, self.selection, self.times, theme)
        self.code = CodePanel(self.editor, self.selection, self.document.beside, theme)
        self.recipe = RecipePanel(self.editor, theme, self._rate_finder)
        self.notice = NoticeBar(theme)
        self.status = StatusLine(theme)
        self.bottom = RunPlace(self.curves, self.problems, self.code, self.table)
        self.run = self.bottom.tabs
        self._panels: tuple[Panel, ...] = (self.sample, *self.layer.panels, *self.bottom.panels, self.recipe)

    def _lay_out(self) -> None:
        self.left = QStackedWidget()
        self.left.addWidget(self.sample)
        self.left.addWidget(self.palette_list)
        self.layer_name = PlainLabel()
        self.layer_name.setStyleSheet("font-weight: 600")
        self.scale = MapScaleControl()
        self.places = Places(
            Place(self.tr("SAMPLE"), self.left),
            Place(self.tr("NETWORK"), self.canvas),
            Place(self.tr("LAYER"), self.layer),
            Place(self.tr("RUN"), self.bottom, self.run.tabBar()),
            self.bottom,
            self.notice,
        )
        self.places.middle.add_to_head(self.scale)
        self.places.right.row.insertWidget(1, self.layer_name)
        column = QVBoxLayout(centre := QWidget())
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.places, 1)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
        self.setMinimumSize(SMALLEST)
        room = self.screen().availableSize()
        self.resize(USUAL.boundedTo(room - FRAME))

    def _handlers(self) -> dict[str, Callable[[], object]]:
        session = self.bridge.session

        def asks(what: str) -> Callable[[], object]:
            return lambda: self.asked.emit(what)

        return {
            **{name: asks(name) for name in ASKED},
            **{name: partial(self.arrange, name) for name in ("build", "train_view", "look")},
            **handlers(self.canvas),
            "commands": self._open_commands,
            "paste_code": self.pasting.ask,
            "picture": self.picture.ask,
            "save": lambda: self._typed_first(self.document.save),
            "save_as": lambda: self._typed_first(self.document.save_as),
            "keep_training": lambda: self.keeper.ask(self.document.suggested_folder(), self),
            "close": self.close,
            "undo": self.editor.undo,
            "redo": self.editor.redo,
            "standard": lambda: self.places.standard(),
            "full_screen": lambda: self.showNormal() if self.isFullScreen() else self.showFullScreen(),
            "play": lambda: self._typed_first(self.bridge.toggle),
            "batch": lambda: self._typed_first(session.batches),
            "epoch": lambda: self._typed_first(session.epoch),
            "measure": self.times.measure,
            "go_on": lambda: self._typed_first(self.notices.go_on),
            "start_over": lambda: self.notices.start_over(),
            "new_weights": lambda: self.notices.start_over_new(),
            "back_to_run": session.back,
            "batches_10": lambda: self._typed_first(partial(session.batches, 10)),
            "batches_100": lambda: self._typed_first(partial(session.batches, 100)),
            "stop": session.stop,
            **{name: partial(session.pace, pace) for name, pace in PACES.items()},
        }

    def _connect(self) -> None:
        bridge = self.bridge
        bridge.status.connect(self._show_status)
        bridge.snapshot.connect(self._show_snapshot)
        bridge.dataset.connect(self._show_dataset)
        bridge.failed.connect(self.status.say)
        bridge.failed.connect(self.sample.say_why_empty)
        bridge.metrics.connect(self.curves.add_metrics)
        bridge.events.connect(self.curves.add_events)
        bridge.cost.connect(self.status.show_cost)
        self.repainted.connect(bridge.painted)
        self.times.changed.connect(self._show_times)
        self.times.failed.connect(lambda sentence: self.notice.say("times", sentence))
        self.editor.changed.connect(lambda _, new: bridge.apply(new))
        self.editor.changed.connect(lambda *_: self._show_project())
        self.forecast.changed.connect(self._show_project)
        self.forecast.changed.connect(self.notices.refresh)
        self.document.changed.connect(self._show_title)
        self.notices.hint.connect(self.canvas.set_hint)
        self.notices.changed_since.connect(self.canvas.set_changed)
        self.selection.changed.connect(self._selected)
        self.layer.titled.connect(self.layer_name.setText)
        self.layer.currentChanged.connect(lambda _: self._show_snapshot(self.bridge.shown))
        self.sample.sampleChosen.connect(bridge.set_sample)
        self.canvas.sourcePasted.connect(self.pasting.paste)
        self.canvas.hintClicked.connect(self.actions_by_id["play"].trigger)
        self.canvas.mapClicked.connect(lambda *_: self.layer.setCurrentWidget(self.layer.maps))
        self.canvas.settingsAsked.connect(self.layer.edit)
        self.layer.settings.left.connect(self.canvas.setFocus)
        self.top.batchesAsked.connect(lambda count: self._typed_first(partial(bridge.session.batches, count)))
        self.palette_list.chosen.connect(self.canvas.add)
        self.top.arranged.connect(self.arrange)
        for shows in (self.canvas, self.layer.maps):
            self.scale.chosen.connect(shows.set_map_scale)
        self.scale.choiceAsked.connect(bridge.look_anew)
        self.status.problems.clicked.connect(lambda: self.run.setCurrentWidget(self.problems))
        self.code.chosen.connect(self.canvas.reveal_selected)
        files = (self.code, self.picture, self.keeper)
        for source in (self.document, *files):
            source.failed.connect(lambda sentence: self.notice.say("file", sentence))
        speaking: tuple[Panel | Canvas | PictureExport | TrainingKeeper, ...] = (self.canvas, *files[1:], *self._panels)
        for one in speaking:
            one.message.connect(self.status.say)

    def _begin(self) -> None:
        if self.isHidden():
            return
        self.painted.emit()
        self.bridge.start()
        for panel in self._panels:
            panel.prepare()
        self.editor.trials.start()
        self.canvas.setFocus()

    def _open_commands(self) -> None:
        """Only whoever asks for the command palette waits for it to be loaded."""
        from cnnviz.gui.command_palette import CommandPalette, action_entries, layer_entries

        palette = CommandPalette(self._theme, self)
        palette.closed.connect(palette.deleteLater)
        layers = layer_entries(self.editor.project.network, self.canvas.add, self.canvas.go_to)
        palette.open([*action_entries(self.actions_by_id), *layers])

    def _typed_first(self, command: Callable[[], object]) -> None:
        self._apply_typed()
        command()

    def _apply_typed(self) -> None:
        """What is being typed counts before training goes on, and before the project is saved or closed."""
        self.close_menus()
        self.layer.settings.form.apply()
        self.recipe.apply_typed()

    def _show_project(self) -> None:
        report, status = self.editor.report, self.bridge.session.status
        self.top.show_project(self.editor.project)
        self.status.show_report(report, self.forecast.text())
        self.top.show_status(status, hindered := hindrance(status, report))
        self.curves.say_hindrance(hindered)
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
        self.curves.set_run(status.batches, status.precision)
        check_one(self.actions_by_id, "pace", next(name for name, pace in PACES.items() if pace == status.pace))
        self.status.show_status(status)
        self.problems.show_status(status)

    def _show_snapshot(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            self.canvas.show_snapshot(None)
            self.scale.show_step(None)
            for panel in self._panels:
                panel.clear_snapshot()
            return
        self.canvas.show_snapshot(snapshot)
        self.scale.show_step(snapshot.step, outdated=self.canvas.outdated())
        for panel in self._panels:
            if panel.isVisible():
                panel.show_snapshot(snapshot)

    def _show_dataset(self, dataset: Dataset) -> None:
        split = dataset.validation if len(dataset.validation.labels) else dataset.train
        self.sample.set_images(split.images, split.labels, dataset.classes)
        self.recipe.set_images(dataset.train.images)

    def _rate_finder(self, project: Project) -> RateFinder:
        session = self.bridge.session
        return RateFinder(project, session.weights.latest, session.device, session.threads)

    def _enable(self) -> None:
        status, stack = self.bridge.session.status, self.editor.undo_stack
        self.actions_by_id["undo"].setText(f"{self.tr('&Undo')} {menu_text(stack.undoText())}".strip())
        self.actions_by_id["redo"].setText(f"{self.tr('&Redo')} {menu_text(stack.redoText())}".strip())
        trainable = self.editor.report.trainable
        facts = {
            "can_undo": stack.canUndo(),
            "can_redo": stack.canRedo(),
            "selection": bool(self.selection.nodes),
            "timeable": trainable and not self.times.running,
            "kept": self.bridge.session.standing.previous is not None,
            **run_facts(status, trainable, self.notices.continuable),
        }
        if facts != self._facts:
            self._facts = facts
            enable(self.actions_by_id, (name for name, holds in facts.items() if holds))
