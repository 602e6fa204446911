"""Any edits in any order: what stands on the canvas is the project, after each of them, after undo and after redo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edit_steps import edited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import projects_with_blocks

from cnnviz.gui.builder.geometry.drawn import bundles, folds
from cnnviz.project.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from canvas_kit import Bench


def shows_the_project(b: Bench) -> bool:
    """Whether there is an item for everything that is drawn, at its place, and none for anything else."""
    scene, network, layout = b.canvas._scene, b.network, b.project.layout
    hidden, drawn = layout.hidden_by, bundles(network, layout)
    unfolded = {block.id for block in layout.blocks.values() if not block.folded and layout.is_drawn(block.id)}
    return (
        scene.nodes.keys() == network.nodes.keys() - hidden.keys()
        and all(item.layer == network[name] for name, item in scene.nodes.items())
        and all(item.place == layout.positions[name] for name, item in scene.nodes.items())
        and {name: item.fold for name, item in scene.blocks.items()} == folds(network, layout)
        and all(item.place == layout.place(name) for name, item in scene.blocks.items())
        and {edge: item.edges for edge, item in scene.wires.items()} == drawn
        and {name: frame.name for name, frame in scene.frames.items()}
        == {name: layout.blocks[name].name for name in unfolded}
        and b.selection.nodes <= network.nodes.keys()
    )


def test_the_canvas_follows_any_edits_there_and_back(bench: Callable[..., Bench]) -> None:
    b = bench(Project())

    @settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
    @given(projects_with_blocks(), st.data())
    def follow(first: Project, data: st.DataObject) -> None:
        b.editor.open(first)
        assert shows_the_project(b)
        for _ in range(8):
            if b.network.nodes:
                b.selection.select([data.draw(st.sampled_from(list(b.network.nodes)))])
            name, project = edited(data, b.project)
            b.editor.apply(name, project)
            assert shows_the_project(b), name
        while b.editor.undo_stack.canUndo():
            b.editor.undo()
            assert shows_the_project(b)
        while b.editor.undo_stack.canRedo():
            b.editor.redo()
            assert shows_the_project(b)

    follow()
