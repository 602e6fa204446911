"""Edits of blocks: which nodes are drawn as one. None of them changes what is computed.

Each takes a project and returns the next one, and raises :class:`~cnnviz.project.layout.BlockError` for what cannot be
done. To delete, copy or duplicate a block, do that with all nodes in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.network.names import numbered
from cnnviz.project import folding
from cnnviz.project.layout import Block, BlockError, Layout

if TYPE_CHECKING:
    from cnnviz.project.project import Project

Tree = Mapping[str, "Tree | Iterable[str]"]
"""Blocks by name: for each the ids of its nodes, or the blocks in it; under the name "" there the nodes beside them."""


def stated(tree: Tree, *, folded: bool = True) -> dict[str, Block]:
    """The blocks of a tree, as :func:`~cnnviz.project.arrange.arrange` and a layout take them.

    ``{"layer1": {"layer1.0": ["conv1", "relu1"], "layer1.1": ["conv2", "relu2"], "": ["pool1"]}}`` is a block of two
    blocks and a layer.
    """
    blocks: dict[str, Block] = {}

    def add(name: str, content: Tree | Iterable[str], parent: str | None) -> None:
        identifier = f"#{len(blocks) + 1}"
        inner = content if isinstance(content, Mapping) else {"": content}
        blocks[identifier] = Block(identifier, name, frozenset(inner.get("", ())), parent, folded)
        for each, its in inner.items():
            if each:
                add(each, its, identifier)

    for name, content in tree.items():
        add(name, content, None)
    return blocks


def group(project: Project, nodes: Iterable[str], name: str = "") -> tuple[Project, str]:
    """These nodes, and the blocks that lie wholly among them, as a new block; returns the project and its id.

    It is unfolded, and stands in the innermost block that holds all of them. Without a name it is the next "Block 1".
    """
    layout, chosen = project.layout, frozenset(nodes)
    if not chosen:
        raise BlockError("nothing_to_group")
    if (same := layout.whole(chosen)) is not None:
        raise BlockError("whole_block", block=layout.blocks[same].name)
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
    blocks = {one.id: replace(one, parent=new.id) if one.id in inner else one for one in layout.blocks.values()}
    if parent is not None:
        blocks[parent] = replace(blocks[parent], members=blocks[parent].members - direct)
    return _with(project, replace(layout, blocks={**blocks, new.id: new})), new.id


def ungroup(project: Project, block: str) -> Project:
    """Without a block; what stood in it stands in the one around it. A folded one is unfolded first."""
    layout = folding.unfold(project.layout, _known(project.layout, block))
    gone = layout.blocks[block]
    blocks = {
        one.id: replace(one, parent=gone.parent) if one.parent == block else one
        for one in layout.blocks.values()
        if one.id != block
    }
    if gone.parent is not None:
        blocks[gone.parent] = replace(blocks[gone.parent], members=blocks[gone.parent].members | gone.members)
    return _with(project, replace(layout, blocks=blocks))


def take_out(project: Project, nodes: Iterable[str]) -> Project:
    """With each of these nodes out of its innermost block, in the one around that."""
    layout = project.layout
    for node in nodes:
        if node in layout.block_of:
            layout = layout.put([node], layout.blocks[layout.block_of[node]].parent)
    return _with(project, layout)


def fold(project: Project, block: str) -> Project:
    """With a block drawn as one node; what stands behind it closes up."""
    return _with(project, folding.fold(project.layout, _known(project.layout, block)))


def unfold(project: Project, block: str) -> Project:
    """With a block drawn as the nodes in it; what stands in their way makes room."""
    return _with(project, folding.unfold(project.layout, _known(project.layout, block)))


def reveal(project: Project, nodes: Iterable[str]) -> Project:
    """With every block unfolded that hides one of these nodes, from the outside in."""
    layout = project.layout
    for node in nodes:
        while (hiding := layout.hidden_by.get(node)) is not None:
            layout = folding.unfold(layout, hiding)
    return _with(project, layout)


def fold_all(project: Project, *, folded: bool) -> Project:
    """With every block folded, or every block unfolded."""
    layout = project.layout
    change = folding.fold if folded else folding.unfold
    for block in sorted(layout.blocks, key=lambda one: len(layout.around(one)), reverse=folded):
        layout = change(layout, block)
    return _with(project, layout)


def rename(project: Project, block: str, name: str) -> Project:
    """With a block under another name, of 1 to 64 characters; other blocks may have the same."""
    known = _known(project.layout, block)
    return _with(project, project.layout.with_block(replace(project.layout.blocks[known], name=name.strip())))


def free_name(taken: Iterable[str], wanted: str) -> str:
    """``wanted``, or where it is taken the first name with another number at its end that is not."""
    names = frozenset(taken)
    if wanted not in names:
        return wanted
    match = re.fullmatch(r"(.*?)(\d{1,9})", wanted)
    stem, number = (match[1], int(match[2])) if match else (f"{wanted[:52]} ", 1)
    return numbered(stem, names, number)


def _next_name(layout: Layout) -> str:
    return free_name((block.name for block in layout.blocks.values()), "Block 1")


def _known(layout: Layout, block: str) -> str:
    if block not in layout.blocks:
        raise BlockError("unknown_block", id=block)
    return block


def _with(project: Project, layout: Layout) -> Project:
    return replace(project, layout=layout)
