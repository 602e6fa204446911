"""The tiles of the Kernels tab: a row of slices for each filter, or the units of a dense layer in a grid."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cnnviz.gui.panels.kernels import words
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.tiling import Tiles, Tiling

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

    from cnnviz.gui.panels.kernels.stacks import SliceOrder
    from cnnviz.gui.panels.kernels.state import State

MOST_NUMBERED = 1000
"""Slices of layers with at most this many input maps have the number of the map below."""


def kernel_tiles(now: State, order: SliceOrder, classes: tuple[str, ...], font: QFont) -> Tiles:
    """The content of the grid. ``classes`` are the class names, which label the units of the last layer."""
    form, count, below, under = now.form, len(now.filters), caption_height(font), None
    if now.single:
        tiling = Tiling(count, form.tile, least=36, most=128, row_gap=2, below=below)
    else:
        least, most = (11, 14) if form.tile == (1, 1) else (52, 72) if form.slices <= 4 else (28, 40)
        label = max((len(words.filter_label(now, filter, classes)) for filter in now.filters), default=0)
        gap = 7
        if form.tile == (1, 1) or form.sources > MOST_NUMBERED:
            below = 0
        else:
            gap, under = 2, partial(words.read_map, now, order=order, stack=now.stack)
        tiling = Tiling(count * form.slices, form.tile, form.slices, least, most, 3, gap, below, label)
    return Tiles(
        tiling,
        partial(now.tiles, order=order),
        now.limit,
        True,
        lambda at: words.filter_label(now, now.filter_at(at), classes),
        partial(words.tile_name, now, order=order, classes=classes),
        under,
    )
