"""What shows the trained network says so in its title line while the network on screen is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.gui.robot.person import Person
from cnnviz.project.edits import set_parameter

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


def test_maps_and_kernels_of_the_network_before_a_change_say_so(window: MainWindow) -> None:
    window.resize(1600, 900)
    person, places, editor = Person(window), window.places, window.editor
    said = "before the change"
    window.bridge.session.batches(2)
    person.until_trained(lambda: window.bridge.session.status.step == 2, "two batches")
    person.until(lambda: window.canvas.shows_maps and window.bridge.shown is not None, "maps")
    assert places.middle.before.isHidden() and places.right.before.isHidden()
    editor.apply("Kernel", set_parameter(editor.project, "conv2", "kernel_size", (5, 5)))
    window.show_panel("kernels")
    person.until(places.middle.before.isVisible, "the words")
    assert places.middle.before.text() == said
    assert places.right.before.isVisible() and places.right.before.text() == said
    window.show_panel("settings")
    assert places.right.before.isHidden(), "the settings are those of the changed network"
    window.show_panel("maps")
    assert places.right.before.isVisible()
    window.middle.look_into("conv2")
    assert places.middle.before.isVisible()
    window.middle.to_network()
    window.arrange("build")
    assert places.middle.before.isHidden(), "no maps are shown"
    window.arrange("train_view")
    editor.undo()
    person.until(lambda: places.middle.before.isHidden() and places.right.before.isHidden(), "the words to go")


def test_in_a_narrow_window_the_words_leave_the_microscope_its_path(window: MainWindow) -> None:
    window.resize(960, 600)
    person, middle, editor = Person(window), window.middle, window.editor
    window.bridge.session.batches(2)
    person.until_trained(lambda: window.bridge.session.status.step == 2, "two batches")
    person.until(lambda: window.bridge.shown is not None, "maps")
    editor.apply("Kernel", set_parameter(editor.project, "conv2", "kernel_size", (5, 5)))
    middle.look_into("conv1")
    before = window.places.middle.before
    person.until(lambda: window.places.right.before.isVisible() and before.width() == 0, "the layout")
    middle.to_network()
    person.until(lambda: before.width() >= before.sizeHint().width(), "the words")
