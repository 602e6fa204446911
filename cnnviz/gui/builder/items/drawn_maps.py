"""What is to be said of the maps on the canvas: when they were chosen, and what their colours leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz.gui.builder.items.below import Below
    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.inspection.moment import Sample
    from cnnviz.inspection.snapshot import Snapshot


@dataclass(frozen=True)
class DrawnMaps:
    """The maps that are drawn on the canvas.

    Where a layer has room for some of its maps only, they were its strongest maps at a step; ``chosen_at`` is the first
    and the last of these steps, None where no layer had to choose. ``other_sample``: they were chosen at the step
    shown, but for another image, such as the drawing before its last stroke. ``outdated``: other maps are the strongest
    by now. ``clipped`` is the number of drawn values that lie outside the colour scale.
    """

    chosen_at: tuple[int, int] | None = None
    other_sample: bool = False
    outdated: bool = False
    clipped: int = 0


def drawn_maps(columns: Iterable[Below], snapshot: Snapshot | None) -> DrawnMaps:
    """Describe the maps of ``snapshot`` that are drawn in ``columns``."""
    chosen: list[Maps] = []
    outdated, clipped = False, 0
    for column in columns:
        clipped += column.clipped
        outdated = outdated or column.outdated
        if column.chosen is not None:
            chosen.append(column.chosen)
    if not chosen or snapshot is None:
        return DrawnMaps(outdated=outdated, clipped=clipped)
    steps = [maps.chosen_at for maps in chosen]
    first, last = min(steps), max(steps)
    # images are compared only where the answer is needed: not while training
    other = first == last == snapshot.step and not all(_are_of(maps, snapshot.sample) for maps in chosen)
    return DrawnMaps((first, last), other, outdated, clipped)


def _are_of(maps: Maps, sample: Sample) -> bool:
    """Whether maps were chosen for the image of a sample."""
    chosen_for = maps.chosen_for
    return chosen_for is None or chosen_for is sample or np.array_equal(chosen_for.image, sample.image)
