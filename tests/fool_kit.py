"""The section FOOL IT of a window, and choices in its boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.robot.person import Person
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.sample.fool_body import FoolBody
    from cnnviz.gui.widgets.choice_box import ChoiceBox


def unfolded(window: MainWindow, batches: int = 2) -> FoolBody:
    """Train a little, and unfold the section."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(batches)
    person.until(lambda: session.status.step == batches and session.status.state is State.PAUSED, "training")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == batches, "the snapshot")
    person.shortcut("fool")
    body = window.sample.fool.body()
    person.until(lambda: body._found is not None, "the adversarial image")
    return body


def choose(box: ChoiceBox, data: object) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())
