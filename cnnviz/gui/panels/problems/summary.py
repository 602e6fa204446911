"""The summary of a network's problems in a sentence, which also says if the present run goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.run.loss_watch import Course

if TYPE_CHECKING:
    from cnnviz.network.report import Report


def summary(report: Report, *, failed: bool = False, course: Course = Course.ORDINARY, spoilt: bool = False) -> str:
    """A summary: how many problems there are, and whether they prevent training. If they do not, it says instead
    whether the run has ``failed``, whether the ``course`` of its loss is wrong, and whether its weights are ``spoilt``.
    """
    errors = len(report.errors)
    warnings = len(report.problems) - errors
    translate = QCoreApplication.translate
    parts = []
    if errors:
        parts.append(counted("{count} errors", "1 error", errors))
    if warnings:
        parts.append(counted("{count} warnings", "1 warning", warnings))
    if errors:
        sentence = translate("ProblemsPanel", "{problems}: this network cannot be trained yet.")
    elif failed:
        sentence = translate("ProblemsPanel", "{problems} in the network, but this run failed.")
    elif course is Course.TOO_HIGH:
        sentence = translate("ProblemsPanel", "{problems} in the network, but the loss is too high.")
    elif course is Course.GUESSING:
        sentence = translate("ProblemsPanel", "{problems} in the network, but it learns nothing.")
    elif spoilt:
        sentence = translate(
            "ProblemsPanel", "{problems} in the network, but the present weights learn nothing any more."
        )
    else:
        sentence = translate("ProblemsPanel", "{problems}: this network can be trained.")
    return sentence.format(problems=", ".join(parts) or translate("ProblemsPanel", "0 problems"))
