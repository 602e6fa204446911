"""Edits of the selected nodes, each as one undoable step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from cnnviz.gui.builder import clipboard
from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.language import counted, text
from cnnviz.network.freezing import can_freeze
from cnnviz.network.graph import Edge, GraphError
from cnnviz.network.layers import KINDS
from cnnviz.project import edits
from cnnviz.project.file import ProjectFileError
from cnnviz.project.layout import COLUMN, Point
from cnnviz.sentence import Sentence, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.builder.gestures import CanvasContext
    from cnnviz.gui.builder.items.wire import Wire
    from cnnviz.project.edits import Fragment
    from cnnviz.project.project import Project

Alignment = Literal["row", "column"]
NUDGE = COLUMN / 4
"""How far an arrow key moves nodes, in scene units."""


class Commands(QObject):
    """Edits of the network that depend on the selection.

    ``sourcePasted(text)``: the clipboard has no layers, but text that may be the source code of a network.
    """

    sourcePasted = Signal(str)

    def __init__(self, context: CanvasContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._nudging = context.editor.new_key()
        context.editor.stepped.connect(self._select_returned)

    @property
    def _project(self) -> Project:
        return self._context.editor.project

    def _chosen(self) -> frozenset[str]:
        return self._context.selection.nodes & self._project.network.nodes.keys()

    def _named(self, only: str, many: Sentence) -> str:
        """The label of a step: ``only`` with the name of the node if one is selected, else ``many``."""
        chosen = self._chosen()
        return only.format(next(iter(chosen))) if len(chosen) == 1 else text(many)

    def delete(self, wire: Edge | None) -> None:
        """Delete the selected wire, else the selected nodes with their wires."""
        if wire is not None:
            edges = self._context.scene.wires[wire].edges
            self._context.editor.apply(self.tr("Disconnect"), edits.disconnect(self._project, edges))
        elif self._chosen():
            label = self._named(
                self.tr("Delete {0}"), plural("Delete {count} layers", "Delete 1 layer", len(self._chosen()))
            )
            self._context.editor.apply(label, edits.remove(self._project, self._chosen()))

    def bypass(self) -> None:
        """Delete the selected nodes; connect the targets of each to its first source."""
        if not self._chosen():
            return
        label = self._named(
            self.tr("Delete and reconnect {0}"),
            plural("Delete and reconnect {count} layers", "Delete and reconnect 1 layer", len(self._chosen())),
        )
        self._try(label, lambda: edits.bypass(self._project, self._chosen()))

    def add(self, kind: str, place: Point | None = None, *, after: str | None = None, wire: Wire | None = None) -> None:
        """Add and select a layer with default parameters: into ``wire``, else after ``after``, else unconnected
        at ``place``."""
        layer = KINDS[kind]()
        try:
            # a wire to a folded block stands for several edges; one that is being drawn stands for none
            if wire is not None and wire.edge is not None:
                others = (edge for edge in wire.edges if edge != wire.edge)
                project, name = edits.insert(self._project, wire.edge, layer, others)
            elif after is not None and layer.most_inputs != 0 and self._project.network[after].kind != "Output":
                project, name = edits.add_after(self._project, after, layer)
            else:
                project, name = edits.add_layer(self._project, layer, place)
        except GraphError as error:
            self._context.show_message(error_sentence(error))
            return
        self._context.editor.apply(self.tr("Add {0}").format(name), project)
        self._context.selection.select([name], name)

    def copy(self) -> bool:
        """Put the selected nodes and the wires between them on the clipboard; returns whether there are any."""
        chosen = self._chosen()
        if chosen:
            clipboard.put(edits.copy(self._project, chosen))
        return bool(chosen)

    def cut(self) -> None:
        """Copy, then delete."""
        if self.copy():
            label = self._named(self.tr("Cut {0}"), plural("Cut {count} layers", "Cut 1 layer", len(self._chosen())))
            self._context.editor.apply(label, edits.remove(self._project, self._chosen()))

    def paste(self) -> None:
        """Add the layers on the clipboard below all nodes."""
        try:
            fragment = clipboard.read()
        except ProjectFileError as error:
            if source := clipboard.source():
                self.sourcePasted.emit(source)
            elif clipboard.holds_layers():
                self._context.show_message(
                    self.tr("The layers on the clipboard cannot be read. {0}").format(error_sentence(error))
                )
            else:
                self._context.show_message(self.tr("The clipboard holds no layers and no code: copy some first."))
            return
        self._add_fragment(self.tr("Paste"), fragment)

    def duplicate(self) -> None:
        """Add a copy of the selected nodes below all nodes."""
        if self._chosen():
            label = self._named(
                self.tr("Duplicate {0}"), plural("Duplicate {count} layers", "Duplicate 1 layer", len(self._chosen()))
            )
            self._add_fragment(label, edits.copy(self._project, self._chosen()))

    def select_all(self) -> None:
        """Select every node."""
        self._context.selection.select(self._project.network.nodes)

    def freeze(self) -> None:
        """Freeze the selected layers that can be; if all of them are frozen already, let them be trained again."""
        reports = self._context.editor.report.nodes
        names = [name for name in self._project.network.order if name in self._chosen() and can_freeze(reports[name])]
        if not names:
            self._context.show_message(
                self.tr("Only layers with weights or running statistics can be frozen, such as Conv2d or Dense.")
            )
            return
        nodes = self._project.network.nodes
        frozen = not all(nodes[name].frozen for name in names)
        if len(names) == 1:
            label = (self.tr("Freeze {0}") if frozen else self.tr("Unfreeze {0}")).format(names[0])
        elif frozen:
            label = counted("Freeze {count} layers", "Freeze 1 layer", len(names))
        else:
            label = counted("Unfreeze {count} layers", "Unfreeze 1 layer", len(names))
        self._context.editor.apply(label, edits.freeze(self._project, names, frozen))

    def rename(self, old: str, new: str) -> bool:
        """Rename a node; returns whether that was possible."""
        if not self._try(self.tr("Rename {0}").format(old), lambda: edits.rename(self._project, old, new)):
            return False
        self._context.selection.select([new], new)
        return True

    def arrange(self) -> None:
        """Arrange all nodes automatically."""
        self._context.editor.apply(self.tr("Arrange"), edits.arrange_all(self._project))

    def align(self, how: Alignment) -> None:
        """Align the selected nodes with the current node, in a row or a column."""
        places = self._project.layout.positions
        current = self._context.selection.current
        if current is None or current not in places:
            return
        current_x, current_y = places[current]
        chosen = [(name, *places[name]) for name in self._chosen()]
        moved = {name: (x, current_y) if how == "row" else (current_x, y) for name, x, y in chosen}
        self._context.editor.apply(self.tr("Align"), edits.move(self._project, moved))

    def distribute(self, how: Alignment) -> None:
        """Space the selected nodes evenly, in a row or a column; the two outermost nodes stay."""
        places = self._project.layout.positions
        axis = 0 if how == "row" else 1
        chosen = sorted(self._chosen() & places.keys(), key=lambda name: (places[name][axis], places[name][1 - axis]))
        if len(chosen) < 3:
            self._context.show_message(self.tr("Select three layers or more to distribute them."))
            return
        first, last = places[chosen[0]][axis], places[chosen[-1]][axis]
        moved: dict[str, Point] = {}
        for number, name in enumerate(chosen):
            x, y = places[name]
            spaced = first + (last - first) * number / (len(chosen) - 1)
            moved[name] = (spaced, y) if how == "row" else (x, spaced)
        self._context.editor.apply(self.tr("Distribute"), edits.move(self._project, moved))

    def nudge(self, columns: int, rows: int, *, held: bool = False) -> None:
        """Move the selected nodes by a small step; repeated steps while a key is ``held`` are undone together."""
        if not held:
            self._nudging = self._context.editor.new_key()
        places = self._project.layout.positions
        chosen = [(name, *places[name]) for name in self._chosen()]
        moved = {name: (x + columns * NUDGE, y + rows * NUDGE) for name, x, y in chosen}
        if moved:
            label = self._named(self.tr("Move {0}"), plural("Move {count} layers", "Move 1 layer", len(self._chosen())))
            self._context.editor.apply(label, edits.move(self._project, moved), self._nudging)

    def _select_returned(self, old: Project, new: Project) -> None:
        """Select the layers that an undo or redo has brought back, unless others went."""
        before, after = old.network.nodes.keys(), new.network.nodes.keys()
        if (returned := after - before) and before <= after:
            layout = new.layout
            # with a layer that a folded block hides, the whole block: to select it alone would unfold the block
            blocks = {layout.hidden_by[name] for name in returned & layout.hidden_by.keys()}
            self._context.selection.select(returned.union(*(layout.inside[block] for block in blocks)))

    def _add_fragment(self, label: str, fragment: Fragment) -> None:
        project, names = edits.paste_below(self._project, fragment)
        self._context.editor.apply(label, project)
        self._context.selection.select(names)

    def _try(self, label: str, edit: Callable[[], Project]) -> bool:
        try:
            project = edit()
        except GraphError as error:
            self._context.show_message(error_sentence(error))
            return False
        self._context.editor.apply(label, project)
        return True
