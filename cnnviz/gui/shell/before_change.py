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
    from cnnviz.gui.widgets.notice_bar import NoticeBar
    from cnnviz.gui.widgets.panel_set import PanelSet


class BeforeChange(QObject):
    """Shows the words while the network on screen differs from that of the present run.

    They stand in the middle while it shows maps or a value taken apart, and at the layer except while its settings are
    shown. A recorded moment has words of its own. The canvas names the run while no notice does.
    """

    def __init__(
        self,
        notices: RunNotices,
        bar: NoticeBar,
        past: Past,
        middle: MiddlePlace,
        layer: LayerPlace,
        panels: PanelSet,
        places: Places,
    ) -> None:
        super().__init__(places)
        self._past, self._middle, self._layer, self._panels, self._places = past, middle, layer, panels, places
        self._changed = False
        self._bar, self._trained = bar, ""
        notices.differs.connect(self._set_trained)
        bar.turned.connect(self._show_trained)
        notices.changed_since.connect(self._set_changed)
        for signal in (past.changed, past.opened, middle.deep, middle.paged, layer.turned):
            signal.connect(self.refresh)

    def _set_changed(self, nodes: frozenset[str]) -> None:
        self._changed = bool(nodes)
        self.refresh()

    def _set_trained(self, run: str) -> None:
        self._trained = run
        self._show_trained()

    def _show_trained(self) -> None:
        """Name the run that has not the changes on the canvas, unless the bar displays a notice that does."""
        self._middle.canvas.set_trained("" if self._bar.displayed == "changed" else self._trained)

    def refresh(self, *_: object) -> None:
        """Show or hide the words in the middle and at the layer."""
        changed = self._changed and self._past.step is None and self._past.folder is None
        words = self.tr("before the change") if changed else ""
        middle, layer = self._middle, self._layer
        inside = middle.is_deep or (middle.on_canvas and middle.canvas.shows_maps)
        self._places.middle.show_before(words if inside else "")
        settings = self._panels.is_made("settings") and layer.current() is self._panels["settings"]
        self._places.right.show_before("" if settings else words)
