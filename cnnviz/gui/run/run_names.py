"""How the runs of a window and of the library are named, and how their learning rates are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from cnnviz.files import shown
from cnnviz.gui.language import text
from cnnviz.gui.localized import grouped, rounded
from cnnviz.gui.run.changed_names import listed

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.runs.recorder import Recorder
    from cnnviz.runs.summary import RunSummary
    from cnnviz.training.events import RunResumed

RATE_DIGITS = 4
MOST_NEWS = 3
"""The most differences from the run before that are named beside a run."""


def listed_folder(recorder: Recorder | None, run: int) -> Path | None:
    """The folder of the run of the library that a run of the session is; None if the library does not list it.

    A run that was reopened is the recorded one until it is trained.
    """
    if recorder is None:
        return None
    beginning = untrained_beginning(recorder, run)
    reopened = beginning is not None and beginning.origin is not None and beginning.origin.reopened
    return recorder.folders.get(run) or (recorder.folder(run) if reopened else None)


def untrained_beginning(recorder: Recorder | None, run: int) -> RunResumed | None:
    """The beginning of a run of the session that continues another one and has not been trained since, else None."""
    return None if recorder is None else recorder.resumed.untrained(run)


def session_run_name(recorder: Recorder | None, run: int) -> str:
    """The name of a run of the session, which is that in the library.

    A run that begins at a recorded moment and has not been trained since is named after that moment, one that was
    opened from a folder after the folder, any other that is not recorded by its number: ``run 2``.
    """
    from cnnviz.runs.summary import name_in

    translate = QCoreApplication.translate
    if (folder := listed_folder(recorder, run)) is not None:
        return name_in(folder)
    beginning = untrained_beginning(recorder, run)
    if recorder is not None and beginning is not None:
        if beginning.folder is not None:
            return shown(beginning.folder.name)
        if (source := recorder.folder(run)) is not None:
            name = translate("RunNames", "{run}, new from step {step}")
            return name.format(run=name_in(source), step=grouped(beginning.step))
    return translate("RunNames", "run %d") % run


def is_lasting(recorder: Recorder | None, run: int) -> bool:
    """Whether a run of the session is on disk, as it is now, or can be begun again from there."""
    return untrained_beginning(recorder, run) is not None or (recorder is not None and recorder.records(run))


def is_deleted(recorder: Recorder | None, run: int) -> bool:
    """Whether a run of the session was recorded and its folder is gone, as into the trash."""
    folder = None if recorder is None else recorder.folders.get(run)
    return folder is not None and not folder.is_dir()


def news(run: RunSummary) -> str:
    """What is new in a run, in a few words: ``from step 120, rate 0.05``; empty without an earlier run."""
    return listed([text(sentence) for sentence in run.context.news], MOST_NEWS)


def rates(run: RunSummary) -> str:
    """The learning rate of a run: ``0.01``, or ``0.01 → 0.001`` if it was changed while training."""
    return " → ".join(rounded(rate, RATE_DIGITS) for rate in run.learning_rates)
