"""A large network opens with as little work as it has layers: each is made, placed and checked once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from cnnviz.gui.builder import columns, scene, shown_costs
from cnnviz.gui.builder.items.node import NodeItem
from cnnviz.gui.builder.items.wire import Wire
from cnnviz.gui.document import recent_reports
from cnnviz.gui.panels.layer_table.columns import ColumnWidths
from cnnviz.gui.robot.person import Person
from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, GlobalAvgPool2d, Input, Output, ReLU
from cnnviz.project import edits
from cnnviz.project.arrange import arrange
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.app import Application

BLOCKS = 300


@pytest.fixture
def large() -> Project:
    kinds = {"conv": Conv2d(4, (3, 3), padding="same"), "norm": BatchNorm2d(), "relu": ReLU()}
    body = ((f"{name}{number}", layer) for number in range(BLOCKS) for name, layer in kinds.items())
    end = (("pool", GlobalAvgPool2d()), ("fc", Dense(10)), ("output", Output()))
    network = chain(("input", Input()), *body, *end)
    return Project(network, arrange(network))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each of these is called."""
    found: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        real: Callable[..., object] = getattr(owner, name)

        def counted(*arguments: Any, **named: Any) -> object:
            found[name] += 1
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, counted)

    for owner, name in (
        (recent_reports, "examine"),
        (columns, "column_limits"),
        (shown_costs, "cost_rows"),
        (NodeItem, "__init__"),
        (NodeItem, "set_room"),
        (NodeItem, "explanation"),
        (Wire, "set_ends"),
        (scene, "fitted_bounds"),
        (ColumnWidths, "fit"),
    ):
        count(owner, name)
    return found


@pytest.mark.parametrize("broken", [False, True], ids=["to train", "to build"])
def test_what_opening_a_large_network_takes(
    application: Application, large: Project, calls: Counter[str], broken: bool
) -> None:
    project = edits.bypass(large, ["pool"]) if broken else large
    window = application.open_window(project)
    tried: list[object] = []
    window.editor.trials.tried.connect(tried.append)
    Person(window).first_paint()
    nodes, wires = len(project.network.nodes), len(project.network.edges)
    assert window.canvas.items_shown()[0] == project.network.nodes.keys()
    assert calls["__init__"] == nodes
    assert len(window.canvas.scene().items()) < nodes / 10
    # of maps, which fill whatever room there is, once more where the window is laid out anew before it is shown
    assert calls["set_room"] <= (nodes if broken else 2 * nodes)
    assert calls["set_ends"] <= 2 * wires
    assert calls["examine"] == calls["column_limits"] == 1
    assert calls["cost_rows"] == broken
    assert calls["fitted_bounds"] <= 2 and calls["fit"] <= 1
    # in words only what is selected, for assistive technology
    assert calls["explanation"] <= 2
    assert len(window.table._columns._advances) < nodes / 10
    assert not tried
