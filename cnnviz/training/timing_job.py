"""Measures the times of layers on its own thread, which alone imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.jobs import Job, JobError
from cnnviz.sentence import Sentence, said
from cnnviz.training.failure import explain
from cnnviz.training.layer_time import Timing

if TYPE_CHECKING:
    from cnnviz.network.report import Report
    from cnnviz.project.project import Project

TimingJob = Job[None, Timing | None]
"""The result is None if the job was cancelled."""


def timing_job(
    project: Project, report: Report, device: str, threads: int | None, after: TimingJob | None = None
) -> TimingJob:
    """A job that measures the layers of ``project``, whose network has no errors. It waits for the end of ``after``."""

    def work(job: TimingJob) -> Timing | None:
        try:
            from cnnviz.training.timing import measure
        except Exception as error:
            raise JobError(
                Sentence("PyTorch could not be loaded, so nothing can be measured: {reason}", reason=said(error))
            ) from error
        return measure(project, report, device, threads, job.cancelled)

    return Job("cnnviz-layer-times", work, explain, after)
