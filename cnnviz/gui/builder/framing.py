"""The frames around the unfolded blocks of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.builder.geometry.metrics import TITLE
from cnnviz.gui.builder.items.block import BlockFrame, around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtCore import QPointF, QRectF
    from PySide6.QtWidgets import QGraphicsScene

    from cnnviz.gui.builder.items.node import NodeItem
    from cnnviz.gui.theme import Theme
    from cnnviz.project.layout import Block, Layout


LEAST_INSET, MOST_INSET = 2.5, 4.5
"""Scene units between a frame and what is in it: the least, and one more for each frame inside another, up to the
most."""


class Framing:
    """``frames`` by block; ``above`` is the height of the titles above each unit, by its key."""

    def __init__(self, scene: QGraphicsScene, theme: Theme) -> None:
        self._scene, self._theme = scene, theme
        self.frames: dict[str, BlockFrame] = {}
        self.above: dict[str, float] = {}
        self._content: tuple[Mapping[str, Block], Sequence[NodeItem]] | None = None
        """The blocks and units for which the frames were made."""
        self._inside: dict[str, tuple[tuple[str, ...], tuple[NodeItem, ...]]] = {}
        """For each frame the frames directly in it, and the units directly in it."""
        self._names: dict[str, str] = {}
        self._around: dict[str, tuple[str, ...]] = {}
        """For each unit, by its key, the blocks around it."""
        self._areas: dict[str, QRectF] = {}
        """The areas of the frames, as far as they are known."""
        self._far = False

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        for frame in self.frames.values():
            frame.set_theme(theme)

    def set_far(self, far: bool) -> None:
        """Set whether the scene paints all frames at once, because the view is zoomed far out."""
        self._far = far
        for frame in self.frames.values():
            frame.set_far(far)

    def show(self, layout: Layout, units: Sequence[NodeItem]) -> None:
        """Make a frame for each unfolded block, and remove the others."""
        content = (layout.blocks, units)
        if content == self._content:
            return
        self._content = content
        chains = {name: layout.around(name) for name in layout.blocks}
        drawn = {name: block for name, block in layout.blocks.items() if not block.folded and layout.is_drawn(name)}
        for name in self.frames.keys() - drawn.keys():
            self._scene.removeItem(self.frames.pop(name))
        for name in drawn.keys() - self.frames.keys():
            self.frames[name] = BlockFrame(name, self._theme)
            self.frames[name].set_far(self._far)
            self._scene.addItem(self.frames[name])
        for name, frame in self.frames.items():
            frame.depth = len(chains[name])
        by_key = {item.key: item for item in units}
        self._inside = {
            name: (
                tuple(child for child in layout.children[name] if child in drawn),
                tuple(by_key[key] for key in (*drawn[name].members, *layout.children[name]) if key in by_key),
            )
            for name in sorted(drawn, key=lambda name: -len(chains[name]))
        }
        self._names = {name: block.name for name, block in drawn.items()}
        parents = {key: layout.parent(key) for key in by_key}
        self._around = {key: () if block is None else (block, *chains[block]) for key, block in parents.items()}
        self._areas = {}
        titles = {name: TITLE * sum(block in drawn for block in (name, *chains[name])) for name in layout.blocks}
        self.above = {key: 0.0 if block is None else titles[block] for key, block in parents.items()}

    def surround(self, changed: Iterable[NodeItem]) -> None:
        """Fit the frames around their contents, inner frames first; ``changed`` are the units that changed."""
        changed_frames = {block for item in changed for block in self._around[item.key]}
        levels: dict[str, int] = {}
        for name, (frames, items) in self._inside.items():
            levels[name] = 1 + max([levels[inner] for inner in frames], default=0)
            if name in self._areas and name not in changed_frames:
                continue
            area = around(items)
            for inner in frames:
                area = area.united(self._areas[inner])
            inset = min(LEAST_INSET + levels[name] - 1, MOST_INSET)
            self._areas[name] = area.adjusted(-inset, -TITLE, inset, inset + 1)
            self.frames[name].show_block(self._names[name], self._areas[name])

    def frame_at(self, point: QPointF) -> BlockFrame | None:
        """The frame of the innermost block whose title is at a point of the scene; None if there is none."""
        frames = [frame for frame in self.frames.values() if frame.title_area().contains(point)]
        return min(frames, key=lambda frame: frame.area.width() * frame.area.height(), default=None)
