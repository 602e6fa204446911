"""What a window makes of a large network before it is painted for the first time: what is seen, once."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from cnnviz.gui.builder.below import Below
from cnnviz.gui.builder.facts_item import FactsItem
from cnnviz.gui.builder.maps_item import MapsItem
from cnnviz.gui.builder.node_item import FrameItem
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.theme import DARK
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Flatten, Input, Layer, ReLU
from cnnviz.network.layers import Output as End
from cnnviz.project import edits
from cnnviz.project.project import Project

COUNT = 300


def _project(*end: tuple[str, Layer]) -> Project:
    """A chain of many layers, placed."""
    layers = [(f"relu{number}", ReLU()) for number in range(COUNT)]
    return edits.arranged(Project(chain(("input", Input()), *layers, *end)))


@pytest.mark.parametrize(
    ("project", "other"),
    [
        (_project(("output", End())), MapsItem),
        (_project(("flatten", Flatten()), ("fc", Dense(10)), ("output", End())), FactsItem),
    ],
    ids=["to be built", "to be trained"],
)
def test_nothing_is_hung_below_the_nodes_that_the_first_view_does_not_show(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, project: Project, other: type[Below]
) -> None:
    monkeypatch.setattr(other, "__init__", lambda *_: pytest.fail("It is not seen in this view."))
    window = MainWindow(project, None, DARK)
    qtbot.addWidget(window)
    assert len(window.canvas.items_shown()[0]) == len(project.network.nodes)


def test_nodes_that_are_not_selected_have_no_frame(qtbot: QtBot) -> None:
    window = MainWindow(_project(("output", End())), None, DARK)
    qtbot.addWidget(window)
    assert _framed(window) == ([], [])
    window.selection.select(["relu3"], "relu3")
    assert _framed(window) == (["relu3"], ["relu3"])
    window.selection.select(["relu4"], "relu4")
    assert _framed(window) == (["relu3", "relu4"], ["relu4"])


def _framed(window: MainWindow) -> tuple[list[str], list[str]]:
    """The nodes that have a frame, and those whose frame is to be seen."""
    names = sorted(window.canvas.items_shown()[0])
    frames = {
        name: child
        for name in names
        for child in window.canvas.node_item(name).childItems()
        if isinstance(child, FrameItem)
    }
    return [*frames], [name for name, frame in frames.items() if frame.isVisible()]


def test_columns_are_given_no_room_before_the_canvas_is_shown(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = MainWindow(_project(("output", End())), None, DARK)
    qtbot.addWidget(window)
    given: list[float] = []
    give_room = GraphScene.give_room

    def counted(scene: GraphScene, bottom: float | None = None) -> None:
        given.append(0.0 if bottom is None else bottom)
        give_room(scene, bottom)

    monkeypatch.setattr(GraphScene, "give_room", counted)
    window.canvas.resize(700, 500)
    window.canvas.resize(900, 600)
    assert given == []
