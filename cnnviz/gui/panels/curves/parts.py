"""Which parts stand above and below the curves, as far as the panel is high enough. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.gui.panels.curves.timeline_state import HEIGHT, NAMES_HEIGHT

ROOM_FOR_LEGEND = 90
"""A panel lower than this, in pixels, has no legend."""
LEAST_PLOT, LEAST_READ_PLOT = 90, 85
"""Heights in pixels: among overlaid runs, curves lower than the first hide names of moments, curves lower than the
second have the values beside the chips."""
LEAST_CURVES, LEAST_BESIDE = 90, 420
"""In pixels: curves of a run alone that would be lower than the first have the values beside them, if the panel has the
second width."""
LOWEST = 30
"""A plot lower than this, in pixels, hides values, then the legend; chips may take half of their height from it."""
AXIS = 30
"""Pixels of the plot that the horizontal axis and the margins take."""
BESIDE_LEGEND = 560
"""In pixels: with less room beside the legend, values and chips that share its line take its place."""


@dataclass(frozen=True)
class Room:
    """The size of the panel, and the preferred sizes of its parts, in pixels."""

    width: int
    height: int
    chips: int
    row: int
    legend: int


@dataclass(frozen=True)
class Parts:
    """Which parts are shown: the timeline and the names of its moments, the row of values, and the line above it with
    legend and chips. ``shared``: the values stand in that line, beside the chips. ``beside``: they stand at the right
    of the curves. ``numbers``: the horizontal axis has numbers."""

    timeline: bool
    names: bool
    row: bool
    shared: bool
    chips: bool
    legend: bool
    beside: bool
    numbers: bool


def parts(room: Room, *, curves: bool, overlaid: bool, moments: bool, reads: bool) -> Parts:
    """The parts for which there is ``room``. There are ``curves`` of the run, ``overlaid`` runs, and recorded
    ``moments``; ``reads``: the user reads a step, whose values then take the place of legend and chips."""
    timeline = HEIGHT if moments else 0
    # what the plot and the lines above it share
    shared_height = room.height - AXIS - timeline
    chips = room.chips if overlaid else 0
    # with overlaid runs the values are as high as the chips
    values = chips or room.row
    both_fit = shared_height - chips - values >= (LEAST_READ_PLOT if overlaid else LOWEST)
    one_fits = shared_height >= LOWEST + chips / 2
    above = both_fit or (one_fits and not (curves and reads))
    shared = curves and overlaid and not both_fit
    high = overlaid or (curves and room.height >= ROOM_FOR_LEGEND + 2 * timeline)
    beside = curves and not overlaid and shared_height - room.row < LEAST_CURVES and room.width >= LEAST_BESIDE
    if not overlaid and room.width >= LEAST_BESIDE:
        high &= shared_height - 2 * room.row >= LEAST_CURVES
    return Parts(
        timeline=curves and moments,
        names=not overlaid or shared_height - LEAST_PLOT - room.chips >= NAMES_HEIGHT + chips,
        row=curves and (both_fit or reads or beside or (overlaid and one_fits)),
        shared=shared,
        chips=overlaid and above,
        legend=above and high and not (shared and room.width - room.legend < BESIDE_LEGEND),
        beside=beside,
        numbers=not beside or shared_height >= LEAST_CURVES,
    )
