"""The name of a recorded run, the same wherever it is shown. No Qt, no torch."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BETWEEN = " · "
"""Stands between the name of a network and the time of day."""


def run_name(given: str, network: str, created: float, run: str) -> str:
    """The name that the user gave to a run; without it, the name of its network and the time of day when it began.

    ``created`` is in seconds since 1970, 0 if unknown; ``run`` is the id of the run, used if nothing else is known.
    """
    if given or not created:
        return given or network or run
    return BETWEEN.join(part for part in (network, time_of_day(created)) if part)


def time_of_day(created: float) -> str:
    """The time of day in a name; ``created`` is in seconds since 1970."""
    return f"{datetime.fromtimestamp(created):%H:%M:%S}"


def shortened(name: str, most: int) -> str:
    """The name in at most ``most`` letters: the middle is left out, because the end distinguishes runs of a network."""
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[-end:]}"


def fitted(name: str, mark: str, fits: Callable[[str], bool]) -> str:
    """The name, followed by a mark, as far as ``fits`` allows.

    The name of the network is shortened, then the mark is left out. The time remains, as it distinguishes runs of a
    network.
    """
    head, between, time = name.rpartition(BETWEEN)
    if not between:
        return name + mark
    for last in (mark, ""):
        if fits(name + last):
            return name + last
        for length in range(len(head) - 1, 0, -1):
            # beside a single letter the dot is left out as well
            if fits(short := f"{head[:length].rstrip()}…{between if length > 1 else ' '}{time}{last}"):
                return short
    return time
