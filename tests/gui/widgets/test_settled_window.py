"""A window is laid out before it is painted, so that nothing is painted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QMainWindow, QWidget

from cnnviz.gui.widgets.settled_window import SettledWindow

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WAITING = (QEvent.Type.LayoutRequest, QEvent.Type.UpdateLater)


class Ears(QObject):
    """Notes what a widget is told."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.heard: list[QEvent.Type] = []
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.heard.append(event.type())
        return event.type() in WAITING


@pytest.mark.parametrize(("kind", "before"), [(SettledWindow, [*WAITING]), (QMainWindow, [])])
def test_what_waits_for_being_laid_out_has_its_turn_before_the_paint(
    qtbot: QtBot, kind: type[QMainWindow], before: list[QEvent.Type]
) -> None:
    window = kind()
    qtbot.addWidget(window)
    part = QWidget()
    window.setCentralWidget(part)
    with qtbot.waitExposed(window):
        window.show()
    ears = Ears(part)
    for kind_of_event in WAITING:
        QCoreApplication.postEvent(part, QEvent(kind_of_event))
    part.update()
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
    assert ears.heard == [*before, QEvent.Type.Paint]
