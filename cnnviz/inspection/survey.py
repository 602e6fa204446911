"""The colour scales of a whole run, from some of its moments. Imports torch: for use on a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.inspection.answers import ANSWERS
from cnnviz.inspection.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.inspection.moment import Moment, Sample
    from cnnviz.inspection.questions import Questions


def widest_scales(moments: Iterable[Moment], sample: Sample, questions: Questions) -> Mapping[tuple[str, str], float]:
    """The widest scale of each kind and node that the answers have at any of the moments, which are of one run."""
    viewer, run = Viewer(ANSWERS), 0
    for moment in moments:
        viewer.snapshot(moment, sample, questions)
        run = moment.run
    return viewer.scales.widest(run)
