"""The canvas: shows and edits the network of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)

from cnnviz.gui.builder.commands import Alignment, Commands
from cnnviz.gui.builder.folding import Folding
from cnnviz.gui.builder.geometry.metrics import HEADER, PLAIN_ZOOM, WIDTH
from cnnviz.gui.builder.gestures import CanvasContext
from cnnviz.gui.builder.input.context_menu import ContextMenu
from cnnviz.gui.builder.input.dropping import Dropping
from cnnviz.gui.builder.input.keyboard import Keyboard
from cnnviz.gui.builder.input.pointing import Pointing
from cnnviz.gui.builder.input.quick_add import QuickAdd
from cnnviz.gui.builder.items.drawn_maps import DrawnMaps, drawn_maps
from cnnviz.gui.builder.naming import Naming
from cnnviz.gui.builder.overlays.overlays import Overlays
from cnnviz.gui.builder.scene import GraphScene
from cnnviz.gui.builder.shown_costs import ShownCosts
from cnnviz.gui.builder.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.builder.items.node import NodeItem, ViewKind
    from cnnviz.gui.builder.overlays.end_card import EndCard
    from cnnviz.gui.document.editor import ProjectEditor
    from cnnviz.gui.document.pins import Pins
    from cnnviz.gui.document.selection import Selection
    from cnnviz.gui.document.traces import Traces
    from cnnviz.gui.theme import Theme
    from cnnviz.gui.widgets.map_scales import MapScale
    from cnnviz.inspection.questions import Questions
    from cnnviz.inspection.snapshot import Snapshot
    from cnnviz.project.project import Project
    from cnnviz.training.changes import LayerChange
    from cnnviz.training.layer_time import LayerTime


class Canvas(View):
    """Shows the network of ``editor`` and edits it; the selection is shared with the rest of the window.

    ``hintClicked`` follows a click on the hint, ``mapClicked(node, channel)`` a click on a live map,
    ``valueClicked(Place)`` a click on a live map of the current layer, ``settingsAsked`` Enter on a layer,
    ``sourcePasted(text)`` follows Ctrl+V with source code on the clipboard, and ``message`` carries a sentence for the
    status bar (an empty one clears it).
    """

    hintClicked = Signal()
    mapClicked = Signal(str, int)
    valueClicked = Signal(object)
    settingsAsked = Signal()
    sourcePasted = Signal(str)
    message = Signal(str)

    def __init__(
        self,
        editor: ProjectEditor,
        selection: Selection,
        theme: Theme,
        view: ViewKind = "maps",
        parent: QWidget | None = None,
    ) -> None:
        self._scene = GraphScene(theme, view)
        super().__init__(self._scene, parent)
        self._editor, self._selection = editor, selection
        context = CanvasContext(editor, selection, self._scene, self, self.message.emit)
        self._commands = Commands(context, self)
        self._pointing = Pointing(context, self)
        self._folding = Folding(context, self)
        self._keyboard = Keyboard(context, self._commands, self._folding, self._pointing)
        self._dropping = Dropping(context, self._commands)
        self.menu = ContextMenu(context, self._pointing)
        self._costs = ShownCosts(editor, self._scene)
        self._quick_add = QuickAdd(theme, self)
        self._naming = Naming(context, self._commands, self._folding)
        invitation = self.tr("Drag a layer here, or press / and type its name.")
        self._overlays = Overlays(editor, self._scene, self, theme, invitation)
        self.setAccessibleName(self.tr("Network"))
        self.setAcceptDrops(True)
        self.viewport().setMouseTracking(True)
        self._connect()
        # nothing is in view yet: the scene makes the items in view when the view is placed, not all of them now
        self._scene.show_area(QRectF())
        self._scene.show(editor.project, editor.report)
        self._overlays.follow_project()
        self._show_selection()

    def _connect(self) -> None:
        self._editor.changed.connect(self._project_changed)
        self._selection.changed.connect(self._follow_selection)
        self._pointing.clicked.connect(self.mapClicked)
        self._pointing.valueClicked.connect(self.valueClicked)
        self._commands.sourcePasted.connect(self.sourcePasted)
        self._pointing.ended.connect(self._stay_fitted)
        self._pointing.folding.connect(self._folding.turn)
        self._keyboard.add.connect(self.quick_add)
        self._keyboard.rename.connect(self._naming.ask_current)
        self._keyboard.settings.connect(self.settingsAsked)
        self._keyboard.pin.connect(self.menu.open_pins)
        self._quick_add.chosen.connect(self.add)
        self._quick_add.closed.connect(self.setFocus)
        self._overlays.find_bar.reached.connect(self.go_to)
        self._overlays.find_bar.closed.connect(self.setFocus)
        self._overlays.notes.hint.clicked.connect(self.hintClicked)
        self._overlays.notes.invitation.clicked.connect(self.quick_add)

    # The content, set by the window.

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._scene.set_theme(theme)
        self._quick_add.set_theme(theme)
        self._overlays.set_theme(theme)

    def set_view(self, view: ViewKind) -> None:
        """Show live maps, or the cost of each layer."""
        self._scene.set_view(view)
        self._costs.refresh()
        self._show_selection()
        self._stay_fitted()

    def questions(self) -> Questions:
        """The questions of the nodes in view; none while the canvas is hidden or shows no maps."""
        if not self.isVisible() or self._scene.view_kind != "maps" or self.zoom < PLAIN_ZOOM:
            return frozenset()
        return self._scene.questions(self.visible())

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Draw the maps and probabilities of a snapshot; None draws none."""
        self._scene.show_snapshot(snapshot)

    @property
    def shows_maps(self) -> bool:
        """Whether live maps are shown, instead of the cost of each layer."""
        return self._scene.view_kind == "maps"

    def drawn_maps(self) -> DrawnMaps:
        """What is to be said of the displayed maps."""
        return drawn_maps(self._scene.columns_made(), self._scene.snapshot)

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Show the names of the dataset's classes below the output."""
        self._scene.set_class_names(names)

    def set_pins(self, pins: Pins) -> None:
        """Show the pinned maps of ``pins``."""
        self._scene.set_pins(pins)

    def set_traces(self, traces: Traces) -> None:
        """Pass the value under the pointer to ``traces``, and frame the values that it traces."""
        self._pointing.pointed.connect(lambda place: traces.point("canvas", place))
        traces.changed.connect(self._overlays.frames.show_trace)

    def set_map_scale(self, scale: MapScale) -> None:
        """Draw maps on another scale."""
        self._scene.set_map_scale(scale)

    def set_trained(self, run: str) -> None:
        """See :meth:`Overlays.set_trained`."""
        self._overlays.set_trained(run)

    def set_changes(self, changes: Mapping[str, LayerChange]) -> None:
        """Mark the layers that differ from those of the current run, or that start new if it goes on with them."""
        self._scene.set_changes(changes)

    def show_times(self, times: Mapping[str, LayerTime]) -> None:
        """Show below each node how long it takes, in the build view; an empty mapping shows no times."""
        self._costs.set_times(times)

    def set_hint(self, text: str) -> None:
        """Show one line on the canvas; an empty text hides it."""
        self._overlays.set_hint(text)

    def set_card(self, card: EndCard) -> None:
        """Place a card on the canvas; called again when its text has changed."""
        self._overlays.set_card(card)

    # Editing the network.

    def add(self, kind: str) -> None:
        """Add a layer after the current node; unconnected if there is none."""
        current = self._selection.current
        self._commands.add(kind, after=current if current in self._editor.project.network.nodes else None)
        self.reveal_selected()

    def delete_selected(self) -> None:
        """Delete the selected wire or nodes."""
        self._commands.delete(self._pointing.wire)

    def bypass_selected(self) -> None:
        """Delete the selected nodes and connect their neighbours."""
        self._commands.bypass()

    def copy(self) -> None:
        """Copy the selected nodes to the clipboard."""
        self._commands.copy()

    def cut(self) -> None:
        """Cut the selected nodes to the clipboard."""
        self._commands.cut()

    def paste(self) -> None:
        """Add the nodes on the clipboard."""
        self._commands.paste()
        self.reveal_selected()

    def duplicate(self) -> None:
        """Add a copy of the selected nodes."""
        self._commands.duplicate()
        self.reveal_selected()

    def go_to(self, node: str) -> None:
        """Select a node and bring it into view."""
        if node in self._editor.project.network.nodes:
            self._selection.select([node], node)
            self.reveal_selected()

    def reveal_selected(self) -> None:
        """Scroll the selected nodes into view."""
        if (area := self.selected_area()) is not None:
            self.reveal(area)

    def open_find(self, step: int = 0) -> None:
        """Open the find bar; if it is open already, go to the next (1) or previous (-1) match."""
        self._overlays.find(step)

    def freeze(self) -> None:
        """Freeze the selected layers, or let them be trained again."""
        self._commands.freeze()

    def select_all(self) -> None:
        """Select every node."""
        self._commands.select_all()

    def arrange(self) -> None:
        """Arrange all nodes automatically, and show all of them."""
        self._commands.arrange()
        self.fit()

    def align(self, how: Alignment) -> None:
        """Align the selected nodes with the current node, in a row or a column."""
        self._commands.align(how)

    def group(self) -> None:
        """Make a block of the selected layers and ask for its name."""
        if (block := self._folding.group()) is not None:
            self._naming.ask(block)

    def ungroup(self) -> None:
        """Dissolve the selected blocks, or take the selected layers out of theirs."""
        self._folding.ungroup()

    def fold_or_unfold(self) -> None:
        """Fold or unfold the selected block, or the one around the current layer."""
        self._folding.fold_or_unfold()

    def fold_all(self, *, folded: bool) -> None:
        """Fold or unfold every block."""
        self._folding.fold_all(folded=folded)

    def distribute(self, how: Alignment) -> None:
        """Space the selected nodes evenly across a row or down a column."""
        self._commands.distribute(how)

    def connect_current(self) -> None:
        """Begin a wire from the current node that is drawn by keyboard."""
        self.setFocus()
        self._keyboard.connect_current()

    def rename_current(self) -> None:
        """Open a field for the name of the block that is selected as a whole, else of the current node."""
        self._naming.ask_current()

    def quick_add(self) -> None:
        """Open the box in which a layer is added by typing its name."""
        self._quick_add.open()

    def selected_area(self) -> QRectF | None:
        """See :meth:`View.selected_area`."""
        area = QRectF()
        for item in self._scene.units:
            if not item.members.isdisjoint(self._selection.nodes):
                area = area.united(QRectF(*item.place, WIDTH, HEADER))
        return None if area.isEmpty() else area

    @property
    def previewed(self) -> Mapping[str, NodeItem]:
        """The items of the nodes that the previewed edit would change."""
        return self._overlays.ghost.nodes

    def event(self, event: QEvent) -> bool:
        """Handle keys before Qt uses Tab to move the focus: here Tab walks along the wires.

        During a gesture no key is a shortcut.
        """
        pressed = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._keyboard.key(event)
        if pressed or (event.type() == QEvent.Type.ShortcutOverride and self._keyboard.takes_all):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self._pointing.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fold or unfold a block."""
        self._pointing.double_click(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the gesture, or highlight what is under the pointer."""
        self._pointing.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish the gesture."""
        self._pointing.release(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer has left the canvas."""
        self._pointing.leave()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the context menu."""
        self.menu.open(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept layers."""
        event.setAccepted(self._dropping.hover(event))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Highlight where the layer would be inserted."""
        event.setAccepted(self._dropping.hover(event))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The dragged layer has left the canvas."""
        self._dropping.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the layer."""
        event.setAccepted(self._dropping.drop(event))
        self.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move the overlays."""
        super().resizeEvent(event)
        self._overlays.place()

    # Following the project and the selection.

    def _project_changed(self, old: Project, new: Project) -> None:
        self._scene.show(new, self._editor.report)
        self._pointing.follow_project()
        self._costs.refresh()
        self._overlays.follow_project()
        self._selection.select(self._selection.nodes & new.network.nodes.keys())
        self._selection.select(self._folding.whole())
        self._show_selection()
        before, after = old.network.nodes, new.network.nodes
        # another network: no layer is the same object
        if before and after and not any(after.get(name) is node for name, node in before.items()):
            self.begin()
        else:
            self._stay_fitted()
        self._naming.follow_project()

    def _stay_fitted(self) -> None:
        """After an edit, fit the view again, unless the user has changed it or a gesture is going on."""
        if self._pointing.gesture is None:
            self.stay_fitted()

    def _follow_selection(self) -> None:
        """Show the selection; unfold blocks that hide it."""
        if not self._folding.reveal():
            self._show_selection()

    def _show_selection(self) -> None:
        self._scene.select(self._selection.nodes)
        if self._selection.nodes:
            self._pointing.select_wire(None)
        current = self._scene.item_of(self._selection.current or "")
        self.setAccessibleDescription("" if current is None else current.description())
