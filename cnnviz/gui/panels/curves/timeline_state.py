"""The content of the timeline: which moments are inside the curves, and where. No Qt."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.gui.run.moments import KnownMoment, KnownMoments

HEIGHT, NAMES_HEIGHT = 18, 15
"""Heights of the line of moments, and of the line of their names below it, in pixels; that is there if one has a name.
"""
ROUNDING = 1
"""A moment so many pixels left of the curves is taken to be at their edge."""


@dataclass(frozen=True)
class TimelineState:
    """The content of the timeline: the visible ``moments``, their ``places`` and the place of ``now``, in pixels.

    ``step`` is the step that the window shows, None for the present; ``handle`` is its place. ``all`` is the number of
    all moments; about ``fit`` of them fit into the budget. The first of the texts ``present`` that fits is written
    beside the present.
    """

    moments: tuple[KnownMoment, ...] = ()
    places: tuple[float, ...] = ()
    step: int | None = None
    handle: float = 0.0
    now: float = 0.0
    all: int = 0
    fit: int = 0
    present: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of the moments."""
        return tuple(moment.step for moment in self.moments)

    @property
    def named(self) -> bool:
        """Whether a moment has a name."""
        return any(moment.name for moment in self.moments)


Signs = tuple[tuple["KnownMoment", ...], tuple[float, ...]]
"""Moments, and their places in pixels."""


def signs_of(known: KnownMoments, places: Sequence[float], span: tuple[float, float]) -> Signs:
    """The moments of a run that are inside the curves.

    ``places`` are their positions in pixels from the left edge of the curves. ``span`` is that edge and the width of
    the curves.
    """
    left, width = span
    inside = [(moment, left + at) for moment, at in zip(known.moments, places, strict=True) if -ROUNDING <= at <= width]
    return tuple(moment for moment, _ in inside), tuple(at for _, at in inside)


def up_to(signs: Signs, step: int) -> Signs:
    """The moments up to a step: later ones appear once the curves are drawn as far."""
    moments, places = signs
    count = bisect_right(moments, step, key=lambda moment: moment.step)
    return signs if count == len(moments) else (moments[:count], places[:count])


def state_of(
    known: KnownMoments,
    signs: Signs,
    shown_and_present: tuple[float, float],
    span: tuple[float, float],
    step: int | None,
    present: tuple[str, ...] = (),
) -> TimelineState:
    """The state for the moments of a run.

    ``shown_and_present`` are the positions of the shown step and of the present, and ``span`` is as for
    :func:`signs_of`. The texts about the ``present`` are left out where it is outside the curves.
    """
    left, width = span
    handle, now = (left + min(width, max(0.0, place)) for place in shown_and_present)
    texts = present if 0 <= shown_and_present[1] <= width else ()
    return TimelineState(*signs, step, handle, now, len(known.moments), known.fit, texts)
