"""What is said of a run that would continue with a changed network: which layers keep what they have learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted

if TYPE_CHECKING:
    from cnnviz.training.changes import Continuation


def offer(plan: Continuation) -> str:
    """The text of the button that continues."""
    if not plan.new:
        return QCoreApplication.translate("RunNotices", "Continue with the change, keeping all layers")
    kept = plan.count - len(plan.new)
    return counted(
        "Continue with the change, keeping {kept} of {count} layers",
        "Continue with the change, keeping {kept} of 1 layer",
        plan.count,
        kept=kept,
    )


def detail(plan: Continuation) -> str:
    """The tooltip of that button: what becomes of each layer."""
    translate = QCoreApplication.translate
    lines = []
    if plan.kept:
        lines.append(translate("RunNotices", "Go on with what they have learned: %s.") % ", ".join(plan.kept))
    if plan.recalled:
        lines.append(translate("RunNotices", "Come back with what they had learned: %s.") % ", ".join(plan.recalled))
    if plan.new:
        lines.append(translate("RunNotices", "Start new: %s.") % ", ".join(plan.new))
    lines.append(translate("RunNotices", "Steps, epochs and curves go on."))
    return "\n".join(lines)
