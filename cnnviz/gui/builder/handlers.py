"""What the actions of the window do on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cnnviz.gui.builder.canvas import Canvas


def handlers(canvas: Canvas) -> dict[str, Callable[[], object]]:
    """By the id of the action."""
    return {
        "cut": canvas.cut,
        "copy": canvas.copy,
        "paste": canvas.paste,
        "duplicate": canvas.duplicate,
        "select_all": canvas.select_all,
        "delete": canvas.delete_selected,
        "bypass": canvas.bypass_selected,
        "rename": canvas.rename_current,
        "find": canvas.open_find,
        "find_next": partial(canvas.open_find, 1),
        "find_previous": partial(canvas.open_find, -1),
        "quick_add": canvas.quick_add,
        "connect": canvas.connect_current,
        "arrange": canvas.arrange,
        "align_row": partial(canvas.align, "row"),
        "align_column": partial(canvas.align, "column"),
        "distribute_across": partial(canvas.distribute, "row"),
        "distribute_down": partial(canvas.distribute, "column"),
        "group": canvas.group,
        "ungroup": canvas.ungroup,
        "fold": canvas.fold_or_unfold,
        "fold_all": partial(canvas.fold_all, folded=True),
        "unfold_all": partial(canvas.fold_all, folded=False),
        "fit": canvas.fit,
        "zoom_in": canvas.zoom_in,
        "zoom_out": canvas.zoom_out,
        "actual_size": canvas.actual_size,
    }
