"""The job that makes points of a layer's outputs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.jobs import Job
from cnnviz.sentence import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.inspection.axes import Axes
    from cnnviz.inspection.moment import Moment
    from cnnviz.inspection.studies.points import Chosen, Points
    from cnnviz.training.precision import Resolved


@dataclass(frozen=True)
class Result:
    """``points``, and the processor time in ``seconds`` that ``count`` of their images took; ``fixed``: what the
    preparation took."""

    points: Points
    seconds: float
    fixed: float
    count: int


@dataclass(frozen=True, eq=False)
class Wish:
    """A request for the points of ``rows`` of the ``chosen`` images on ``axes``.

    Without ``axes`` new ones are fitted to the same rows, with the signs of ``earlier``. ``base`` are earlier points on
    the same axes, which are renewed in ``rows``. ``precision`` is that of the network; axes are fitted in float32.
    ``training_idle`` tells whether nothing is trained.
    """

    moment: Moment
    chosen: Chosen
    node: str
    axes: Axes | None
    earlier: Axes | None
    base: Points | None
    rows: slice
    precision: Resolved
    training_idle: Callable[[], bool]


def projection_job(wish: Wish) -> Job[float, Result | None]:
    """A job for points, which leaves the cores to training. Its progress is a share in [0, 1].

    It ends with None if it is cancelled.
    """

    def work(job: Job[float, Result | None]) -> Result | None:
        # imported here: torch must be imported on this thread, not on that of the window
        import torch

        from cnnviz.inspection.studies.projecting import first_points, project
        from cnnviz.inspection.studies.threads import check_of
        from cnnviz.training.device import native_bfloat16

        # last: little but the time that training leaves over
        check = check_of(job.cancelled, wish.training_idle, last=True)
        moment, chosen = wish.moment, wish.chosen.part(wish.rows)
        began, prepared = time.thread_time(), 0.0

        def cancelled() -> bool:
            # called first when the network is prepared
            nonlocal prepared
            prepared = prepared or time.thread_time()
            return check()

        def report(done: int) -> None:
            job.report(done / len(chosen))

        if wish.axes is None:
            points = first_points(moment, chosen, wish.node, wish.earlier, report, cancelled)
        else:
            precision = wish.precision if native_bfloat16(torch.device("cpu")) else "float32"
            points = project(moment, chosen, wish.axes, report, cancelled, precision)
        if points is None:
            return None
        if wish.base is not None:
            every = wish.chosen.part(slice(0, max(len(wish.base.chosen), wish.rows.stop)))
            points = wish.base.renewed(points, wish.rows, every)
        return Result(points, time.thread_time() - prepared, prepared - began, len(chosen))

    return Job("cnnviz-points", work, said)
