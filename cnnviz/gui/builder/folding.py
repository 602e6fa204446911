"""Edits of blocks on the canvas, each as one undoable step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cnnviz.gui.document.sentences import error_sentence
from cnnviz.gui.language import counted, text
from cnnviz.project import blocks
from cnnviz.project.layout import BlockError, Layout
from cnnviz.sentence import Sentence, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.gui.builder.gestures import CanvasContext
    from cnnviz.project.project import Project


class Folding(QObject):
    """Groups and ungroups the selected layers, folds and unfolds blocks, and unfolds blocks that hide a selected
    layer."""

    def __init__(self, context: CanvasContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    @property
    def _project(self) -> Project:
        return self._context.editor.project

    @property
    def _layout(self) -> Layout:
        return self._context.editor.project.layout

    def _chosen(self) -> frozenset[str]:
        return self._context.selection.nodes & self._project.network.nodes.keys()

    def group(self) -> str | None:
        """Make a block of the selected layers; returns its id, None if it is not possible."""
        new_blocks: list[str] = []

        def edit() -> Project:
            project, block = blocks.group(self._project, self._chosen())
            new_blocks.append(block)
            return project

        label = counted("Group {count} layers", "Group 1 layer", len(self._chosen()))
        return new_blocks[0] if self._try(label, edit) else None

    def ungroup(self) -> None:
        """Dissolve the blocks that are selected as a whole; if there is none, take the selected layers out of their
        blocks."""
        chosen, layout = self._chosen(), self._layout
        whole = [
            block
            for block, inside in layout.inside.items()
            if inside <= chosen and not any(layout.inside[outer] <= chosen for outer in layout.around(block))
        ]
        if whole:
            label = self._named(
                self.tr("Ungroup {0}"), plural("Ungroup {count} blocks", "Ungroup 1 block", len(whole)), whole
            )

            def edit() -> Project:
                project = self._project
                for block in whole:
                    project = blocks.ungroup(project, block)
                return project

            self._try(label, edit)
        elif any(node in layout.block_of for node in chosen):
            self._try(self.tr("Take out of the block"), lambda: blocks.take_out(self._project, chosen))
        else:
            self._context.show_message(self.tr("Nothing that is selected stands in a block."))

    def fold_or_unfold(self) -> None:
        """Fold or unfold the selected block, else fold the innermost block around the current layer."""
        block = self._layout.whole(self._chosen()) or self._around_current()
        if block is None:
            self._context.show_message(self.tr("Nothing that is selected stands in a block."))
        else:
            self.turn(block)

    def open_or_close(self) -> bool:
        """Fold or unfold the block that is selected as a whole; returns whether there is one."""
        block = self._layout.whole(self._chosen())
        if block is None:
            return False
        self.turn(block)
        return True

    def turn(self, block: str) -> None:
        """Unfold a folded block, or fold an unfolded one."""
        name = self._layout.blocks[block].name
        if self._layout.blocks[block].folded:
            self._try(self.tr("Unfold {0}").format(name), lambda: blocks.unfold(self._project, block))
        else:
            self._try(self.tr("Fold {0}").format(name), lambda: blocks.fold(self._project, block))

    def fold_all(self, *, folded: bool) -> None:
        """Fold or unfold every block."""
        label = self.tr("Fold all blocks") if folded else self.tr("Unfold all blocks")
        self._try(label, lambda: blocks.fold_all(self._project, folded=folded))

    def rename(self, block: str, name: str) -> bool:
        """Rename a block; returns whether that was possible."""
        if block not in self._layout.blocks:
            return False
        label = self.tr("Rename {0}").format(self._layout.blocks[block].name)
        return self._try(label, lambda: blocks.rename(self._project, block, name))

    def reveal(self) -> bool:
        """Unfold the blocks that hide a layer which is selected without the rest of its block; returns whether there
        are any."""
        layout, chosen = self._layout, self._chosen()
        hidden = [node for node in chosen if node in layout.hidden_by]
        singled_out = [node for node in hidden if not layout.inside[layout.hidden_by[node]] <= chosen]
        if not singled_out:
            return False
        names = dict.fromkeys(layout.blocks[layout.hidden_by[node]].name for node in sorted(singled_out))
        label = self.tr("Unfold {0}").format(", ".join(names))
        return self._try(label, lambda: blocks.reveal(self._project, singled_out))

    def whole(self) -> frozenset[str]:
        """The selected layers, and all layers of the folded blocks that hide any of them."""
        layout, chosen = self._layout, self._chosen()
        return chosen.union(*(layout.inside[layout.hidden_by[node]] for node in chosen if node in layout.hidden_by))

    def _around_current(self) -> str | None:
        current = self._context.selection.current
        if current is None or current not in self._project.network.nodes:
            return None
        return self._layout.hidden_by.get(current) or next(iter(self._layout.around(current)), None)

    def _named(self, only: str, many: Sentence, chosen: list[str]) -> str:
        if len(chosen) == 1:
            return only.format(self._layout.blocks[chosen[0]].name)
        return text(many)

    def _try(self, label: str, edit: Callable[[], Project]) -> bool:
        try:
            project = edit()
        except BlockError as error:
            self._context.show_message(error_sentence(error))
            return False
        self._context.editor.apply(label, project)
        return True
