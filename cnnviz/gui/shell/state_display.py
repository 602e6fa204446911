"""Shows the state of project and training in the window: title, top bar, status line, and enabled commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from cnnviz.gui.shell.hindrance import hindrance
from cnnviz.gui.shell.play_tip import begins_anew
from cnnviz.gui.widgets.plain import menu_text, title_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.actions import Actions
    from cnnviz.gui.run.forecast import Forecast
    from cnnviz.gui.shell.status_line import StatusLine
    from cnnviz.gui.shell.top_bar import TopBar
    from cnnviz.gui.workbench import Workbench
    from cnnviz.training.channels import Status


class StateDisplay(QObject):
    """Updates title, top bar, status line and commands after each change of project, file, run or forecast."""

    def __init__(
        self,
        window: QWidget,
        bench: Workbench,
        forecast: Forecast,
        parts: tuple[Actions[Any], TopBar, StatusLine],
        explain: Callable[[str], object],
    ) -> None:
        """``explain`` gets the reason why training cannot start, empty if it can."""
        super().__init__(window)
        self._window, self._bench, self._forecast, self._explain = window, bench, forecast, explain
        self._actions, self._top, self._status = parts
        bench.bridge.status.connect(self._show_status)
        bench.bridge.cost.connect(self._status.show_cost)
        bench.editor.changed.connect(lambda *_: self._show_project())
        bench.document.changed.connect(self._show_title)
        bench.selection.changed.connect(self.enable)
        bench.times.changed.connect(self.enable)
        bench.project_run.opening.connect(self._top.set_opening)
        forecast.changed.connect(self._show_project)
        self._show_project()
        self._show_title()

    def enable(self) -> None:
        """Enable the commands that can be used now; the names of undo and redo say what they change."""
        stack = self._bench.editor.undo_stack
        self._actions["undo"].setText(f"{self.tr('&Undo')} {menu_text(stack.undoText())}".strip())
        self._actions["redo"].setText(f"{self.tr('&Redo')} {menu_text(stack.redoText())}".strip())
        self._actions.refresh()

    def _show_project(self) -> None:
        report, status = self._bench.editor.report, self._bench.bridge.session.status
        self._top.show_project(self._bench.editor.project)
        self._status.show_report(report, self._forecast.text())
        self._show_top(status, hindrance(status, report))
        self.enable()

    def _show_status(self, status: Status) -> None:
        self.enable()
        self._show_top(status, hindrance(status, self._bench.editor.report))
        self._status.show_status(status)

    def _show_top(self, status: Status, hindered: str) -> None:
        self._explain(hindered)
        self._top.show_status(status, hindered, anew=begins_anew(self._bench.bridge.recorder, status))

    def _show_title(self) -> None:
        document = self._bench.document
        self._window.setWindowTitle(f"{title_text(document.name)}[*] — cnnviz")
        if (unsaved := document.unsaved) != self._window.isWindowModified():
            self._window.setWindowModified(unsaved)
