"""Why training cannot start or continue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.document.sentences import problem_sentence
from cnnviz.training.channels import MOVING, State, Status

if TYPE_CHECKING:
    from cnnviz.network.report import Report


def hindrance(status: Status, report: Report) -> str:
    """Why training cannot start or continue; empty if it can."""
    if status.state in MOVING:
        return ""
    if report.errors:
        sentence = QCoreApplication.translate("TopBar", "The network cannot be trained yet: %s")
        return sentence % problem_sentence(report.errors[0])
    if status.state is State.FAILED:
        return QCoreApplication.translate("TopBar", "This run failed: start over.")
    return ""
