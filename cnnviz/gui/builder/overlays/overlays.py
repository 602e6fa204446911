"""All overlays of the canvas: previews of edits, marks on found nodes, frames of a traced value, the find bar, the
minimap and the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QPointF

from cnnviz.gui.builder.overlays.find_bar import FindBar, FoundItem
from cnnviz.gui.builder.overlays.ghost import Ghost, caption
from cnnviz.gui.builder.overlays.minimap import FROM_EDGE, Minimap
from cnnviz.gui.builder.overlays.notes import Notes
from cnnviz.gui.builder.overlays.trace_frames import TraceFrames
from cnnviz.runs.names import shortened

if TYPE_CHECKING:
    from cnnviz.gui.builder.overlays.end_card import EndCard
    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.gui.builder.view import View
    from cnnviz.gui.document.editor import Preview, ProjectEditor
    from cnnviz.gui.theme import Theme

MARGIN = 16
"""Pixels at the lower edge that are kept free besides the hint or the minimap."""
BESIDE = 20
"""Pixels around a preview that is brought into view."""
MOST_LETTERS = 30
"""The most letters of the name of a run in a notice."""
LOW = 64
"""A minimap up to this high, in pixels, stands below the columns; a higher one lies over them."""


class Overlays(QObject):
    """Updates and places all overlays."""

    def __init__(self, editor: ProjectEditor, scene: GraphScene, view: View, theme: Theme, invitation: str) -> None:
        super().__init__(view)
        self._editor, self._scene, self._view = editor, scene, view
        self.ghost = Ghost(scene)
        self.minimap = Minimap(view, scene, theme)
        self.find_bar = FindBar(theme, view)
        self.notes = Notes(view, theme, invitation)
        self._hint = ""
        self._found = FoundItem(theme)
        scene.addItem(self._found)
        self.frames = TraceFrames(scene)
        self._before_preview: tuple[float, QPointF] | None = None
        view.moved.connect(self._share_edge)
        editor.previewed.connect(self._show_preview)
        self.find_bar.found.connect(self._mark_found)
        self.find_bar.closed.connect(self._show_hint)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.find_bar.set_theme(theme)
        self.minimap.set_theme(theme)
        self.notes.set_theme(theme)
        self._found.theme = theme

    def follow_project(self) -> None:
        """Update the overlays after the project has changed."""
        network = self._editor.project.network
        self.minimap.show_network()
        self.find_bar.set_network(network)
        self.notes.set_empty(not network.nodes)

    def place(self) -> None:
        """Place the overlays after the view has changed its size."""
        self.notes.place()
        self.find_bar.place()
        self.minimap.follow()

    def set_hint(self, text: str) -> None:
        """Show a hint on the canvas; an empty text hides it."""
        self._hint = text
        self._show_hint()

    def set_card(self, card: EndCard) -> None:
        """Place this card on the canvas."""
        if card is not self.notes.card:
            self.notes.card = card
            card.turned.connect(self.notes.place)
        self.notes.place()

    def set_trained(self, run: str) -> None:
        """Show that the run of this name trains another network than the one drawn; "" hides the notice."""
        text = QCoreApplication.translate("Canvas", "Your changes are not in “%s”")
        self.notes.set_trained(text % shortened(run, MOST_LETTERS) if run else "")

    def find(self, step: int) -> None:
        """Open the find bar, or if it is open, move on by ``step`` matches."""
        if step and self.find_bar.isVisible():
            self.find_bar.step(step)
        else:
            self.find_bar.open(self._editor.project.network)
            self._show_hint()

    def _show_hint(self) -> None:
        """Show the hint, unless the find bar is open, which needs its place."""
        self.notes.set_hint("" if self.find_bar.isVisible() else self._hint)
        self._share_edge()

    def _share_edge(self) -> None:
        """Place hint and minimap side by side at the lower edge, below the columns.

        The room of the hint is kept free while there is no hint, so that columns do not move when one appears.
        """
        mapped = not self.minimap.isHidden()
        self.notes.make_way(self.minimap.width() + FROM_EDGE if mapped else 0, self.minimap.height() if mapped else 0)
        hint, low = self.notes.hint.sizeHint().height(), mapped and self.minimap.height() <= LOW
        self._view.keep_free(MARGIN + max(hint, self.minimap.height() if low else 0))

    def _mark_found(self, nodes: tuple[str, ...], current: str | None) -> None:
        """Frame the nodes that were found, or the folded blocks that hide them."""
        items = {name: self._scene.item_of(name) for name in nodes}
        places = {name: item.place for name, item in items.items() if item is not None}
        self._found.show_places(tuple(dict.fromkeys(places.values())), places.get(current or ""))

    def _show_preview(self, preview: Preview | None) -> None:
        """Draw a preview and bring it into view; None removes the preview and restores the view."""
        self.ghost.clear()
        self.notes.set_preview("" if preview is None else caption(self._editor.report, preview))
        if self._before_preview is not None:
            self._view.go_back(self._before_preview)
            self._before_preview = None
        if preview is not None:
            area = self.ghost.show(self._editor.project, self._editor.report, preview)
            if not area.isEmpty() and not self._view.visible().contains(area):
                self._before_preview = self._view.spot()
                self._view.ensureVisible(area, BESIDE, BESIDE)
