"""The canvas follows edits by what differs: it never shows anything else than a canvas made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cnnviz.gui.builder.geometry.costs import cost_rows
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.network.graph import set_layer
from cnnviz.network.layers import GELU, Add, Conv2d, ReLU
from cnnviz.project import blocks, edits
from cnnviz.project.blocks import fold_all
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_kit import Bench

    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.project.project import Project


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
        lambda project: edits.arranged(project),
    ]
    for step in steps:
        editor.apply("step", step(editor.project))
        _like_new(made)
    for _ in steps:
        editor.undo()
        _like_new(made)


def _like_new(bench: Bench) -> None:
    """Whether items, wires, frames and what hangs below are those of a canvas that was made now."""
    old = bench.canvas._scene
    new = GraphScene(old.theme)
    new.view_kind, new.columns.bottom = old.view_kind, old.columns.bottom
    new.show(bench.project, bench.editor.report)
    batch = bench.project.recipe.batch_size
    new.show_costs(cost_rows({one.key: one.members for one in new.units}, bench.editor.report, batch, {}), ())
    assert {one.key: (one.place, one.height, one.report, one.problems, one.header) for one in old.units} == {
        one.key: (one.place, one.height, one.report, one.problems, one.header) for one in new.units
    }
    assert old.wires.keys() == new.wires.keys()
    for edge, wire in new.wires.items():
        other = old.wires[edge]
        assert (wire.ends, wire.line, wire.way, wire.wrong, wire.edges) == (
            other.ends,
            other.line,
            other.way,
            other.wrong,
            other.edges,
        )
        for here, there in zip(_corners(wire), _corners(other), strict=True):
            assert here == pytest.approx(there, abs=1e-6)
    assert {name: frame.area for name, frame in old.frames.items()} == {
        name: frame.area for name, frame in new.frames.items()
    }


def _corners(wire: Wire) -> list[tuple[float, float]]:
    path = wire.path
    points = [path.elementAt(place) for place in range(path.elementCount())]
    return [(float(point.x), float(point.y)) for point in points]
