"""The sizes that the user has given to the parts of a splitter, and how they give way in a smaller window. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Dragged:
    """``sizes`` are the sizes in pixels that the user has set. They come back whenever there is room for them."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = list(sizes)
        self._shown = self.sizes
        self._kept = [0] * len(self.sizes)
        """What each part keeps: its size, if the user has set it while another part had given way, else 0."""

    def fitted(self, room: int, usual: Sequence[int], flexible: int, least: int) -> list[int]:
        """The sizes for ``room`` pixels. What the others leave is for the part with the number ``flexible``.

        If that is less than ``least``, and less than the user has left for it, each other part gives up some of what it
        has beyond its ``usual`` size.
        """
        others = [part for part in range(len(self.sizes)) if part != flexible]
        fitted = list(self.sizes)
        left = room - sum(self.sizes[part] for part in others)
        spare = {part: max(0, self.sizes[part] - max(usual[part], self._kept[part])) for part in others}
        missing = min(min(least, self.sizes[flexible]) - left, sum(spare.values()))
        for part in others if missing > 0 else ():
            fitted[part] -= -(-spare[part] * missing // sum(spare.values()))
        fitted[flexible] = max(1, room - sum(fitted[part] for part in others))
        self._shown = fitted
        return fitted

    def moved(self, sizes: Sequence[int]) -> Dragged:
        """The sizes after the user has moved a splitter: a part whose size did not change keeps the one set before."""
        parts = list(zip(self.sizes, self._shown, sizes, strict=True))
        moved = Dragged([before if now == shown else now for before, shown, now in parts])
        if any(now == shown < before for before, shown, now in parts):
            kept = zip(self._kept, self._shown, sizes, strict=True)
            moved._kept = [before if now == shown else now for before, shown, now in kept]
        moved._shown = list(sizes)
        return moved
