"""The windows of recorded runs: a run that belongs to no open window is shown, or gone on with, in one of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cnnviz.gui.run.run_names import listed_folder
from cnnviz.gui.widgets.front import bring_to_front
from cnnviz.training.changes import same_layers
from cnnviz.training.channels import MOVING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.run.going_on import Command
    from cnnviz.project.project import Project
    from cnnviz.runs.continuing import RecordedStart


class RunWindows:
    """Shows recorded runs in windows of their networks. A window that has a run is brought to the front for it."""

    def __init__(
        self, windows: Callable[[], Sequence[MainWindow]], open_window: Callable[[Project], MainWindow]
    ) -> None:
        self._windows, self._open_window = windows, open_window
        self._opened: dict[MainWindow, Path] = {}
        """The runs for which windows were opened."""

    def look(self, run: Path, project: Project, panel: str = "curves") -> MainWindow:
        """Show a run of ``project`` with a panel in front; returns its window."""
        if (window := next(iter(self._having(run, project)), None)) is not None:
            bring_to_front(window)
            window.bench.show_run(run, panel)
            return window
        window = self._open(run, project)
        window.painted.connect(partial(window.bench.show_run, run, panel))
        return window

    def begin(self, start: RecordedStart, project: Project, command: Command) -> None:
        """Begin a run from a moment of a run of ``project``, and carry out ``command`` with its window. A window that
        trains is left alone."""
        having = self._having(start.folder, project)
        window = next((window for window in having if window.bridge.session.status.state not in MOVING), None)
        if window is not None:
            bring_to_front(window)
            window.bench.going_on.begin(start, command)
            return
        window = self._open(start.folder, project)
        window.painted.connect(partial(window.bench.going_on.begin, start, command))

    def _open(self, run: Path, project: Project) -> MainWindow:
        from cnnviz.runs.summary import name_in

        window = self._open_window(project)
        self._opened[window] = run
        window.closed.connect(lambda _: self._opened.pop(window, None))
        window.document.comes_from(name_in(run))
        window.arrange("train_view")
        return window

    def _having(self, run: Path, project: Project) -> list[MainWindow]:
        """The windows that were opened for a run of ``project``, show it or train it, and still draw its network."""
        found = []
        for window in self._windows():
            present = listed_folder(window.bridge.recorder, window.bridge.session.status.run)
            if run in (self._opened.get(window), window.bench.past.folder, present):
                found.append(window)
        return [each for each in found if same_layers(project.network, each.editor.project.network)]
