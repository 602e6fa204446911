"""Drawing a sample: by mouse, finger, pen and keyboard alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QEventPoint, QInputDevice, QPointingDevice, QTabletEvent, QTouchEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.data.drawing import as_image, region_on_sheet
from cnnviz.data.ink import draw_line
from cnnviz.gui.panels.sample.panel import DRAW, PICK, SamplePanel
from cnnviz.gui.panels.sample.strokes import Tool
from cnnviz.gui.theme import DARK
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from cnnviz.gui.panels.sample.surface import DrawingSurface

MakeSnapshot = Callable[..., Snapshot]
MakeSamplePanel = Callable[..., SamplePanel]
LEFT, Key, Held = Qt.MouseButton.LeftButton, Qt.Key, Qt.KeyboardModifier
SEVEN = ((60, 70), (200, 70), (120, 230))
"""The corners of a 7, on a sheet of 280 pixels."""


@pytest.fixture
def panel(sample_panel: MakeSamplePanel) -> SamplePanel:
    panel = sample_panel(190, 640, np.random.default_rng(0).integers(1, 256, (30, 1, 28, 28), np.uint8))
    panel.show_page(DRAW)
    panel.focus_page()
    return panel


@pytest.fixture
def surface(panel: SamplePanel) -> DrawingSurface:
    return panel.drawing.surface


def at(surface: DrawingSurface, point: tuple[float, float]) -> QPoint:
    return surface.place(point).toPoint()


def by_mouse(surface: DrawingSurface) -> None:
    QTest.mousePress(surface, LEFT, pos=at(surface, SEVEN[0]))
    for corner in SEVEN[1:]:
        QTest.mouseMove(surface, at(surface, corner))
    QTest.mouseRelease(surface, LEFT, pos=at(surface, SEVEN[-1]))


def by_finger(surface: DrawingSurface) -> None:
    finger = QTest.createTouchDevice()

    def touch(kind: QEvent.Type, state: QEventPoint.State, corner: tuple[float, float]) -> None:
        place = at(surface, corner)
        point = QEventPoint(0, state, QPointF(place), QPointF(surface.mapToGlobal(place)))
        QApplication.sendEvent(surface, QTouchEvent(kind, finger, Held.NoModifier, [point]))

    touch(QEvent.Type.TouchBegin, QEventPoint.State.Pressed, SEVEN[0])
    for corner in SEVEN[1:]:
        touch(QEvent.Type.TouchUpdate, QEventPoint.State.Updated, corner)
    touch(QEvent.Type.TouchEnd, QEventPoint.State.Released, SEVEN[-1])


def send_tablet(surface: DrawingSurface, kind: QEvent.Type, place: QPoint, *, eraser: bool = False) -> None:
    end = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
    device = QPointingDevice("pen", 7, QInputDevice.DeviceType.Stylus, end, QInputDevice.Capability.Position, 1, 3)
    pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else LEFT
    event = QTabletEvent(
        kind,
        device,
        QPointF(place),
        QPointF(surface.mapToGlobal(place)),
        0.5,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        Held.NoModifier,
        LEFT,
        pressed,
    )
    QApplication.sendEvent(surface, event)
    assert event.isAccepted()


def by_tablet(surface: DrawingSurface) -> None:
    send_tablet(surface, QEvent.Type.TabletPress, at(surface, SEVEN[0]))
    for corner in SEVEN[1:]:
        send_tablet(surface, QEvent.Type.TabletMove, at(surface, corner))
    send_tablet(surface, QEvent.Type.TabletRelease, at(surface, SEVEN[-1]))


def by_keyboard(surface: DrawingSurface) -> None:
    def go(down: int, right: int) -> None:
        for key, count in ((Key.Key_Up, -down), (Key.Key_Down, down), (Key.Key_Left, -right), (Key.Key_Right, right)):
            for _ in range(count):
                QTest.keyClick(surface, key)

    # from the middle, in steps of 10 pixels of the sheet
    go(-7, -8)
    QTest.keyClick(surface, Key.Key_Space)
    go(0, 14)
    for _ in range(8):
        go(2, -1)
    QTest.keyClick(surface, Key.Key_Space)


@pytest.mark.parametrize("draw", [by_mouse, by_finger, by_tablet, by_keyboard])
def test_a_seven_is_drawn_alike_by_all_means(
    panel: SamplePanel, surface: DrawingSurface, draw: Callable[[DrawingSurface], None]
) -> None:
    chosen: list[Sample] = []
    panel.sampleChosen.connect(chosen.append)
    draw(surface)
    wanted = np.zeros((280, 280), np.uint8)
    for start, end in pairwise(SEVEN):
        draw_line(wanted, start, end, surface.strokes.width())
    likeness = np.corrcoef(surface.drawing.sheet.ravel(), wanted.ravel())[0, 1]
    assert likeness > 0.85
    assert len(chosen) >= 3 and all(one.unfinished for one in chosen[:-1]) and not chosen[-1].unfinished
    assert chosen[-1].label is None and chosen[-1].index is None and chosen[-1].split == "drawn"
    assert np.array_equal(chosen[-1].image, as_image(surface.drawing.sheet, (1, 28, 28)))
    shown = panel.drawing.exact.pixels()
    assert shown is not None and np.array_equal(shown, chosen[-1].image[0])
    QTest.keyClick(surface, Key.Key_Z, Held.ControlModifier)
    assert surface.drawing.empty


def test_the_other_end_of_a_pen_erases(surface: DrawingSurface) -> None:
    by_mouse(surface)
    place = at(surface, SEVEN[1])
    send_tablet(surface, QEvent.Type.TabletPress, place, eraser=True)
    send_tablet(surface, QEvent.Type.TabletRelease, place, eraser=True)
    assert surface.drawing.sheet[70, 200] == 0 and surface.drawing.sheet[70, 80] == 255
    assert surface.strokes.tool is Tool.PEN


@pytest.mark.parametrize(("height", "side"), [(306, 108), (430, 110), (520, 140), (800, 180)])
def test_the_drawing_is_large_in_a_low_window_too_and_nothing_lies_upon_it(
    sample_panel: MakeSamplePanel, qtbot: QtBot, height: int, side: int
) -> None:
    panel = sample_panel(190, height)
    panel.show_page(DRAW)
    page = panel.drawing
    qtbot.waitUntil(lambda: page.surface.width() >= side)
    others = (page.exact, *page.tools.values(), page.invert, page.undo, page.redo, page.clear, page.open)
    framed = [QRect(part.mapTo(page, QPoint()), part.size()) for part in (page.surface, *others)]
    assert all(page.rect().contains(frame) for frame in framed)
    assert not any(first.intersects(second) for at, first in enumerate(framed) for second in framed[at + 1 :])


def test_the_keys_of_the_drawing_are_its_own(surface: DrawingSurface) -> None:
    by_mouse(surface)
    drawn = surface.drawing.sheet
    QTest.keyClick(surface, Key.Key_Right, Held.ControlModifier)
    assert np.array_equal(surface.drawing.sheet[:, 10:], drawn[:, :-10])
    QTest.keyClicks(surface, "i")
    assert surface.drawing.sheet[0, 0] == 255
    QTest.keyClick(surface, Key.Key_Delete)
    assert surface.drawing.empty
    for _ in range(3):
        QTest.keyClick(surface, Key.Key_Z, Held.ControlModifier)
    assert np.array_equal(surface.drawing.sheet, drawn)
    QTest.keyClick(surface, Key.Key_Y, Held.ControlModifier)
    QTest.keyClick(surface, Key.Key_Z, Held.ControlModifier | Held.ShiftModifier)
    assert surface.drawing.sheet[0, 0] == 255
    wide = surface.strokes.width()
    QTest.keyClicks(surface, "++-")
    assert surface.strokes.width() > wide
    tools = []
    for key in "emp":
        QTest.keyClicks(surface, key)
        tools.append(surface.strokes.tool)
    assert tools == [Tool.ERASER, Tool.MOVE, Tool.PEN]


def test_the_buttons_do_what_they_say(panel: SamplePanel, surface: DrawingSurface) -> None:
    page = panel.drawing
    assert not any(button.isEnabled() for button in (page.undo, page.redo, page.clear, page.invert))
    by_mouse(surface)
    assert page.undo.isEnabled() and page.clear.isEnabled() and not page.redo.isEnabled()
    page.clear.click()
    assert surface.drawing.empty and not page.clear.isEnabled()
    page.undo.click()
    assert not surface.drawing.empty and page.redo.isEnabled()
    page.tools[Tool.ERASER].click()
    assert surface.strokes.tool is Tool.ERASER


def test_an_empty_drawing_has_no_answer(
    panel: SamplePanel, surface: DrawingSurface, make_snapshot: MakeSnapshot
) -> None:
    sample = panel.sample()
    assert sample is not None and sample.blank and panel.says() == "nothing drawn: no answer"
    assert "The maps are those of an empty sheet." in panel.answer.note.text()
    by_mouse(surface)
    drawn = panel.sample()
    assert drawn is not None and not drawn.blank
    panel.show_snapshot(replace(make_snapshot(), sample=drawn))
    assert panel.bars.answer() is not None and "predicts" in panel.says()
    assert f"color:{DARK.text}" in panel.says() and "empty sheet" not in panel.answer.note.text()
    QTest.keyClick(surface, Key.Key_Delete)
    assert panel.bars.answer() is None and panel.says() == "nothing drawn: no answer"
    panel.clear_snapshot()
    assert panel.says() == "nothing drawn: no answer"


def test_the_answer_follows_an_image_of_which_the_maps_are_chosen_again(
    panel: SamplePanel, surface: DrawingSurface, make_snapshot: MakeSnapshot
) -> None:
    by_mouse(surface)
    sample = panel.sample()
    assert sample is not None
    panel.show_snapshot(replace(make_snapshot(), sample=replace(sample)))
    assert panel.bars.answer() is not None


def test_going_back_to_picking_and_to_the_drawing_keeps_both(panel: SamplePanel, surface: DrawingSurface) -> None:
    by_mouse(surface)
    drawn = panel.sample()
    panel.show_page(PICK)
    picked = panel.sample()
    assert picked is not None and picked.index == 0 and panel.image.isVisible() and not surface.isVisible()
    panel.show_page(DRAW)
    again = panel.sample()
    assert drawn is not None and again is not None and np.array_equal(drawn.image, again.image)
    panel.show_sample(Sample(picked.image, 3, 5))
    assert panel.page() == PICK and panel.says().startswith("label")


def test_images_that_come_while_something_is_drawn_can_be_picked_later(qtbot: QtBot) -> None:
    panel = SamplePanel(DARK)
    qtbot.addWidget(panel)
    panel.show_page(DRAW)
    panel.set_images(np.ones((3, 1, 28, 28), np.uint8), np.arange(3), tuple("0123456789"))
    drawn = panel.sample()
    assert drawn is not None and drawn.split == "drawn"
    panel.show_page(PICK)
    picked = panel.sample()
    assert picked is not None and picked.index == 0


def test_what_a_value_sees_is_framed_on_both_pages_and_in_the_drawing(
    panel: SamplePanel, surface: DrawingSurface
) -> None:
    panel.show_region((3, 4, 9, 12))
    assert panel.image.region() == panel.drawing.exact.region() == (3, 4, 9, 12) and surface.region() is None
    by_mouse(surface)
    plain = surface.region()
    assert plain == region_on_sheet(surface.drawing.sheet, (1, 28, 28), (3, 4, 9, 12))
    framed = surface.grab().toImage()
    panel.damage.sliders["noise"].setValue(10)
    assert surface.region() == plain
    # turned, the frame of the image is none of the drawing
    panel.damage.sliders["turn"].setValue(10)
    assert surface.region() is None and panel.drawing.exact.region() == (3, 4, 9, 12)
    assert surface.grab().toImage() != framed
    panel.damage.reset.click()
    assert surface.region() == plain
    panel.show_region(None)
    assert panel.image.region() is None and panel.drawing.exact.region() is None and surface.region() is None


def test_other_inputs_get_a_sheet_of_their_own(panel: SamplePanel, surface: DrawingSurface) -> None:
    by_mouse(surface)
    panel.show_page(PICK)
    picked = panel.sample()
    panel.set_shape((3, 32, 32))
    assert panel.sample() is picked
    panel.show_page(DRAW)
    assert surface.drawing.empty and surface.drawing.sheet.shape == (288, 288)
    by_mouse(surface)
    sample = panel.sample()
    assert sample is not None and sample.image.shape == (3, 32, 32)
    assert np.array_equal(sample.image[0], sample.image[2]) and "32×32" in panel._legend.text()


def test_strokes_and_damage_leave_the_origin_as_it_is_and_another_drawing_has_another(
    panel: SamplePanel, surface: DrawingSurface
) -> None:
    def origin() -> object:
        sample = panel.sample()
        assert sample is not None
        return sample.origin

    by_mouse(surface)
    first = origin()
    by_mouse(surface)
    assert origin() is first
    panel.damage.sliders["noise"].setValue(panel.damage.sliders["noise"].maximum())
    sample = panel.sample()
    assert sample is not None and sample.undamaged is not None and sample.origin is first
    panel.drawing.clear.click()
    by_mouse(surface)
    second = origin()
    assert second is not first
    panel.show_page(PICK)
    picked = origin()
    panel.step(1)
    assert origin() not in (first, second, picked)
