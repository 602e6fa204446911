"""Which changes of a run share a mark on its curves. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.runs.histories.run_history import Mark


def gathered(changes: Sequence[Mark], places: Sequence[float], room: float) -> list[tuple[float, list[Mark]]]:
    """The marks in ascending order, each with its place and its changes: changes within ``room`` of the first one that
    is marked there share its mark."""
    marks: list[tuple[float, list[Mark]]] = []
    for place, change in sorted(zip(places, changes, strict=True), key=lambda pair: pair[0]):
        if marks and place - marks[-1][0] < room:
            marks[-1][1].append(change)
        else:
            marks.append((place, [change]))
    return marks
