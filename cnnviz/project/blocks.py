"""Edits of blocks, which are groups of nodes on the canvas. They do not change what the network computes.

Each edit takes a project and returns the next one; if it is not possible it raises
:class:`~cnnviz.project.layout.BlockError`. To delete, copy or duplicate a block, do that with all nodes in it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.names import numbered
from cnnviz.project import folding
from cnnviz.project.layout import Block, BlockError, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz.project.project import Project


LONGEST_STEM = 54
"""The most letters before a number of up to ten digits, as the name of a block has at most 64."""


def group(project: Project, nodes: Iterable[str], name: str = "") -> tuple[Project, str]:
    """Put these nodes, with the blocks whose nodes are all among them, into a new block. Returns the block's id too.

    The block is unfolded, and inside the innermost block that contains all of the nodes. Without a name it is called
    "Block 1", "Block 2" ...
    """
    layout, chosen = project.layout, frozenset(nodes)
    if not chosen:
        raise BlockError("nothing_to_group")
    if (existing := layout.whole(chosen)) is not None:
        raise BlockError("whole_block", block=layout.blocks[existing].name)
    parent = layout.common(chosen)
    inner = set()
    for node in chosen:
        for block in layout.around(node):
            if block == parent:
                break
            if not layout.inside[block] <= chosen:
                raise BlockError("part_of_block", block=layout.blocks[block].name)
            if layout.blocks[block].parent == parent:
                inner.add(block)
    direct = frozenset(node for node in chosen if layout.block_of.get(node) == parent)
    new = Block(layout.free_id(), name or _next_name(layout), direct, parent)
    blocks = {name: replace(block, parent=new.id) if name in inner else block for name, block in layout.blocks.items()}
    if parent is not None:
        blocks[parent] = replace(blocks[parent], members=blocks[parent].members - direct)
    return _with(project, replace(layout, blocks={**blocks, new.id: new})), new.id


def ungroup(project: Project, block: str) -> Project:
    """Dissolve a block; its contents go to the block around it. A folded block is unfolded first."""
    layout = folding.unfold(project.layout, _known(project.layout, block))
    dissolved = layout.blocks[block]
    blocks = {
        name: replace(other, parent=dissolved.parent) if other.parent == block else other
        for name, other in layout.blocks.items()
        if name != block
    }
    if dissolved.parent is not None:
        blocks[dissolved.parent] = replace(
            blocks[dissolved.parent], members=blocks[dissolved.parent].members | dissolved.members
        )
    return _with(project, replace(layout, blocks=blocks))


def take_out(project: Project, nodes: Iterable[str]) -> Project:
    """Move each of these nodes from its innermost block to the block around that."""
    layout = project.layout
    for node in nodes:
        if node in layout.block_of:
            layout = layout.put([node], layout.blocks[layout.block_of[node]].parent)
    return _with(project, layout)


def fold(project: Project, block: str) -> Project:
    """Draw a block as one node; the nodes after it move closer."""
    return _with(project, folding.fold(project.layout, _known(project.layout, block)))


def unfold(project: Project, block: str) -> Project:
    """Draw a block as the nodes in it; nodes that are in the way move aside."""
    return _with(project, folding.unfold(project.layout, _known(project.layout, block)))


def reveal(project: Project, nodes: Iterable[str]) -> Project:
    """Unfold every block that hides one of these nodes, from the outside in."""
    layout = project.layout
    for node in nodes:
        while (hiding := layout.hidden_by.get(node)) is not None:
            layout = folding.unfold(layout, hiding)
    return _with(project, layout)


def fold_all(project: Project, *, folded: bool) -> Project:
    """Fold all blocks, or unfold all blocks."""
    layout = project.layout
    change = folding.fold if folded else folding.unfold
    for block in sorted(layout.blocks, key=lambda block: len(layout.around(block)), reverse=folded):
        layout = change(layout, block)
    return _with(project, layout)


def rename(project: Project, block: str, name: str) -> Project:
    """Rename a block; the name has 1 to 64 characters. Other blocks may have the same name."""
    known = _known(project.layout, block)
    return _with(project, project.layout.with_block(replace(project.layout.blocks[known], name=name.strip())))


def free_name(taken: Iterable[str], wanted: str) -> str:
    """``wanted`` if it is not taken, else the first free name with another number at the end, of which a long
    beginning is cut off."""
    names = frozenset(taken)
    if wanted not in names:
        return wanted
    match = re.fullmatch(r"(.*?)(\d{1,9})", wanted)
    stem, number = (match[1], int(match[2])) if match else (f"{wanted[: LONGEST_STEM - 1]} ", 1)
    return numbered(stem[:LONGEST_STEM], names, number)


def _next_name(layout: Layout) -> str:
    return free_name((block.name for block in layout.blocks.values()), "Block 1")


def _known(layout: Layout, block: str) -> str:
    if block not in layout.blocks:
        raise BlockError("unknown_block", id=block)
    return block


def _with(project: Project, layout: Layout) -> Project:
    return replace(project, layout=layout)
