"""Says in the title lines that what a place shows is of the trained network, which has been changed on screen since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from cnnviz.gui.run.past import Past
    from cnnviz.gui.run.run_notices import RunNotices
    from cnnviz.gui.shell.layer_place import LayerPlace
    from cnnviz.gui.shell.middle_place import MiddlePlace
    from cnnviz.gui.shell.places import Places
    from cnnviz.gui.widgets.panel_set import PanelSet


class BeforeChange(QObject):
    """Shows the words while the network on screen differs from that of the present run.

    They stand in the middle while it shows maps or a value taken apart, and at the layer except while its settings are
    shown. A recorded moment has words of its own.
    """

    def __init__(
        self, notices: RunNotices, past: Past, middle: MiddlePlace, layer: LayerPlace, panels: PanelSet, places: Places
    ) -> None:
        super().__init__(places)
        self._past, self._middle, self._layer, self._panels, self._places = past, middle, layer, panels, places
        self._changed = False
        notices.changed_since.connect(self._set_changed)
        for signal in (past.changed, past.opened, middle.deep, middle.paged, layer.turned):
            signal.connect(self.refresh)

    def _set_changed(self, nodes: frozenset[str]) -> None:
        self._changed = bool(nodes)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show or hide the words in the middle and at the layer."""
        changed = self._changed and self._past.step is None and self._past.folder is None
        words = self.tr("before the change") if changed else ""
        middle, layer = self._middle, self._layer
        inside = middle.is_deep or (middle.on_canvas and middle.canvas.shows_maps)
        self._places.middle.show_before(words if inside else "")
        settings = self._panels.is_made("settings") and layer.current() is self._panels["settings"]
        self._places.right.show_before("" if settings else words)
