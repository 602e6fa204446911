"""Renaming nodes and blocks, in a field over their header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from cnnviz.gui.builder.geometry.metrics import HEADER, WIDTH
from cnnviz.gui.builder.overlays.rename_field import RenameField
from cnnviz.gui.builder.view import BESIDE

if TYPE_CHECKING:
    from cnnviz.gui.builder.commands import Commands
    from cnnviz.gui.builder.folding import Folding
    from cnnviz.gui.builder.gestures import CanvasContext


class Naming:
    """Opens the field, keeps it over its header, and closes it when the item is removed or renamed elsewhere."""

    def __init__(self, context: CanvasContext, commands: Commands, folding: Folding) -> None:
        self._context, self._commands, self._folding = context, commands, folding
        self._key = self._old_name = ""
        """The key of the node or block that was renamed last, and its old name; they hold while the field is open."""
        self.field = RenameField(context.view, self._rename)
        context.view.moved.connect(self._place)
        context.editor.opened.connect(self.field.close_field)

    def ask_current(self) -> None:
        """Rename the block whose nodes are all selected, else the current node."""
        context = self._context
        whole = context.editor.project.layout.whole(context.selection.nodes)
        item = context.scene.item_of(context.selection.current or "")
        if whole in context.scene.frames:
            self.ask(whole)
        elif item is not None:
            self.ask(item.key)

    def ask(self, key: str) -> None:
        """Open the field for a node or block."""
        header = self._header(key)
        if header is not None:
            name, area = header
            self._key, self._old_name = key, name
            self._context.view.ensureVisible(area, BESIDE, BESIDE)
            self.field.open(name)
            self._place()

    def follow_project(self) -> None:
        """The project has changed: keep the field if the item still has its old name, else close it."""
        if not self.field.isHidden():
            name, _ = self._header(self._key) or (None, None)
            if name != self._old_name:
                self.field.close_field()
            else:
                self._place()

    def _place(self) -> None:
        header = self._header(self._key) if not self.field.isHidden() else None
        if header is not None:
            _, area = header
            self.field.stand_over(self._context.view.mapFromScene(area).boundingRect())

    def _header(self, key: str) -> tuple[str, QRectF] | None:
        """The name of a node or block, and the area of its header in the scene; None if it is not drawn."""
        scene = self._context.scene
        if (frame := scene.frames.get(key)) is not None:
            return frame.name, frame.title_area()
        item = scene.nodes.get(key) or scene.blocks.get(key)
        return None if item is None else (item.title(), QRectF(*item.place, WIDTH, HEADER))

    def _rename(self, name: str) -> bool:
        rename = (
            self._folding.rename if self._key in self._context.editor.project.layout.blocks else self._commands.rename
        )
        return rename(self._key, name)
