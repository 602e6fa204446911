"""Adversarial versions of the sample, computed on their own thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.run.sample_study import SampleStudy
from cnnviz.inspection.adversarial.attack import Adversarial, Attack

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from cnnviz.gui.run.bridge import Bridge
    from cnnviz.gui.run.past import Past
    from cnnviz.inspection.moment import Moment, Sample


class Fooling(SampleStudy[Attack, int, Adversarial]):
    """Attacks the sample on screen as :meth:`ask` requests; a report is the size that a search tries."""

    def __init__(self, bridge: Bridge, past: Past, parent: QObject | None = None) -> None:
        super().__init__(bridge, past, "cnnviz-fooling", _fooled, parent=parent)


def _fooled(
    moment: Moment, sample: Sample, asked: Attack, report: Callable[[int], None], cancelled: Callable[[], bool]
) -> Adversarial | None:
    # imported here: torch must be imported on the thread of the job
    from cnnviz.inspection.studies.fooling import fool

    return fool(moment, sample, asked, cancelled=cancelled, report=report)
