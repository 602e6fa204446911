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
WEIGHT_SIDES = 11, 14
"""The least and greatest width of a tile with a single weight, in pixels."""
SLICE_SIDES, MANY_SLICES_SIDES = (52, 72), (28, 40)
"""The same for the slices of a filter that has at most :data:`FEW_SLICES`, and of a filter that has more."""
FEW_SLICES = 4
SINGLE_SIDES = 36, 128
"""The same for filters that are a single tile each."""


def kernel_tiles(state: State, order: SliceOrder, classes: tuple[str, ...], font: QFont) -> Tiles:
    """The content of the grid. ``classes`` are the class names, which label the units of the last layer."""
    numbered = not state.single and is_numbered(state.form)
    pinned = state.options.pinned
    labels = state.form, state.filters, pinned, classes
    return Tiles(
        _tiling(*labels, state.single, caption_height(font)),
        partial(state.tiles, order=order),
        state.limit,
        signed=True,
        caption=lambda position: words.filter_label(state.form, state.filter_at(position), classes, pinned),
        name=partial(words.tile_name, state, order=order, classes=classes),
        slice_text=partial(words.number_of_read_map, state, order=order) if numbered else None,
        texts=(labels, state.single, order, order.sortings),
    )


def is_numbered(form: StackForm) -> bool:
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
        least, most = SINGLE_SIDES
        return Tiling(len(filters), form.tile, least_width=least, most_width=most, row_gap=2, below=below)
    if form.tile == (1, 1):
        least, most = WEIGHT_SIDES
    else:
        least, most = SLICE_SIDES if form.slices <= FEW_SLICES else MANY_SLICES_SIDES
    label_length = max((len(words.filter_label(form, filter, classes, pinned)) for filter in filters), default=0)
    row_gap, below = (2, below) if is_numbered(form) else (7, 0)
    return Tiling(
        len(filters) * form.slices,
        form.tile,
        form.slices,
        least,
        most,
        gap=3,
        row_gap=row_gap,
        below=below,
        label_length=label_length,
    )
