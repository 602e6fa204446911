"""What lies over the network: previews of edits, marks on what was found, the find bar, the minimap and the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QPointF

from cnnviz.gui.builder.overlays.find_bar import FindBar, FoundItem
from cnnviz.gui.builder.overlays.ghost import Ghost, caption
from cnnviz.gui.builder.overlays.minimap import FROM_EDGE, Minimap
from cnnviz.gui.builder.overlays.notes import Notes

if TYPE_CHECKING:
    from cnnviz.gui.builder.scene import GraphScene
    from cnnviz.gui.builder.view import View
    from cnnviz.gui.document.editor import Preview, ProjectEditor
    from cnnviz.gui.theme import Theme

MARGIN = 16
LOW = 64
"""So high a map of the network stands below the columns; a higher one lies over them."""


class Overlays(QObject):
    """Keeps everything that lies over the network in step with the project and in its place."""

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
        self._before_preview: tuple[float, QPointF] | None = None
        view.moved.connect(self._share_edge)
        editor.previewed.connect(self._show_preview)
        self.find_bar.found.connect(self._mark_found)
        self.find_bar.closed.connect(self._show_hint)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self.find_bar.set_theme(theme)
        self.minimap.set_theme(theme)
        self.notes.set_theme(theme)
        self._found.theme = theme

    def follow_project(self) -> None:
        """The items of the scene are those of another project."""
        network = self._editor.project.network
        self.minimap.show_network()
        self.find_bar.set_network(network)
        self.notes.set_empty(not network.nodes)

    def place(self) -> None:
        """Follow the size of the view."""
        self.notes.place()
        self.find_bar.place()
        self.minimap.follow()

    def set_hint(self, text: str) -> None:
        """Show one line on the canvas; an empty text hides it."""
        self._hint = text
        self._show_hint()

    def set_trained(self, run: int) -> None:
        """Say that run ``run`` trains another network than the one that is drawn; 0: no run does."""
        text = QCoreApplication.translate("Canvas", "Run %d does not train what is drawn")
        self.notes.set_trained(text % run if run else "")

    def find(self, by: int) -> None:
        """Open the find bar; where it is open, go ``by`` so many matches on."""
        if by and self.find_bar.isVisible():
            self.find_bar.step(by)
        else:
            self.find_bar.open(self._editor.project.network)
            self._show_hint()

    def _show_hint(self) -> None:
        """The find bar stands where the hint would reach to."""
        self.notes.set_hint("" if self.find_bar.isVisible() else self._hint)
        self._share_edge()

    def _share_edge(self) -> None:
        """Hint and map stand side by side at the lower edge, and the columns above them.

        The room of the hint is kept while there is none, so that nothing moves where one comes or goes.
        """
        mapped = not self.minimap.isHidden()
        self.notes.make_way(self.minimap.width() + FROM_EDGE if mapped else 0)
        hint, low = self.notes.hint.sizeHint().height(), mapped and self.minimap.height() <= LOW
        self._view.keep_free(MARGIN + max(hint, self.minimap.height() if low else 0))

    def _mark_found(self, nodes: tuple[str, ...], current: str | None) -> None:
        """Frame what was found, or the folded block that hides it."""
        items = {name: self._scene.item_of(name) for name in nodes}
        places = {name: item.place for name, item in items.items() if item is not None}
        self._found.show_places(tuple(dict.fromkeys(places.values())), places.get(current or ""))

    def _show_preview(self, preview: Preview | None) -> None:
        """Draw what an edit would change, and bring it into view; without one everything is as it was."""
        self.ghost.clear()
        self.notes.set_preview("" if preview is None else caption(self._editor.report, preview))
        if self._before_preview is not None:
            self._view.go_back(self._before_preview)
            self._before_preview = None
        if preview is not None:
            area = self.ghost.show(self._editor.project, self._editor.report, preview)
            if not area.isEmpty() and not self._view.visible().contains(area):
                self._before_preview = self._view.spot()
                self._view.ensureVisible(area, 20, 20)
