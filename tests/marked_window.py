"""Uses a window in a language that shows what is not translated; started as a process of its own.

``marked_window.py FOLDER`` writes JSON: how many texts there were, and those with words that passed no translation.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from marked_cases import SOURCES, botched, damaged, small
from marked_language import NUMBERS, Marking
from marked_visit import Visit
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest

from cnnviz.gui.language import set_locale
from cnnviz.gui.panels.microscope.panel import Microscope
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.shell.closing import ClosingDialog
from cnnviz.gui.shell.dialogs import crash_dialog
from cnnviz.gui.shell.start_page import StartPage
from cnnviz.gui.welcome import welcome
from cnnviz.network.graph import GraphError, chain
from cnnviz.network.layers import KINDS, Flatten, Input, Output
from cnnviz.project import edits
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.project.recovery import Autosave
from cnnviz.project.templates import TEMPLATES
from cnnviz.settings import folders
from cnnviz.training.channels import State


class Tour(Visit):
    """The stations of the visit."""

    def places(self) -> None:
        """Every arrangement, panel, menu and dialog."""
        welcome(self.window)
        for action in ("build", "train_view", "look", "dark", "light"):
            self.person.shortcut(action)
            self.look()
        for name in self.window.panels:
            self.window.show_panel(name)
            self.look()
        for action in ("glossary", "about", "new"):
            self.person.shortcut(action)
            self.person.until(self.cards_are_made, "all cards")
            self.look()
            self.close_dialogs()
        crash_dialog("", "", self.window).show()
        self.look()
        self.close_dialogs()
        self.person.shortcut("commands")
        self.look()
        self.close_dialogs()
        self.person.shortcut("build")

    def cards_are_made(self) -> bool:
        """Whether the page with the networks to start from, where it is open, has drawn them all."""
        return not any(one._timer.isActive() for one in self.qt.topLevelWidgets() if isinstance(one, StartPage))

    def layers(self) -> None:
        """The settings of every kind of layer, and what is wrong with it where it does not fit."""
        for kind in KINDS.values():
            project, name = edits.add_layer(Project(), kind())
            self.put(project)
            self.window.selection.select([name], name)
            self.look()
            if kind not in (Input, Output):
                network = chain(("input", Input()), ("odd", kind()), ("flatten", Flatten()), ("output", Output()))
                self.show(Project(network, arrange(network)))

    def problems(self) -> None:
        """Networks with many problems, and their remedies."""
        self.show(botched())
        window = self.window
        window.show_panel("problems")
        self.look()
        while (fixes := [fix for one in window.editor.report.problems for fix in one.fixes]) and len(fixes) > 1:
            window.editor.finish_trials(frozenset(window.editor.project.network.nodes))
            before = window.editor.project
            window.editor.apply("", edits.apply_fix(before, fixes[0]))
            self.look()
            if window.editor.project == before:
                break
        self.show(TEMPLATES["resnet-18"].project())
        self.show(small())

    def canvas(self) -> None:
        """Edits by keys and menus, and what is refused."""
        window, person, canvas = self.window, self.person, self.window.canvas
        for keys in ("/", "c"):
            canvas.setFocus()
            QTest.keyClicks(canvas, keys)
            self.look()
            person.press(Qt.Key.Key_Escape)
        for action in ("find", "rename"):
            person.click_node("conv1")
            person.shortcut(action)
            self.look()
            person.press(Qt.Key.Key_Escape)
        person.click_node("conv1")
        person.shortcut("select_all")
        self.look()
        for action in ("copy", "paste", "duplicate", "group", "fold", "ungroup", "arrange", "delete", "undo"):
            if window.actions_by_id[action].isEnabled():
                person.shortcut(action)
                self.look()
        for source, target in (("relu1", "conv1"), ("output", "conv1"), ("conv1", "input"), ("conv1", "nowhere")):
            try:
                edits.connect(small(), source, target)
            except GraphError as error:
                self.refused(error)
        self.show(small())
        for at in (person.header("conv1"), canvas.viewport().rect().bottomRight()):
            event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at))
            self.qt.sendEvent(canvas.viewport(), event)
            self.look()
            self.close_dialogs()

    def inside(self) -> None:
        """Values of every kind of layer under the microscope, forward and backward, and drawing a sample."""
        window, person = self.window, self.person
        person.shortcut("look")
        seen: set[str] = set()
        for template in ("lenet-5", "attention", "instance-norm", "alexnet-28", "resnet-18-28"):
            self.show(TEMPLATES[template].project())
            network = window.editor.project.network
            new = {network[name].kind: name for name in network.order if network[name].kind not in seen}
            seen |= new.keys()
            person.until(lambda: window.bridge.shown is not None, "a snapshot")
            for name in new.values():
                self.microscope(name)
            window.middle.to_network()
        self.show(small())
        person.shortcut("train_view")
        window.sample.show_page("draw")
        self.look()
        window.sample.show_page("pick")
        person.shortcut("measure")
        person.until(lambda: window.times.timing is not None, "the times")
        self.look()

    def microscope(self, node: str) -> None:
        """The strongest value of a layer, forward and backward."""
        self.window.middle.look_into(node)
        scope = self.window.panel(Microscope)
        self.person.until(scope.page, "its arithmetic")
        self.look()
        forward = scope.page()
        scope.turn(backward=True)
        self.person.until(lambda: scope.page() is not forward, "its gradient")
        self.look()
        scope.turn(backward=False)

    def sources(self) -> None:
        """Code that is pasted and written."""
        for source in SOURCES:
            self.paste(source)

    def paste(self, source: str) -> None:
        """What the dialog makes of a source."""
        dialog = self.window.pasting._open(source)
        self.person.until(lambda: dialog.sentences() or dialog.accept_button.isEnabled(), "what is made of it")
        self.look()
        self.close_dialogs()

    def files(self) -> None:
        """Files that cannot be read or written."""
        self.folder.mkdir(exist_ok=True)
        for number, entry in enumerate(damaged()):
            path = self.folder / f"{number}.cnnviz"
            path.write_text(json.dumps(entry), encoding="utf-8")
            self.application.open_file(path, self.window)
            self.look()
        for path in (self.folder / "none.cnnviz", self.folder):
            self.application.open_file(path, self.window)
            self.look()
        (self.folder / "poem.cnnviz").write_text("Roses are red", encoding="utf-8")
        self.application.open_file(self.folder / "poem.cnnviz", self.window)
        self.look()
        self.window.document.save_to(self.folder / "none" / "project.cnnviz")
        self.look()

    def crash(self) -> None:
        """What a program that ended unexpectedly has left behind, and what cannot be kept."""
        Autosave(folders().recovery, "crashed").write(small(), None)
        for left in folders().recovery.glob("*.recovery"):
            entry = json.loads(left.read_text(encoding="utf-8"))
            left.write_text(json.dumps({**entry, "pid": 2**22 + 1, "started": 1.0}), encoding="utf-8")
        self.application.offer_recovery(self.window)
        self.look()
        self.window.editor.apply("", replace(small(), recipe=Recipe(seed=7)))
        ClosingDialog(self.window.document, self.window.keeper, self.window).show()
        self.look()
        self.close_dialogs()

    def training(self) -> None:
        """A training with all that is said of it, one that fails, and the question at the end."""
        window, person = self.window, self.person
        session = window.bridge.session
        self.show(small())
        person.shortcut("train_view")
        person.click_node("conv1")
        for action in ("batch", "batches_10"):
            self.train(action)
        step = session.status.step
        for name in window.panels:
            window.show_panel(name)
            person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == step, "a snapshot")
            self.look()
        changed = edits.set_parameter(window.editor.project, "conv1", "out_channels", 8)
        window.editor.apply("", changed)
        self.look()
        person.shortcut("go_on")
        person.until(lambda: session.status.state is State.RUNNING, "the training")
        self.look()
        rate = replace(changed, recipe=replace(changed.recipe, learning_rate=0.01, epochs=1))
        window.editor.apply("", rate)
        person.shortcut("pace_4")
        person.until(window.status.pace.text, "slow motion")
        self.look()
        person.shortcut("full_speed")
        person.until(lambda: session.status.state is State.FINISHED, "the end", 120)
        self.look()
        person.shortcut("start_over")
        person.until(lambda: session.status.run == 2, "the new run")
        self.train("batch")
        self.look()
        person.shortcut("back_to_run")
        # the window takes over the project of that run
        person.until(lambda: window.notices._status.run == 1, "the run before")
        self.look()
        self.show(small(rate=100.0))
        run = session.status.run
        person.shortcut("start_over")
        person.until(lambda: session.status.run != run and session.status.state is State.UNTRAINED, "another run")
        person.shortcut("play")
        person.until(lambda: session.status.state is State.FAILED and window.notice.says("failed"), "the failure")
        self.look()
        ClosingDialog(window.document, window.keeper, window).show()
        self.look()
        self.close_dialogs()


def main() -> None:
    """Visit, and say what was read."""
    # loaded here once: a window that is closed at once would otherwise wait for it
    import_module("torch")
    qt = make_qt()
    qt.installTranslator(Marking(qt))
    set_locale(NUMBERS)
    visit = Tour(qt, Path(sys.argv[1]))
    visit.look()
    for station in (
        visit.places,
        visit.layers,
        visit.problems,
        visit.canvas,
        visit.inside,
        visit.sources,
        visit.files,
        visit.crash,
        visit.training,
    ):
        station()
    visit.look()
    for window in list(visit.application.windows):
        window.leave()
    visit.application.deleteLater()
    told = {"seen": len(visit.texts.seen), "plain": visit.texts.plain()}
    sys.stdout.write(json.dumps(told, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
