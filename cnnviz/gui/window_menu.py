"""The menu of all open windows; also whether a window may be reused for another project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from cnnviz.gui.widgets.front import bring_to_front
from cnnviz.gui.widgets.plain import menu_text
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction

    from cnnviz.gui.main_window import MainWindow


class WindowMenu(QMenu):
    """Lists the ``windows`` when it is opened, with its own window checked; choosing a window brings it to the
    front."""

    def __init__(self, own: MainWindow, windows: Callable[[], Sequence[MainWindow]]) -> None:
        bar = own.menuBar()
        super().__init__(bar)
        self.setTitle(self.tr("&Window"))
        self._windows = windows
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._show)
        # before the last menu, Help
        bar.insertMenu(bar.actions()[-1], self)

    def fill(self) -> None:
        """List the open windows."""
        self.clear()
        for place, window in enumerate(self._windows()):
            sign = " •" if window.document.unsaved else ""
            action = self.addAction(menu_text(window.document.name) + sign)
            # the action does not hold the window itself, so that a closed window is freed
            action.setData(place)
            action.setCheckable(True)
            action.setChecked(window.menuBar() is self.parent())

    def _show(self, action: QAction) -> None:
        bring_to_front(self._windows()[action.data()])


def untouched(window: MainWindow) -> bool:
    """Whether the window is unchanged since it was opened with a template network."""
    status = window.bridge.session.status
    return (
        window.document.path is None
        and window.editor.undo_stack.count() == 0
        and not window.document.unsaved
        and status.state is State.UNTRAINED
        and not status.begun
        and not window.keeper.unkept
    )
