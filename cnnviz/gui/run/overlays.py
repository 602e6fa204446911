"""The recorded runs whose curves are drawn behind those of the run on screen. They are read on a separate thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from cnnviz.gui.language import text
from cnnviz.gui.localized import percent
from cnnviz.gui.run.run_names import rates
from cnnviz.jobs import Job
from cnnviz.runs.names import shortened
from cnnviz.sentence import Sentence, said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.project.project import Project
    from cnnviz.runs.histories.run_history import RunHistory
    from cnnviz.runs.summary import RunSummary

MOST_RUNS = 10
"""The most runs that are overlaid."""
POLL_MILLISECONDS = 5
ANY_LENGTH = 10_000
"""The most letters of a title where there is room for all of it."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """A run that is overlaid. ``number`` (from 1) is written at its curves; ``about`` are rate and accuracy."""

    number: int
    folder: Path
    name: str
    about: str
    history: RunHistory
    shown: bool = True

    def title(self, most: int = ANY_LENGTH) -> str:
        """The name of the run in at most ``most`` letters, and what is known about it."""
        return " · ".join(part for part in (shortened(self.name, most), self.about) if part)


class Overlays(QObject):
    """``asked`` follows the wish to see more runs, ``changed`` a run that was added, removed, shown or hidden;
    ``failed(str)`` says what cannot be done."""

    asked = Signal()
    changed = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.all: tuple[Overlay, ...] = ()
        self.on_screen: Callable[[], Path | None] = lambda: None
        """Gives the folder of the run on screen, whose curves are drawn anyway; None if it has none."""
        self._job: Job[None, list[tuple[Path, RunSummary, RunHistory]]] | None = None
        self._wanted: list[tuple[Path, RunSummary]] = []
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._take)

    @property
    def shown(self) -> tuple[Overlay, ...]:
        """The runs that are drawn: not hidden, and not the run on screen."""
        drawn = self.on_screen()
        return tuple(overlay for overlay in self.all if overlay.shown and overlay.folder != drawn)

    def add(self, runs: Sequence[tuple[Path, RunSummary]]) -> None:
        """Overlay runs, given with their folders, except the run on screen; hidden ones are shown again."""
        self.asked.emit()
        drawn = self.on_screen()
        others = {folder: summary for folder, summary in runs if folder != drawn}
        if runs and not others:
            self.failed.emit(text(Sentence("The curves of this run are on screen already: overlay others.")))
        overlaid = {overlay.folder for overlay in self.all}
        self._set([replace(overlay, shown=overlay.shown or overlay.folder in others) for overlay in self.all])
        new = [(folder, summary) for folder, summary in others.items() if folder not in overlaid]
        room = MOST_RUNS - len(self.all) - len(self._wanted)
        if len(new) > room:
            self.failed.emit(
                text(Sentence("At most {most} runs are overlaid. Remove some of them first.", most=MOST_RUNS))
            )
        self._wanted += new[: max(0, room)]
        self._read()

    def remove(self, number: int) -> None:
        """Overlay a run no longer."""
        self._set([overlay for overlay in self.all if overlay.number != number])

    def follow_edit(self, old: Project, new: Project) -> None:
        """Overlay runs on other images no longer after an edit that has changed the dataset."""
        if not old.dataset.is_of_same_images(new.dataset):
            projects = ((overlay, overlay.history.project) for overlay in self.all)
            self._set(
                [
                    overlay
                    for overlay, project in projects
                    if project is not None and project.dataset.is_of_same_images(new.dataset)
                ]
            )

    def turn(self, number: int) -> None:
        """Hide a run that is shown, or show it again."""
        self._set([replace(overlay, shown=overlay.shown != (overlay.number == number)) for overlay in self.all])

    def read_names(self) -> None:
        """Read the names of the runs again, because the user has changed one."""
        from cnnviz.runs.summary import name_in

        self._set([replace(overlay, name=name_in(overlay.folder)) for overlay in self.all])

    def close(self) -> bool:
        """End the reading; returns whether it has ended in time."""
        self._timer.stop()
        return self._job is None or self._job.close()

    def _read(self) -> None:
        if self._job is not None or not self._wanted:
            return
        wanted, self._wanted = self._wanted, []
        self._job = Job("cnnviz-overlays", lambda _: _histories(wanted), said).start()
        self._timer.start()

    def _take(self) -> None:
        state = None if self._job is None else self._job.latest
        if state is None or not state.ended:
            return
        self._job = None
        self._timer.stop()
        if state.failure is not None:
            self.failed.emit(text(state.failure.sentence))
        overlays = list(self.all)
        for folder, run, history in state.result or ():
            taken = {overlay.number for overlay in overlays}
            free = next(number for number in range(1, MOST_RUNS + 2) if number not in taken)
            overlays.append(Overlay(free, folder, run.title, _about(run), history))
        self._set(sorted(overlays, key=lambda overlay: overlay.number))
        self._read()

    def _set(self, overlays: Sequence[Overlay]) -> None:
        if list(map(_content, overlays)) != list(map(_content, self.all)):
            self.all = tuple(overlays)
            self.changed.emit()


def _content(overlay: Overlay) -> tuple[int, str, bool]:
    return overlay.number, overlay.name, overlay.shown


def _about(run: RunSummary) -> str:
    """The learning rate, and a later one, and the best validation accuracy, as far as they are known."""
    parts = []
    if run.facts.optimizer:
        rate = rates(run)
        parts.append(QCoreApplication.translate("Overlays", "rate {rate}").format(rate=rate))
    if run.numbers.validation_accuracy is not None:
        parts.append(percent(run.numbers.validation_accuracy))
    return " · ".join(parts)


def _histories(runs: Sequence[tuple[Path, RunSummary]]) -> list[tuple[Path, RunSummary, RunHistory]]:
    from cnnviz.runs.histories.recorded import recorded_history

    return [(folder, run, recorded_history(folder)) for folder, run in runs]
