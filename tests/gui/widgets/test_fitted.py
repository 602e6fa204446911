"""Pictures that are not square keep their proportions in square frames; names beside them have room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from cnnviz.gui.panels.points.pointed import PointedImage
from cnnviz.gui.theme import DARK
from cnnviz.gui.widgets.example_strip import ExampleStrip
from cnnviz.gui.widgets.fitted import draw_fitted, fitted
from cnnviz.gui.widgets.gallery import WIDEST_TEXT, Caption, Gallery
from cnnviz.gui.widgets.pixel_image import PixelImage
from cnnviz.gui.widgets.plain import PlainLabel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MAGENTA = np.broadcast_to(np.array([255, 0, 255], np.uint8)[:, None, None], (1, 3, 48, 64)).copy()
"""A picture of 48 x 64 pixels in a colour that the program does not have."""


def test_a_wide_and_a_high_picture_lie_in_the_middle() -> None:
    frame = QRect(10, 20, 40, 40)
    wide, scale = fitted(QImage(64, 32, QImage.Format.Format_RGB32), frame)
    assert (wide.getRect(), scale) == ((10, 30, 40, 20), 0.625)
    high, _ = fitted(QImage(32, 64, QImage.Format.Format_RGB32), frame)
    assert high.getRect() == (20, 20, 20, 40)


STRIPES = np.zeros((1, 400, 200), np.uint8)
"""A high picture of white and black rows, which is grey from afar."""
STRIPES[:, ::2] = 255


def has_grey(picture: QImage) -> bool:
    middle = picture.width() // 2, picture.height() // 2
    return 60 < picture.pixelColor(*middle).red() < 200


def test_a_picture_that_is_larger_than_its_frame_is_reduced_by_averaging(qtbot: QtBot) -> None:
    pixmap = QPixmap(40, 40)
    pixmap.fill(Qt.GlobalColor.red)
    stripes = QImage(STRIPES.tobytes(), 200, 400, 200, QImage.Format.Format_Grayscale8)
    with QPainter(pixmap) as painter:
        assert draw_fitted(painter, stripes, pixmap.rect()).getRect() == (10, 0, 20, 40)
    assert has_grey(pixmap.toImage())
    pointed = PointedImage()
    qtbot.addWidget(pointed)
    pointed.show_image(STRIPES, "")
    (label, *_) = pointed.findChildren(PlainLabel)
    assert has_grey(label.pixmap().toImage())
    sample = PixelImage(DARK)
    qtbot.addWidget(sample)
    sample.show_pixels(STRIPES)
    sample.resize(40, 40)
    assert has_grey(sample.grab(sample.frame().toRect()).toImage())


def magenta(picture: QImage) -> tuple[int, int]:
    """Width and height of the magenta box of a picture."""
    spots = [
        (x, y)
        for y in range(picture.height())
        for x in range(picture.width())
        if picture.pixelColor(x, y) == QColor("magenta")
    ]
    across, down = zip(*spots, strict=True)
    return max(across) - min(across) + 1, max(down) - min(down) + 1


def test_the_gallery_keeps_the_proportions(qtbot: QtBot) -> None:
    gallery = Gallery(DARK)
    qtbot.addWidget(gallery)
    gallery.resize(160, 80)
    gallery.images.set_rows(None, np.array([0]), MAGENTA, (), lambda _: Caption("", "", "", True, ""))
    wide, high = magenta(gallery.grab().toImage())
    assert high / wide == pytest.approx(48 / 64, abs=0.06)


def test_the_gallery_has_room_for_whole_names(qtbot: QtBot) -> None:
    for name in ("triangles", "circles of many colours", "automobile", "Kätzchen"):
        gallery = Gallery(DARK)
        qtbot.addWidget(gallery)
        gallery.show_images(None, np.array([0]), MAGENTA, (name,))
        metrics = gallery.fontMetrics()
        room = gallery._tile.text - metrics.horizontalAdvance(" (100 %)")
        # names up to the greatest width
        whole = metrics.horizontalAdvance(name) + metrics.horizontalAdvance(" (100 %)") < WIDEST_TEXT
        assert (metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room) == name) == whole


def test_the_examples_of_augmentation_keep_the_proportions(qtbot: QtBot) -> None:
    strip = ExampleStrip(DARK)
    qtbot.addWidget(strip)
    strip.resize(300, 160)
    strip.set_images(MAGENTA)
    with qtbot.waitSignal(strip.drawn):
        strip.show()
    rows = strip._rows
    wide, high = magenta(rows.grab().copy(0, 0, rows.width(), rows.height() // 2).toImage())
    assert high / wide == pytest.approx(48 / 64, abs=0.06)
