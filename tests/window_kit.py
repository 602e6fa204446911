"""What several tests do with a window: turn the wheel over a part of it, and make all of its panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panel_table import PANELS
from cnnviz.gui.robot.person import Person

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.main_window import MainWindow


def turn_wheel(widget: QWidget, at: QPoint, notches: int) -> None:
    """Turn the wheel over a place of a widget; ``notches`` above 0 turn it away from the user."""
    event = QWheelEvent(
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def make_all_panels(window: MainWindow) -> None:
    """Train three batches, and make every panel of the window."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "the data")
    session.batches(3)
    person.until(lambda: session.status.step >= 3, "three batches")
    for spec in PANELS:
        window.panels.make(spec.id)
