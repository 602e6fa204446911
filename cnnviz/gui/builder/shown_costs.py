"""Updates the costs shown below the nodes while building."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.costs import cost_rows, total_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.training.layer_time import LayerTime


class ShownCosts:
    """The rows of costs below all items of a scene; they are computed again when their values have changed."""

    def __init__(self, editor: ProjectEditor, scene: GraphScene) -> None:
        self._editor, self._scene = editor, scene
        self._times: Mapping[str, LayerTime] = {}
        self._shown: tuple[object, ...] = ()
        """What the rows in the scene were made of."""

    def set_times(self, times: Mapping[str, LayerTime]) -> None:
        """Set the measured time of each layer; an empty mapping if nothing was measured."""
        self._times = times
        self.refresh()

    def refresh(self) -> None:
        """Update the rows after a change of the project or the view; only the build view has them."""
        scene, report, batch_size = self._scene, self._editor.report, self._editor.project.recipe.batch_size
        if scene.view_kind != "build":
            return
        items = [*scene.units]
        shown = (
            report.nodes,
            report.used,
            batch_size,
            self._times,
            items,
            [block.members for block in scene.blocks.values()],
        )
        if shown == self._shown:
            return
        self._shown = shown
        units = {item.key: item.members for item in items}
        totals = total_rows(report, batch_size, self._times)
        scene.show_costs(cost_rows(units, report, batch_size, self._times), totals)
