"""The menu Sample goes to its place, whatever is shown there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage

from cnnviz.gui.robot.person import Person

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


@pytest.fixture
def person(window: MainWindow) -> Person:
    person = Person(window)
    person.until(window.sample.sample, "the images")
    return person


def test_drawing_and_picking_from_the_arrangement_for_building(window: MainWindow, person: Person) -> None:
    person.shortcut("build")
    person.shortcut("draw")
    assert window.sample.drawing.surface.isVisible() and window.left.currentWidget() is window.sample
    assert window.focusWidget() is window.sample.drawing.surface
    person.shortcut("build")
    person.shortcut("pick")
    assert window.sample.image.isVisible() and window.focusWidget() is window.sample.image


def test_images_of_the_data_are_walked_through(window: MainWindow, person: Person) -> None:
    person.shortcut("draw")
    for command, index in (("next_image", 1), ("next_image", 2), ("previous_image", 1)):
        person.shortcut(command)
        sample = window.sample.sample()
        assert sample is not None and sample.index == index
    person.shortcut("random_image")
    window.sample.damage.sliders["blur"].setValue(9)
    person.shortcut("reset_damage")
    sample = window.sample.sample()
    assert sample is not None and sample.undamaged is None


def test_the_sliders_of_the_damage_come_into_view_from_everywhere(window: MainWindow, person: Person) -> None:
    damage = window.sample.damage
    damage._section.title.setChecked(False)
    person.shortcut("build")
    person.shortcut("damage")
    first, last = damage.sliders["noise"], damage.sliders["cover"]
    person.until(lambda: not first.visibleRegion().isEmpty() and window.focusWidget() is first, "the first slider")
    window.show_damage("cover")
    person.until(lambda: not last.visibleRegion().isEmpty() and window.focusWidget() is last, "the last slider")


def test_a_picture_of_the_clipboard_becomes_the_drawing(window: MainWindow, person: Person) -> None:
    pixels = np.zeros((60, 40), np.uint8)
    pixels[10:50, 15:22] = 200
    QGuiApplication.clipboard().setImage(QImage(pixels.data, 40, 60, 40, QImage.Format.Format_Grayscale8).copy())
    person.shortcut("paste_picture")
    person.until(lambda: not window.sample.drawing.surface.drawing.empty, "the picture")
    assert not window.sample.drawing.remark.isVisible()
