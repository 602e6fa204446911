"""A window in which the microscope can be opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.robot.person import Person
from cnnviz.inspection.answers.values import ValuesOf
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


def looked_into(application: Application) -> MainWindow:
    """A window with the tutorial's network, arranged for looking, with conv2 selected and its values known."""
    window = application.open_window(TEMPLATES["pytorch-tutorial"].project())
    window.resize(1600, 1000)
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "a first snapshot")
    person.shortcut("look")
    person.click_node("conv2")
    person.until(lambda: known(window, "conv2"), "the values of conv2")
    return window


def known(window: MainWindow, node: str) -> bool:
    """Whether the window has the values of a node."""
    shown = window.bridge.shown
    return shown is not None and shown.answer(ValuesOf(node)) is not None
