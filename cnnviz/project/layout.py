"""The layout of a network on the canvas: positions of nodes, and blocks of nodes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.network.names import numbered
from cnnviz.quoting import described, shortened
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Point = tuple[float, float]
"""(x, y) of the top left corner of a node, in scene units: pixels at a zoom of 100 %."""

NODE_WIDTH, NODE_HEIGHT = 82.0, 56.0
"""The size of a node in scene units, without the maps below it."""
COLUMN = 92.0
"""The horizontal distance between consecutive nodes."""
ROW = 300.0
"""The vertical distance between parallel paths; it leaves room for the maps below a node."""
DEEPEST = 16
"""How deep blocks can be nested."""
LONGEST_BLOCK_NAME = 64
"""The most characters of the name of a block."""

_BLOCK_ID = re.compile(r"#[1-9][0-9]{0,5}")

MESSAGES: Mapping[str, str] = {
    "block_id": "{id} cannot identify a block.",
    "block_name": "A block's name takes 1 to 64 printed characters, not {name}.",
    "unknown_block": "There is no block {id}.",
    "unknown_member": "The block “{block}” holds “{id}”, which is no layer of the network.",
    "two_blocks": "“{id}” is in two blocks, “{first}” and “{second}”.",
    "block_cycle": "The block “{block}” would be inside itself.",
    "too_deep": "Blocks can be nested {most} deep, and no deeper.",
    "nothing_to_group": "There is nothing to group: select the layers first.",
    "part_of_block": "Only a part of the block “{block}” is selected: select all of it, or nothing of it.",
    "whole_block": "These layers are the block “{block}” already.",
}


class BlockError(SaidError, ValueError):
    """The blocks are not valid. ``code`` is a key of :data:`MESSAGES`."""

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, shortened(values)
        super().__init__(Sentence(MESSAGES[code], **self.values))


@dataclass(frozen=True, slots=True)
class Block:
    """A named group of nodes, which can be folded to a single item on the canvas. It does not affect the computation.

    ``members`` are the nodes directly in the block, ``parent`` is the block around it. Ids are ``#1``, ``#2`` ...,
    which cannot be ids of nodes.
    """

    id: str
    name: str
    members: frozenset[str] = frozenset()
    parent: str | None = None
    folded: bool = False

    def __post_init__(self) -> None:
        if not _BLOCK_ID.fullmatch(self.id):
            raise BlockError("block_id", id=described(self.id))
        if (
            not 1 <= len(self.name) <= LONGEST_BLOCK_NAME
            or not self.name.isprintable()
            or self.name.strip() != self.name
        ):
            raise BlockError("block_name", name=described(self.name))


@dataclass(frozen=True)
class Layout:
    """The positions of all nodes, and the blocks, by id.

    Each node is directly in at most one block; blocks form trees. Blocks without nodes are dropped. Raises
    :class:`BlockError`.
    """

    positions: Mapping[str, Point] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", MappingProxyType(dict(self.positions)))
        object.__setattr__(self, "blocks", MappingProxyType(_valid(self.blocks, self.positions)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layout):
            return NotImplemented
        return dict(self.positions) == dict(other.positions) and dict(self.blocks) == dict(other.blocks)

    def __hash__(self) -> int:
        return hash((frozenset(self.positions.items()), frozenset(self.blocks.values())))

    @cached_property
    def block_of(self) -> Mapping[str, str]:
        """For each node in a block, the innermost block around it."""
        return {node: block.id for block in self.blocks.values() for node in block.members}

    @cached_property
    def children(self) -> Mapping[str | None, tuple[str, ...]]:
        """For each block, and for None (the canvas), the blocks directly in it."""
        children: dict[str | None, list[str]] = {None: [], **{name: [] for name in self.blocks}}
        for block in self.blocks.values():
            children[block.parent].append(block.id)
        return {name: tuple(inner) for name, inner in children.items()}

    @cached_property
    def inside(self) -> Mapping[str, frozenset[str]]:
        """For each block all nodes in it, including those of the blocks in it."""
        inside: dict[str, set[str]] = {name: set() for name in self.blocks}
        for node, block in self.block_of.items():
            for around in self._chain(block):
                inside[around].add(node)
        return {name: frozenset(nodes) for name, nodes in inside.items()}

    def around(self, node: str) -> tuple[str, ...]:
        """The blocks around a node or a block, the innermost first."""
        return self._chain(self.parent(node))

    def parent(self, node: str) -> str | None:
        """The innermost block around a node or a block; None if there is none."""
        return self.blocks[node].parent if node in self.blocks else self.block_of.get(node)

    @cached_property
    def hidden_by(self) -> Mapping[str, str]:
        """For each node that a folded block hides, the outermost such block, which is drawn instead."""
        hidden = {}
        for block in self.blocks.values():
            if block.folded and self.is_drawn(block.id):
                hidden.update(dict.fromkeys(self.inside[block.id], block.id))
        return hidden

    def is_drawn(self, block: str) -> bool:
        """Whether a block, folded or not, is visible on the canvas: no block around it is folded."""
        return not any(self.blocks[outer].folded for outer in self.around(block))

    def common(self, nodes: Iterable[str]) -> str | None:
        """The innermost block that contains all of these nodes."""
        chains = [self.around(node) for node in nodes]
        shared = set(chains[0]).intersection(*chains[1:]) if chains else set()
        return next((block for block in chains[0] if block in shared), None) if chains else None

    def whole(self, nodes: Iterable[str]) -> str | None:
        """The outermost block that contains exactly these nodes."""
        chosen = frozenset(nodes)
        return next((name for name in self._outermost_first if self.inside[name] == chosen), None) if chosen else None

    def place(self, block: str) -> Point:
        """The position of a block: the top left corner of its nodes."""
        places = [self.positions[node] for node in self.inside[block]]
        return min(x for x, _ in places), min(y for _, y in places)

    def free_id(self, taken: Iterable[str] = ()) -> str:
        """The first unused id for a block."""
        return numbered("#", {*self.blocks, *taken})

    def placed(self, positions: Mapping[str, Point]) -> Layout:
        """The layout with these nodes at other positions."""
        moved = object.__new__(Layout)
        moved.__dict__.update(self.__dict__, positions=MappingProxyType({**self.positions, **positions}))
        # the blocks are valid, and all that is cached depends on them alone
        return moved

    def without(self, names: Iterable[str]) -> Layout:
        """The layout without these nodes. A folded block stays where it is drawn."""
        removed = frozenset(names)
        positions = {name: point for name, point in self.positions.items() if name not in removed}
        rest = Layout(positions, {block.id: _holding(block, block.members - removed) for block in self.blocks.values()})
        for block in {self.hidden_by[name] for name in removed & self.hidden_by.keys()} & rest.blocks.keys():
            (x, y), (new_x, new_y) = self.place(block), rest.place(block)
            if (x, y) != (new_x, new_y):
                inside = {name: rest.positions[name] for name in rest.inside[block]}
                rest = rest.placed({name: (at[0] + x - new_x, at[1] + y - new_y) for name, at in inside.items()})
        return rest

    def renamed(self, old: str, new: str) -> Layout:
        """The layout with a node renamed."""
        positions = {new if name == old else name: point for name, point in self.positions.items()}
        blocks = dict(self.blocks)
        if old in self.block_of:
            block = blocks[self.block_of[old]]
            blocks[block.id] = _holding(block, (block.members - {old}) | {new})
        return Layout(positions, blocks)

    def put(self, nodes: Iterable[str], block: str | None) -> Layout:
        """The layout with these nodes directly in ``block``, or in no block if that is None."""
        moved = frozenset(nodes)
        blocks = {
            name: _holding(other, other.members | moved if name == block else other.members - moved)
            for name, other in self.blocks.items()
        }
        return replace(self, blocks=blocks)

    def with_block(self, block: Block) -> Layout:
        """The layout with a block added, or replacing the block of the same id."""
        return replace(self, blocks={**self.blocks, block.id: block})

    @cached_property
    def _outermost_first(self) -> tuple[str, ...]:
        return tuple(sorted(self.blocks, key=lambda name: len(self.around(name))))

    def _chain(self, block: str | None) -> tuple[str, ...]:
        chain: list[str] = []
        while block is not None:
            chain.append(block)
            block = self.blocks[block].parent
        return tuple(chain)


def _holding(block: Block, members: frozenset[str]) -> Block:
    """The block with these members; the same object if they have not changed."""
    return block if members == block.members else replace(block, members=members)


def _valid(blocks: Mapping[str, Block], positions: Mapping[str, Point]) -> dict[str, Block]:
    """The blocks in the order of their ids, without empty ones; raises :class:`BlockError` if they are not valid."""
    owner: dict[str, str] = {}
    filled: set[str] = set()
    for block in blocks.values():
        if block.parent is not None and block.parent not in blocks:
            raise BlockError("unknown_block", id=block.parent)
    for block in blocks.values():
        for node in block.members:
            if node not in positions:
                raise BlockError("unknown_member", block=block.name, id=node)
            if node in owner:
                raise BlockError("two_blocks", id=node, first=blocks[owner[node]].name, second=block.name)
            owner[node] = block.id
        depth, around = 0, block.id
        while (parent := blocks[around].parent) is not None:
            depth, around = depth + 1, parent
            if around == block.id or depth > len(blocks):
                raise BlockError("block_cycle", block=block.name)
        if depth >= DEEPEST:
            raise BlockError("too_deep", most=DEEPEST)
        if block.members:
            chain: str | None = block.id
            while chain is not None and chain not in filled:
                filled.add(chain)
                chain = blocks[chain].parent
    return {name: blocks[name] for name in sorted(blocks, key=lambda name: (len(name), name)) if name in filled}
