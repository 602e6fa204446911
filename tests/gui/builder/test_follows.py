"""The canvas follows edits by what differs: it never shows anything else than a canvas made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from edit_steps import edited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import projects_with_blocks

from cnnviz.gui.builder.geometry.costs import cost_rows
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.network.graph import set_layer
from cnnviz.network.layers import GELU, Add, Conv2d, ReLU
from cnnviz.project import blocks, edits
from cnnviz.project.blocks import fold_all
from cnnviz.project.project import Project
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_kit import Bench

    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.builder.items.wire import Wire


def test_after_many_edits_everything_stands_where_it_would_stand_on_a_new_canvas(
    bench: Callable[..., Bench],
) -> None:
    made = bench(fold_all(TEMPLATES["resnet-18-28"].project(), folded=False))
    editor = made.editor
    made.canvas.set_view("build")
    conv, add = editor.project.network.of_kind(Conv2d)[3], editor.project.network.of_kind(Add)[1]
    relu = editor.project.network.of_kind(ReLU)[2]
    x, y = editor.project.layout.positions[conv]
    inner = editor.project.layout.block_of[conv]
    steps: list[Callable[[Project], Project]] = [
        lambda project: edits.set_parameter(project, conv, "out_channels", 7),
        lambda project: edits.add_after(project, conv, ReLU())[0],
        lambda project: edits.use_network(project, set_layer(project.network, relu, GELU())),
        lambda project: edits.move(project, {relu: (x, y + 900)}),
        lambda project: edits.move(project, {conv: (x + 30, y + 170), add: (x, y + 700)}),
        lambda project: edits.move(
            project, {name: (at[0] + 5, at[1]) for name, at in project.layout.positions.items()}
        ),
        lambda project: edits.rename(project, add, "sum"),
        lambda project: blocks.fold(project, inner),
        lambda project: edits.remove(project, ["sum"]),
        lambda project: blocks.unfold(project, inner),
        lambda project: edits.arrange_all(project),
    ]
    for step in steps:
        editor.apply("step", step(editor.project))
        _like_new(made)
    for _ in steps:
        editor.undo()
        _like_new(made)


def test_after_any_edits_everything_stands_where_it_would_stand_on_a_new_canvas(bench: Callable[..., Bench]) -> None:
    made = bench(Project())
    made.canvas.set_view("build")

    @settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
    @given(projects_with_blocks(), st.data())
    def follow(first: Project, data: st.DataObject) -> None:
        made.editor.open(first)
        _like_new(made)
        for _ in range(6):
            made.editor.apply(*edited(data, made.editor.project))
            _like_new(made)
        while made.editor.undo_stack.canUndo():
            made.editor.undo()
            _like_new(made)

    follow()


def _like_new(bench: Bench) -> None:
    """Whether items, wires, frames and what hangs below are those of a canvas that was made now."""
    old = bench.canvas._scene
    new = GraphScene(old.theme)
    new.view_kind, new.columns.bottom, new.columns._view_left = (
        old.view_kind,
        old.columns.bottom,
        old.columns._view_left,
    )
    new.show(bench.project, bench.editor.report)
    batch = bench.project.recipe.batch_size
    new.show_costs(cost_rows({one.key: one.members for one in new.units}, bench.editor.report, batch, {}), ())
    assert {one.key: _looks(one) for one in old.units} == {one.key: _looks(one) for one in new.units}
    assert old.wires.keys() == new.wires.keys()
    for edge, wire in new.wires.items():
        other = old.wires[edge]
        assert _state(wire) == _state(other)
        for here, there in zip(_corners(wire), _corners(other), strict=True):
            assert here == pytest.approx(there, abs=1e-6)
    assert {name: frame.area for name, frame in old.frames.items()} == {
        name: frame.area for name, frame in new.frames.items()
    }


def _looks(item: NodeItem) -> tuple[object, ...]:
    room = None if item._fitted is None else item._fitted[:3]
    return item.place, item.height, item.report, item.problems, item.header, room, item.costs


def _state(wire: Wire) -> tuple[object, ...]:
    return wire.ends, wire.line, wire.rail, wire.box, wire.level, wire.free, wire.wrong, wire.sentences, wire.edges


def _corners(wire: Wire) -> list[tuple[float, float]]:
    path = wire.path
    points = [path.elementAt(place) for place in range(path.elementCount())]
    return [(float(point.x), float(point.y)) for point in points]
