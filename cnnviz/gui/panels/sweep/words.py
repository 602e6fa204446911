"""What the page of a sweep says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.gui.language import counted
from cnnviz.gui.localized import grouped
from cnnviz.gui.panels.sweep.model import STATES, written
from cnnviz.gui.panels.sweep.painting import accuracy_text
from cnnviz.sweeps.results import INTERRUPTED, RUNNING

if TYPE_CHECKING:
    from cnnviz.gui.run.sweep_watch import SweepState
    from cnnviz.sweeps.results import Result
    from cnnviz.sweeps.watching import SweepSnapshot


def summary(state: SweepState, best: Result | None) -> str:
    """How far the sweep is, and its best trial."""
    snapshot = state.snapshot
    if snapshot is None:
        return QCoreApplication.translate("SweepPage", "The sweep is starting …") if state.running else ""
    done = snapshot.ended
    if snapshot.trials_wanted > done:
        trials = QCoreApplication.translate("SweepPage", "{done} of {most} trials").format(
            done=grouped(done), most=grouped(snapshot.trials_wanted)
        )
    else:
        trials = counted("{count} trials", "1 trial", done)
    parts = [trials]
    if best is not None and best.accuracy is not None:
        template = QCoreApplication.translate("SweepPage", "best {accuracy} by trial {number}")
        parts.append(template.format(accuracy=accuracy_text(best.accuracy), number=grouped(best.number)))
    running, interrupted = (sum(each.state == kind for each in snapshot.results) for kind in (RUNNING, INTERRUPTED))
    if interrupted:
        template = QCoreApplication.translate("SweepPage", "{count} interrupted")
        parts.append(template.format(count=grouped(interrupted)))
    if running:
        template = (
            QCoreApplication.translate("SweepPage", "{count} under way when it could last be read")
            if state.failure
            else QCoreApplication.translate("SweepPage", "{count} under way")
        )
        parts.append(template.format(count=grouped(running)))
        if silent := max(each.silent for each in snapshot.results):
            parts.append(counted("not heard of for {count} minutes", "not heard of for 1 minute", silent))
    elif state.running and snapshot.trials_wanted > done:
        parts.append(QCoreApplication.translate("SweepPage", "starting"))
    return " · ".join(parts)


def trouble(state: SweepState) -> str:
    """Why the sweep cannot be read, or why its process has ended early; empty if all is well."""
    if state.running and state.snapshot is None:
        # its storage is made a moment after the process has started
        return ""
    snapshot = state.snapshot
    if state.last_line and not state.running and (snapshot is None or snapshot.ended < snapshot.trials_wanted):
        template = QCoreApplication.translate("SweepPage", "The process of this sweep has ended: {reason}")
        return template.format(reason=state.last_line)
    return state.failure


def trial(each: Result) -> str:
    """A trial on one line."""
    number = QCoreApplication.translate("SweepPage", "Trial {number}").format(number=grouped(each.number))
    accuracy = "" if each.accuracy is None else accuracy_text(each.accuracy)
    values = (f"{target} {written(value)}" for target, value in each.values.items())
    state = "" if each.complete else QCoreApplication.translate("SweepPage", STATES.get(each.state, ""))
    return " · ".join(filter(None, (number, accuracy, state, *values)))


def why_no_importance(snapshot: SweepSnapshot, least: int) -> str:
    """Why nothing can be said about what mattered."""
    complete = sum(each.complete for each in snapshot.results)
    if complete < least:
        return counted(
            "What mattered can be said after {count} complete trials; complete so far: {there}.",
            "What mattered can be said after 1 complete trial; complete so far: {there}.",
            least,
            there=complete,
        )
    return QCoreApplication.translate("SweepPage", "The complete trials do not differ enough to say what mattered.")


def why_empty(*, kept: bool, chosen: bool) -> str:
    """Why the page shows nothing."""
    if chosen:
        return QCoreApplication.translate("SweepPage", "There are no trials yet.")
    if kept:
        return QCoreApplication.translate("SweepPage", "Choose a sweep above.")
    return QCoreApplication.translate(
        "SweepPage",
        "There is no sweep yet. “New sweep …” tries many settings of this network; each trial is a run like any other.",
    )
