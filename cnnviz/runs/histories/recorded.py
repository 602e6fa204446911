"""The history of a run that was recorded."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cnnviz.runs.histories.run_history import RunHistory
from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from pathlib import Path

RUN = 1
"""The number of the run in its own folder."""


def recorded_history(folder: Path) -> RunHistory:
    """The measures of the run in ``folder``; damaged parts are left out."""
    # not at the top of the file: a window that looks at no recorded run needs none of this
    from cnnviz.runs.folder import RunError
    from cnnviz.runs.live_changes import trained_project
    from cnnviz.runs.summary import read_entries, summarize

    history, entries = RunHistory(), read_entries(folder)
    # the curves can be drawn without project and precision
    with suppress(RunError):
        history.add_events([RunStarted(RUN, trained_project(folder, entries.steps, entries.events))])
        history.precision = summarize(folder).facts.precision
    history.add_events(entries.events)
    history.add_metrics(entries.metrics)
    return history
