"""The fields of a window in which something may be half typed, and the ways in which their value changes meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnviz.data.choice import DatasetChoice
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.builder.overlays.find_bar import FindBar
from cnnviz.gui.builder.overlays.rename_field import RenameField
from cnnviz.gui.panels.settings.panel import SettingsPanel
from cnnviz.gui.shell.command_palette import CommandPalette
from cnnviz.network.layers import Concat
from cnnviz.project import blocks, edits
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.events import RunResumed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.project.project import Project


TAKEN = "model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(4608, 10))"


ONE = "model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5408, 10))"


def beginning() -> Project:
    """A network with a block and a layer that joins, trained by SGD in a repeatable way."""
    project = TEMPLATES["pytorch-tutorial"].project()
    project, name = edits.add_layer(project, Concat())
    for source in ("relu1", "conv2"):
        project = edits.connect(project, source, name)
    project, _ = blocks.group(project, ["conv1", "relu1"], "stem")
    return replace(project, recipe=replace(project.recipe, optimizer="sgd", momentum=0.9, repeatable=True))


def with_recipe(project: Project, **changes: object) -> Project:
    return replace(project, recipe=replace(project.recipe, **changes))  # type: ignore[arg-type]


def elsewhere(project: Project) -> Project:
    """A change of what no form here is about."""
    return with_recipe(edits.set_parameter(project, "fc1", "out_features", 77), weight_decay=0.25)


@dataclass(frozen=True)
class Form:
    """A field, how it comes to the front, and what of the project it is about.

    ``changed`` gives that another value, which the field then shows as ``shown``; ``gone`` takes it away. None: the
    field is about nothing in the project.
    """

    front: Callable[[MainWindow], QWidget]
    text: str
    shown: str = ""
    changed: Callable[[Project], Project] | None = None
    gone: Callable[[Project], Project] | None = None


def setting(node: str, name: str) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.selection.select([node], node)
        window.layer.setCurrentWidget(window.panel(SettingsPanel))
        return of(window.panel(SettingsPanel).form.field(name))

    return front


def of(field: QWidget) -> QWidget:
    """The part of a field that is typed into."""
    part = field.focusProxy()
    assert part is not None
    return part


def recipe(name: str, page: int) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.top.recipe.menu().popup(QPoint(40, 40))
        window.recipe.tabs.setCurrentIndex(page)
        return of(window.recipe.field(name))

    return front


def batches(window: MainWindow) -> QWidget:
    window.top.count.box.set_value(50)
    window.top.more_batches.menu().popup(QPoint(40, 40))
    return window.top.count.box


def renamed(*nodes: str) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.selection.select(nodes, nodes[0])
        window.actions_by_id["rename"].trigger()
        return window.findChildren(RenameField)[0]

    return front


def opened(action: str, kind: type[QWidget]) -> Callable[[MainWindow], QWidget]:
    def front(window: MainWindow) -> QWidget:
        window.actions_by_id[action].trigger()
        (found,) = [one for one in window.findChildren(kind) if one.isVisible()]
        return empty(found.findChildren(QLineEdit)[0])

    return front


def palette(window: MainWindow) -> QWidget:
    window.arrange("build")
    return empty(window.palette_list.field)


def empty(line: QLineEdit) -> QLineEdit:
    """The line without what was typed into it before, and without its past."""
    line.setText("")
    return line


FORMS = {
    "number of a layer": Form(
        setting("conv2", "out_channels"),
        "44",
        "48",
        lambda project: edits.set_parameter(project, "conv2", "out_channels", 48),
        lambda project: edits.remove(project, ["conv2"]),
    ),
    "number that is not allowed": Form(
        setting("conv2", "out_channels"),
        "700000",
        "48",
        lambda project: edits.set_parameter(project, "conv2", "out_channels", 48),
        lambda project: edits.bypass(project, ["conv2"]),
    ),
    "pair of a layer": Form(
        setting("conv2", "padding"),
        "7",
        "1",
        lambda project: edits.set_parameter(project, "conv2", "padding", (1, 1)),
        lambda project: edits.remove(project, ["conv2", "pool2"]),
    ),
    "padding that becomes “same”": Form(
        setting("conv2", "padding"),
        "7",
        "0",
        lambda project: edits.set_parameter(project, "conv2", "padding", "same"),
        lambda project: edits.remove(project, list(project.network.nodes)),
    ),
    "numbers of a layer": Form(
        setting("input", "mean"),
        "0,2",
        "0.5",
        lambda project: edits.set_parameter(project, "input", "mean", (0.5,)),
        lambda project: edits.remove(project, ["input"]),
    ),
    "rate": Form(recipe("learning_rate", 0), "0,5", "2", lambda project: with_recipe(project, learning_rate=2.0)),
    "rate that is not allowed": Form(
        recipe("learning_rate", 0), "1000", "2", lambda project: with_recipe(project, learning_rate=2.0)
    ),
    "momentum": Form(
        recipe("momentum", 0),
        "0.3",
        "0.8",
        lambda project: with_recipe(project, momentum=0.8),
        lambda project: with_recipe(project, optimizer="adam"),
    ),
    "threads": Form(
        recipe("threads", 0),
        "3",
        "2",
        lambda project: with_recipe(project, threads=2),
        lambda project: with_recipe(project, repeatable=False),
    ),
    "split": Form(
        recipe("validation", 3),
        "12",
        "4000",
        lambda project: replace(project, dataset=DatasetChoice(project.dataset.name, 4000)),
    ),
    "name of a layer": Form(
        renamed("conv2"),
        "head",
        "",
        lambda project: edits.rename(project, "conv2", "other"),
        lambda project: edits.remove(project, ["conv2"]),
    ),
    "name of a block": Form(
        renamed("conv1", "relu1"),
        "head",
        "",
        lambda project: blocks.rename(project, next(iter(project.layout.blocks)), "other"),
        lambda project: blocks.ungroup(project, next(iter(project.layout.blocks))),
    ),
    "number of batches": Form(batches, "12"),
    "find": Form(opened("find", FindBar), "conv"),
    "quick add": Form(opened("quick_add", QuickAdd), "conv"),
    "command palette": Form(opened("commands", CommandPalette), "conv"),
    "palette": Form(palette, "conv"),
}


def by_undo(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    window.editor.open(target)
    window.editor.apply("Forth", start)
    return window.editor.undo


def by_redo(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    window.editor.open(start)
    window.editor.apply("Forth", target)
    window.editor.undo()
    return window.editor.redo


def by_an_edit(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    """As paste, delete, a fix and pasted code change the project."""
    window.editor.open(start)
    return lambda: window.editor.apply("Change", target)


def by_the_session(window: MainWindow, start: Project, target: Project) -> Callable[[], object]:
    window.editor.open(start)
    return lambda: window.bridge.events.emit([RunResumed(1, 0, target)])


WAYS = {"undo": by_undo, "redo": by_redo, "edit": by_an_edit, "session": by_the_session}
