"""The parts of the Excites tab: frames, classes, and tiles, without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from inspection_kit import moment_of
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from cnnviz.data.catalogue import Split
from cnnviz.gui.panels.excites import state
from cnnviz.gui.panels.excites.tiles import Tiles
from cnnviz.gui.theme import DARK
from cnnviz.inspection.studies.climbing import climb
from cnnviz.inspection.studies.exciting import excite
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


NETWORK = chain(
    ("input", Input((1, 12, 12), (0.5,), (0.25,))),
    ("conv1", Conv2d(3, (3, 3), padding=(1, 1))),
    ("relu", ReLU()),
    ("pool", MaxPool2d((2, 2), (2, 2))),
    ("conv2", Conv2d(4, (3, 3))),
    ("flat", Flatten()),
    ("fc", Dense(10)),
    ("output", Output()),
)
LEFT = Qt.MouseButton.LeftButton


def random_images(count: int) -> Split:
    rng = np.random.default_rng(0)
    return Split(rng.integers(0, 256, (count, 1, 12, 12), np.uint8), rng.integers(0, 10, count))


@pytest.mark.parametrize("node", ["conv1", "pool", "conv2", "fc"])
def test_frames_hold_the_pixels_that_make_the_value_nan(node: str) -> None:
    moment, images = moment_of(NETWORK), random_images(30)
    found = excite(moment, images, node, lambda _: None, lambda: False)
    assert found is not None
    module = build_with(moment.network, moment.shapes, moment.tensors)
    for one in state.examples(found, moment, images.labels, "strongest", 1)[:4]:
        probes = torch.from_numpy(images.images[one.image]).float().div(255).repeat(144, 1, 1, 1)
        probes[torch.arange(144), 0, torch.arange(144) // 12, torch.arange(144) % 12] = float("nan")
        with torch.no_grad():
            maps = module.output(probes, node).reshape(144, *found.shape)
        reached = maps[:, 1, one.place.row, one.place.column].isnan().reshape(12, 12).nonzero()
        (top, left), (bottom, right) = reached.amin(0).tolist(), reached.amax(0).tolist()
        assert one.region == (top, left, bottom + 1, right + 1)


def test_of_many_classes_those_with_the_highest_means_are_shown() -> None:
    moment, images = moment_of(NETWORK), random_images(400)
    many = Split(images.images, np.arange(400))
    found = excite(moment, many, "conv2", lambda _: None, lambda: False)
    assert found is not None
    means = state.class_means(found, 2)
    assert means.of == 400 and len(means.classes) == state.MOST_CLASSES
    assert list(means.means) == sorted(found.means[:, 2].tolist(), reverse=True)[: state.MOST_CLASSES]


def test_tiles_are_chosen_by_click_and_by_keys_and_show_only_full_rows(qtbot: QtBot) -> None:
    moment, images = moment_of(NETWORK), random_images(30)
    found = excite(moment, images, "conv1", lambda _: None, lambda: False)
    assert found is not None
    tiles = Tiles(DARK, lambda one: f"image {one.image}")
    qtbot.addWidget(tiles)
    tiles.resize(255, tiles.heightForWidth(255))
    shown = state.examples(found, moment, images.labels, "strongest", 0)
    tiles.show_examples(shown, images.images, patches=False)
    chosen: list[int] = []
    entered: list[int] = []
    tiles.chosen.connect(chosen.append)
    tiles.entered.connect(entered.append)
    QTest.mouseClick(tiles, LEFT, pos=tiles.tile(6).center())
    QTest.keyClick(tiles, Qt.Key.Key_Up)
    QTest.keyClick(tiles, Qt.Key.Key_Return)
    assert chosen == [6, 1] and entered == [1]
    assert tiles.accessibleDescription() == f"image {shown[1].image}"
    # five in a row, three rows: two of the eighteen images would stand alone in a fourth
    assert tiles.tile(5).top() > tiles.tile(4).top()
    QTest.mouseClick(tiles, LEFT, pos=tiles.tile(15).center())
    assert chosen == [6, 1]
    frame = tiles.frame(0)
    region = shown[0].region
    assert frame is not None and region is not None
    assert frame.width() / tiles.tile(0).width() == pytest.approx((region[3] - region[1]) / 12)
    tiles.show_examples(shown, images.images, patches=True)
    assert tiles.frame(0) is None


def test_colour_images_have_their_colours_and_made_ones_too(qtbot: QtBot) -> None:
    network = chain(
        ("input", Input((3, 8, 8), (0.5,), (0.25,))),
        ("flat", Flatten()),
        ("fc", Dense(1000)),
        ("output", Output()),
    )
    moment, images = moment_of(network), np.zeros((20, 3, 8, 8), np.uint8)
    images[:, 0], images[:, 1] = 200, np.arange(20)[:, None, None]
    split = Split(images, np.arange(20))
    found = excite(moment, split, "fc", lambda _: None, lambda: False)
    made = climb(moment, "fc", 999, "value", 0, lambda _: None, lambda: False)
    assert found is not None and made is not None
    tiles = Tiles(DARK, lambda one: str(one.label))
    qtbot.addWidget(tiles)
    tiles.resize(255, 220)

    def colour() -> tuple[int, int, int]:
        """Of the first image the first pixel."""
        pixel = tiles.grab().toImage().pixelColor(tiles.tile(0).topLeft() + QPoint(3, 3))
        return pixel.red(), pixel.green(), pixel.blue()

    shown = state.examples(found, moment, split.labels, "strongest", 999)
    tiles.show_examples(shown, images, patches=False)
    assert colour() == (200, shown[0].image, 0)
    tiles.show_examples((state.example_made(made, found, moment, 999),), made.image[None], patches=False)
    assert colour() == tuple(made.image[:, 0, 0].tolist()) and made.value > shown[0].value
