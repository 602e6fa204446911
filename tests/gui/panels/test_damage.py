"""Damage to the sample: sliders, a square that is dragged, undo, reset, and what it did to the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.data.damage import Damage, damaged
from cnnviz.gui.panels.sample.damage_kinds import KINDS
from cnnviz.gui.panels.sample.panel import DRAW, SamplePanel
from cnnviz.gui.theme import DARK
from cnnviz.inspection.answers.prediction import NetworkOutput, Prediction
from cnnviz.inspection.answers.undamaged import UndamagedOutput
from cnnviz.inspection.moment import Sample
from cnnviz.inspection.snapshot import Snapshot

if TYPE_CHECKING:
    from cnnviz.gui.panels.sample.damage_part import DamagePart

MakeSnapshot = Callable[..., Snapshot]
MakeSamplePanel = Callable[..., SamplePanel]
LEFT, Key, Held = Qt.MouseButton.LeftButton, Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def panel(sample_panel: MakeSamplePanel) -> SamplePanel:
    return sample_panel(220, 900, np.random.default_rng(0).integers(0, 256, (30, 1, 28, 28), np.uint8))


@pytest.fixture
def part(panel: SamplePanel) -> DamagePart:
    return panel.damage


def now(panel: SamplePanel) -> Sample:
    sample = panel.sample()
    assert sample is not None
    return sample


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.field)
def test_every_slider_damages_and_is_reset_by_its_value(panel: SamplePanel, kind: object, part: DamagePart) -> None:
    field: str = kind.field  # type: ignore[attr-defined]
    slider, reset = part.sliders[field], part.resets[field]
    whole = now(panel)
    assert whole.undamaged is None and not reset.isEnabled()
    slider.setFocus()
    for _ in range(4):
        QTest.keyClick(slider, Key.Key_Right)
    sample = now(panel)
    assert sample.undamaged is whole.image and sample.label == whole.label and sample.index == whole.index
    assert getattr(part.damage, field) != getattr(Damage(), field)
    assert np.array_equal(sample.image, damaged(whole.image, part.damage)) and sample.image is not whole.image
    shown = panel.image.pixels()
    assert shown is not None and np.array_equal(shown, sample.image[0])
    reset.click()
    assert part.damage == Damage() and np.array_equal(now(panel).image, whole.image) and now(panel).undamaged is None
    part.undo.click()
    assert np.array_equal(now(panel).image, sample.image)


def test_a_slider_that_is_dragged_is_one_step(panel: SamplePanel, part: DamagePart) -> None:
    chosen: list[Sample] = []
    panel.sampleChosen.connect(chosen.append)
    slider = part.sliders["turn"]
    slider.setSliderDown(True)
    for value in (1, 3, 8):
        slider.setValue(value)
    slider.setSliderDown(False)
    assert [one.unfinished for one in chosen] == [True, True, True, False]
    part.sliders["noise"].setValue(5)
    assert (part.damage.turn, part.damage.noise) == (24.0, 0.1)
    part.undo.click()
    assert (part.damage.turn, part.damage.noise) == (24.0, 0.0) and slider.value() == 8
    part.undo.click()
    assert part.damage == Damage() and not part.undo.isEnabled()
    part.redo.click()
    part.redo.click()
    assert (part.damage.turn, part.damage.noise) == (24.0, 0.1)
    part.reset.click()
    assert part.damage == Damage() and not part.reset.isEnabled()


def test_undo_by_key_is_that_of_the_damage(part: DamagePart) -> None:
    slider = part.sliders["blur"]
    slider.setFocus()
    QTest.keyClick(slider, Key.Key_Right)
    assert part.damage.blur == pytest.approx(0.1)
    QTest.keyClick(slider, Key.Key_Z, Held.ControlModifier)
    assert part.damage == Damage()
    QTest.keyClick(slider, Key.Key_Y, Held.ControlModifier)
    assert part.damage.blur == pytest.approx(0.1)


def test_the_square_is_dragged_on_the_image_and_moved_by_keys(panel: SamplePanel, part: DamagePart) -> None:
    image = panel.image
    QTest.mouseClick(image, LEFT, pos=QPoint(20, 20))
    assert now(panel).undamaged is None and image.mark() is None
    part.sliders["cover"].setValue(8)
    assert image.mark() == (slice(10, 18), slice(10, 18)) and not now(panel).image[0, 10:18, 10:18].any()
    side = image.frame().width() / 28
    QTest.mousePress(image, LEFT, pos=QPoint(round(6 * side), round(20 * side)))
    assert now(panel).unfinished
    QTest.mouseMove(image, QPoint(round(5 * side), round(21 * side)))
    QTest.mouseRelease(image, LEFT, pos=QPoint(round(5 * side), round(21 * side)))
    assert image.mark() == (slice(17, 25), slice(1, 9)) and not now(panel).unfinished
    slider = part.sliders["cover"]
    slider.setFocus()
    QTest.keyClick(slider, Key.Key_Up, Held.ShiftModifier)
    QTest.keyClick(slider, Key.Key_Right, Held.ShiftModifier)
    assert image.mark() == (slice(16, 24), slice(2, 10))
    part.undo.click()
    part.undo.click()
    assert image.mark() == (slice(10, 18), slice(10, 18))


def test_damage_stays_with_the_next_image_and_not_on_a_new_drawing(panel: SamplePanel, part: DamagePart) -> None:
    part.sliders["contrast"].setValue(5)
    panel.next.click()
    second = now(panel)
    assert second.index == 1 and second.undamaged is not None
    assert np.array_equal(second.image, damaged(second.undamaged, Damage(contrast=0.25)))
    panel.show_page(DRAW)
    assert now(panel).blank and part.damage == Damage()
    QTest.mouseClick(panel.drawing.surface, LEFT, pos=QPoint(50, 50))
    assert now(panel).undamaged is None
    part.sliders["contrast"].setValue(5)
    drawn = now(panel)
    assert drawn.undamaged is not None and np.array_equal(drawn.undamaged, panel.drawing.image())
    shown = panel.drawing.exact.pixels()
    assert shown is not None and np.array_equal(shown, drawn.image[0])
    panel.set_shape((1, 28, 28))
    again = panel.drawing.exact.pixels()
    assert again is not None and np.array_equal(again, drawn.image[0])
    panel.drawing.pictured.emit()
    assert part.damage == Damage() and not part.undo.isEnabled()
    part.sliders["contrast"].setValue(5)
    panel.drawing.clear.click()
    QTest.mouseClick(panel.drawing.surface, LEFT, pos=QPoint(50, 50))
    assert part.damage == Damage() and now(panel).undamaged is None
    part.sliders["contrast"].setValue(5)
    panel.show_sample(Sample(second.undamaged, 4, 9))
    assert part.damage == Damage() and now(panel).undamaged is None


def test_what_changed_since_the_undamaged_sample_is_shown(
    panel: SamplePanel, part: DamagePart, make_snapshot: MakeSnapshot
) -> None:
    panel.resize(180, 415)
    panel.show_page(DRAW)
    QTest.mouseClick(panel.drawing.surface, LEFT, pos=QPoint(50, 50))
    assert panel.questions() == {NetworkOutput()} and not panel.answer.before.isVisible()
    part.sliders["noise"].setValue(10)
    assert panel.questions() == {NetworkOutput(), UndamagedOutput()}
    snapshot = make_snapshot()
    logits = np.linspace(3, -3, 10, dtype=np.float32)
    shares = (np.exp(logits) / np.exp(logits).sum()).astype(np.float32)
    answers = {**snapshot.answers, UndamagedOutput(): Prediction(logits, shares)}
    panel.show_snapshot(replace(snapshot, sample=now(panel), answers=answers))
    QApplication.processEvents()
    assert panel.bars.mapTo(panel, panel.bars.rect().bottomLeft()).y() <= panel.height()
    said = f'│ original: <b style="color:{DARK.text}">0</b> ({100 * shares[0]:.1f} %)'
    assert panel.answer.before.isVisible() and panel.answer.before.rich_text() == said
    before = panel.bars.before()
    assert before is not None and before[0][0] == pytest.approx(shares[0]) and before[0][1] == pytest.approx(3.0)
    assert "before" in panel.bars.exact()
    panel.bars.grab()
    part.reset.click()
    panel.show_snapshot(replace(make_snapshot(), sample=now(panel)))
    assert panel.bars.before() is None and not panel.answer.before.isVisible() and "before" not in panel.bars.exact()


def test_limits_follow_the_size_of_the_image(part: DamagePart) -> None:
    assert (part.sliders["cover"].maximum(), part.sliders["down"].minimum()) == (20, -14)
    part.set_shape((3, 224, 224))
    part.sliders["cover"].setValue(part.sliders["cover"].maximum())
    part.sliders["down"].setValue(part.sliders["down"].minimum())
    assert (part.damage.cover, part.damage.down) == (160, -112.0)


def test_the_section_folds(panel: SamplePanel, part: DamagePart) -> None:
    assert not part.sliders["noise"].isVisible() and not part.undo.isVisible()
    part._section.title.click()
    assert part.sliders["noise"].isVisible() and part.undo.isVisible()
    part._section.title.click()
    assert not part.sliders["noise"].isVisible() and not part.undo.isVisible()


def lay_out() -> None:
    """A layout follows from another, and scrolling from both."""
    for _ in range(5):
        QApplication.processEvents()


@pytest.mark.parametrize("page", ["pick", DRAW])
@pytest.mark.parametrize("size", [(196, 416), (220, 590)])
def test_picture_answer_and_sliders_are_in_view_together(panel: SamplePanel, page: str, size: tuple[int, int]) -> None:
    panel.resize(*size)
    panel.show_page(page)
    if page == DRAW:
        QTest.mouseClick(panel.drawing.surface, LEFT, pos=QPoint(50, 50))
    lay_out()
    bars = panel.bars
    assert bars.visibleRegion().boundingRect() == bars.rect()
    panel.show_damage("noise")
    lay_out()
    picture = panel.image if page != DRAW else panel.drawing.surface
    slider = panel.damage.sliders["noise"]
    seen = (picture, panel.answer.says, panel.answer.before, slider)
    places = [part.mapTo(panel, QPoint()) for part in seen]
    for part in seen:
        assert part.visibleRegion().boundingRect() == part.rect()
    slider.setValue(4)
    lay_out()
    assert [part.mapTo(panel, QPoint()) for part in seen] == places


@pytest.mark.parametrize("height", [306, 342, 412])
def test_in_a_low_place_all_classes_are_in_view_beside_the_picture_and_sections_below(
    panel: SamplePanel, height: int
) -> None:
    panel.resize(175, height)
    lay_out()
    controls = (panel.picking.pick, panel.random, panel.previous, panel.next)
    parts = (panel.image, panel.bars, *controls, panel.answer.says)
    framed = [QRect(part.mapTo(panel, QPoint()), part.size()) for part in parts]
    assert panel.bars.height() >= panel.bars.minimumSizeHint().height() and panel.image.height() >= 84
    assert all(panel.rect().contains(frame) for frame in framed)
    assert not any(first.intersects(second) for at, first in enumerate(framed) for second in framed[at + 1 :])
    for section in (panel.damage, panel.why):
        assert section.visibleRegion().boundingRect().height() == section.height()
    panel.show_damage()
    lay_out()
    assert panel.bars.parent() is panel.answer


def test_narrow_bars_leave_their_logits_to_the_tooltip_and_the_note_says_nothing_of_them(panel: SamplePanel) -> None:
    panel.resize(175, 306)
    lay_out()
    assert not panel.bars.with_logits and panel.answer.note.text().startswith("softmax\n")
    panel.resize(220, 800)
    lay_out()
    assert panel.bars.with_logits and panel.answer.note.text().startswith("softmax · logit\n")


def test_where_the_sliders_are_folded_a_line_says_the_damage_and_takes_it_back(
    panel: SamplePanel, part: DamagePart
) -> None:
    line = panel.damage_line
    assert not line.isVisible()
    part.sliders["noise"].setValue(16)
    part.sliders["turn"].setValue(39)
    assert line.isVisible() and line.label.text() == "damaged: noise 0.32 · turn +117°"
    panel.show_damage()
    assert not line.isVisible()
    part._section.title.click()
    line.reset.click()
    assert not line.isVisible() and part.damage == Damage() and now(panel).undamaged is None


def test_classes_and_note_stay_in_view_when_the_section_is_unfolded(panel: SamplePanel, part: DamagePart) -> None:
    panel.resize(220, 560)
    part.unfold("")
    lay_out()
    assert part.open
    for each in (panel.bars, panel.answer.note, part):
        assert each.visibleRegion().boundingRect() == each.rect()
