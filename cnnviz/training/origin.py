"""Where a run comes from that continues another run, or begins with its weights. No torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The moment of a recorded run from which another run goes on.

    ``run`` is the id of the recorded run, ``step`` the step of the moment. ``exact`` is True if the optimizer and the
    random states go on too, so that the same bits are computed as without the interruption; if it is False only the
    weights are taken over, and the optimizer starts new. ``reopened`` is True if the run is shown as it was left, and
    the project on screen stays. ``source`` is the name of the file from which the weights at step 0 were imported,
    empty if they were initialized.
    """

    run: str
    step: int
    exact: bool
    reopened: bool = False
    source: str = ""


@dataclass(frozen=True)
class WeightsOrigin:
    """The run from which trained weights come: they are those after ``step``.

    ``run`` is the number of that run in this session, 0 if it is no run of this session. ``name`` is then the id of the
    recorded run, or the name of the folder in which the training was kept; empty if neither is known.
    """

    step: int = 0
    run: int = 0
    name: str = ""
