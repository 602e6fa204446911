"""What waits for an edit to be painted: trials of fixes, and rows of a long list of problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QPushButton

from cnnviz.gui.after_painting import AfterPainting

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class _Painted(QObject):
    """Writes down when a widget paints what was changed."""

    def __init__(self, widget: QPushButton, told: list[str]) -> None:
        super().__init__(widget)
        self._told = told
        widget.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._told.append("painted")
        return False


def test_what_is_changed_is_painted_before_anything_else_begins(qtbot: QtBot) -> None:
    label = QPushButton("before")
    qtbot.addWidget(label)
    label.show()
    qtbot.waitExposed(label)
    told: list[str] = []
    _Painted(label, told)
    later = AfterPainting(0, label)
    later.due.connect(lambda: told.append("due"))

    later.start()
    label.setText("after")
    with qtbot.waitSignal(later.due):
        pass

    assert told[0] == "painted"
    assert told.count("due") == 1


def test_each_start_waits_anew_and_stop_ends_the_wait(qtbot: QtBot) -> None:
    label = QPushButton()
    qtbot.addWidget(label)
    told: list[str] = []
    stopped, started = AfterPainting(0, label), AfterPainting(0, label)
    stopped.due.connect(lambda: told.append("stopped"))
    started.due.connect(lambda: told.append("started"))

    stopped.start()
    stopped.stop()
    started.start()
    started.start()
    with qtbot.waitSignal(started.due):
        pass

    assert told == ["started"]
