"""The tiles of the Kernels tab: a row of slices for each filter, or the units of a dense layer in a grid."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from cnnviz.gui.panels.kernels import words
from cnnviz.gui.widgets.captions import caption_height
from cnnviz.gui.widgets.tiling import Tiles, Tiling

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

    from cnnviz.gui.panels.kernels.stacks import SliceOrder, StackForm
    from cnnviz.gui.panels.kernels.state import State

MOST_NUMBERED = 1000
"""Slices of layers with at most this many input maps have the number of the map below."""


def kernel_tiles(now: State, order: SliceOrder, classes: tuple[str, ...], font: QFont) -> Tiles:
    """The content of the grid. ``classes`` are the class names, which label the units of the last layer."""
    numbered = not now.single and form_numbers(now.form)
    labels = now.form, now.filters, now.options.pinned, classes
    return Tiles(
        _tiling(*labels, now.single, caption_height(font)),
        partial(now.tiles, order=order),
        now.limit,
        True,
        lambda at: words.filter_label(now.form, now.filter_at(at), classes, now.options.pinned),
        partial(words.tile_name, now, order=order, classes=classes),
        partial(words.read_map, now, order=order, stack=now.stack) if numbered else None,
        (labels, now.single, order, order.turn),
    )


def form_numbers(form: StackForm) -> bool:
    """Whether each slice has the number of the map that it reads below."""
    return form.tile != (1, 1) and form.sources <= MOST_NUMBERED


@lru_cache(maxsize=8)
def _tiling(
    form: StackForm,
    filters: tuple[int, ...],
    pinned: tuple[int, ...],
    classes: tuple[str, ...],
    single: bool,
    below: int,
) -> Tiling:
    if single:
        return Tiling(len(filters), form.tile, least=36, most=128, row_gap=2, below=below)
    least, most = (11, 14) if form.tile == (1, 1) else (52, 72) if form.slices <= 4 else (28, 40)
    label = max((len(words.filter_label(form, filter, classes, pinned)) for filter in filters), default=0)
    gap, below = (2, below) if form_numbers(form) else (7, 0)
    return Tiling(len(filters) * form.slices, form.tile, form.slices, least, most, 3, gap, below, label)
