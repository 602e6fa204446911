from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panels.sample.panel import SamplePanel
from cnnviz.gui.theme import DARK, LIGHT
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.moment import Moment, Sample
from cnnviz.inspection.snapshot import Snapshot
from cnnviz.inspection.tracing import Pixel, trace
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MakeSnapshot = Callable[..., Snapshot]
MakeSamplePanel = Callable[..., SamplePanel]
NAMES = tuple("0123456789")


@pytest.fixture
def panel(sample_panel: MakeSamplePanel) -> SamplePanel:
    return sample_panel(190, 620)


def images() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (30, 1, 28, 28), np.uint8), np.arange(30, dtype=np.int64) % 10


def test_before_data_it_says_that_it_loads(panel: SamplePanel) -> None:
    assert panel._waiting.isVisible() and panel._waiting.text() == "Loading MNIST …"
    assert panel.sample() is None and panel.questions() == {NetworkOutput()}


def test_the_first_image_is_chosen_and_shown_as_it_is(panel: SamplePanel, qtbot: QtBot) -> None:
    data, labels = images()
    with qtbot.waitSignal(panel.sampleChosen) as chosen:
        panel.set_images(data, labels, NAMES)
    assert chosen.args is not None
    sample = chosen.args[0]
    assert isinstance(sample, Sample) and sample.index == 0 and sample.label == 0
    assert np.array_equal(sample.image, data[0])
    shown = panel.image.pixels()
    assert shown is not None and np.array_equal(shown, data[0, 0])
    picture = panel.image.grab().toImage()
    frame, ratio = panel.image.frame(), picture.devicePixelRatio()
    side = frame.width() / 28
    for row, column in ((3, 4), (14, 20), (26, 2)):
        at = QPointF((column + 0.5) * side, (row + 0.5) * side) * ratio
        assert picture.pixelColor(at.toPoint()).red() == data[0, 0, row, column]


def test_names_of_classes_with_commas_and_breaks_are_fields_of_the_csv_and_one_line_on_screen(
    panel: SamplePanel, make_snapshot: MakeSnapshot, sample: Sample
) -> None:
    names = ("cat, wild", "dog\nbig", *NAMES[2:])
    panel.set_images(*images(), names)
    panel.show_sample(sample)
    panel.show_snapshot(make_snapshot(logits=np.eye(10, dtype=np.float32)[1] * 9))
    rows = list(csv.reader(io.StringIO(panel.answer.as_csv(), newline="")))
    assert [row[0] for row in rows[1:]] == list(names) and {len(row) for row in rows} == {3}
    assert "dog big" in panel.says()


def test_stepping_stays_in_the_class_that_is_picked_and_goes_round(panel: SamplePanel) -> None:
    panel.set_images(*images(), NAMES)
    panel.pick.setCurrentIndex(panel.pick.findData(7))
    panel.pick.activated.emit(panel.pick.currentIndex())
    seen = []
    for button in (panel.next, panel.next, panel.next, panel.previous):
        button.click()
        sample = panel.sample()
        assert sample is not None
        seen.append(sample.index)
    assert seen == [17, 27, 7, 27]
    panel.random.click()
    sample = panel.sample()
    assert sample is not None and sample.label == 7


def test_keys_on_the_image_choose_its_neighbours(panel: SamplePanel) -> None:
    panel.set_images(*images(), NAMES)
    QTest.keyClick(panel.image, Qt.Key.Key_Right)
    QTest.keyClick(panel.image, Qt.Key.Key_Left)
    QTest.keyClick(panel.image, Qt.Key.Key_Left)
    sample = panel.sample()
    assert sample is not None and sample.index == 29


def test_the_answer_is_shown_only_for_the_sample_on_screen(
    panel: SamplePanel, make_snapshot: MakeSnapshot, sample: Sample
) -> None:
    panel.set_images(*images(), NAMES)
    snapshot = make_snapshot()
    panel.show_snapshot(snapshot)
    assert panel.bars.answer() is None and "predicts" not in panel.says()
    panel.show_sample(sample)
    panel.show_snapshot(snapshot)
    said = snapshot.answer(NetworkOutput())
    assert said is not None
    pairs = zip(said.probabilities.tolist(), said.logits.tolist(), strict=True)
    assert panel.bars.answer() == tuple(pairs)
    assert (
        f'predicts <b style="color:{DARK.error}">9</b> ({100 * said.probabilities[9]:.1f} %)' in panel.says()
        and f'label <b style="color:{DARK.text}">7</b>' in panel.says()
    )
    panel.show_sample(replace(sample, label=9))
    assert panel.bars.answer() is None


def test_another_predicted_class_is_shown_at_once(
    panel: SamplePanel, make_snapshot: MakeSnapshot, sample: Sample
) -> None:
    def shown(best: int, step: int, sure: float) -> str:
        logits = np.zeros(10, np.float32)
        logits[best] = sure
        snapshot = make_snapshot(step=step, logits=logits)
        moment = Moment(snapshot.network, infer(snapshot.network), {}, 1, step, settled=False)
        panel.show_snapshot(replace(snapshot, moment=moment))
        return panel.says()

    panel.set_images(*images(), NAMES)
    panel.show_sample(sample)
    first = shown(4, 1, 2.0)
    assert shown(4, 2, 3.0) == first, "numbers wait a little while training goes on"
    assert ">9</b>" in shown(9, 3, 3.0)


def test_a_right_answer_is_green_in_both_themes(
    panel: SamplePanel, make_snapshot: MakeSnapshot, sample: Sample
) -> None:
    right = replace(sample, label=9)
    panel.set_images(*images(), NAMES)
    panel.show_sample(right)
    panel.show_snapshot(replace(make_snapshot(), sample=right))
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        assert f"color:{theme.good}" in panel.says()


def test_pointing_reads_raw_and_normalized(panel: SamplePanel, make_snapshot: MakeSnapshot, sample: Sample) -> None:
    panel.set_images(*images(), NAMES)
    panel.show_sample(sample)
    panel.image.pointed.emit(2, 5)
    assert panel.pixel_text() == "row 2, column 5: 61"
    panel.show_snapshot(make_snapshot())
    panel.image.pointed.emit(2, 5)
    value = (61 / 255 - 0.1307) / 0.3081
    assert panel.pixel_text() == f"row 2, column 5: 61\nthe network sees {value:.3f}"
    panel.image.pointed.emit(-1, -1)
    assert panel.pixel_text() == ""


def test_of_many_classes_the_most_probable_have_a_row(panel: SamplePanel) -> None:
    bars = panel.bars
    assert len(NAMES) == 10
    bars.set_names(NAMES)
    assert bars.shown() == tuple(range(10))
    lower = bars.sizeHint().height()
    bars.set_names(tuple(f"a name as long as the panel is wide {number}" for number in range(1000)))
    assert bars.shown() == () and bars.exact() == "" and bars.sizeHint().height() < 2 * lower
    answer = [(0.0, 0.0)] * 1000
    answer[700], answer[3], answer[5] = (0.5, 2.0), (0.25, 1.0), (float("nan"), float("nan"))
    bars.show_answer(tuple(answer))
    assert bars.shown()[:3] == (700, 3, 0) and len(bars.shown()) == 12 and 5 not in bars.shown()
    assert bars.exact().splitlines()[0].startswith("a name as long as the panel is wide 700: 50")
    bars.grab()


def test_where_no_answer_can_come_it_says_so(panel: SamplePanel, make_snapshot: MakeSnapshot) -> None:
    panel.set_images(*images(), NAMES)
    assert "no answer" not in panel.says()
    panel.clear_snapshot()
    assert panel.says().endswith(" · no answer yet")
    panel.step(1)
    assert panel.says().endswith(" · no answer yet")
    sample = panel.sample()
    assert sample is not None
    panel.show_snapshot(replace(make_snapshot(), sample=sample))
    assert "no answer" not in panel.says()


def test_pixels_are_pointed_at_with_the_mouse_and_with_keys(panel: SamplePanel) -> None:
    panel.set_images(*images(), NAMES)
    told: list[Pixel | None] = []
    panel.pixelPointed.connect(told.append)
    image, shift = panel.image, Qt.KeyboardModifier.ShiftModifier
    QApplication.processEvents()
    side = image.frame().width() / 28
    at, none = QPointF(9.5 * side, 12.5 * side), Qt.MouseButton.NoButton
    moved = QMouseEvent(QEvent.Type.MouseMove, at, image.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(image, moved)
    assert told == [Pixel(12, 9)] and panel.pixel_text().startswith("row 12, column 9")
    QApplication.sendEvent(image, QEvent(QEvent.Type.Leave))
    assert told.pop() is None
    image.setFocus()
    for pressed in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Right):
        QTest.keyClick(image, pressed, shift)
    assert told[1:] == [Pixel(14, 14), Pixel(13, 14), Pixel(13, 15)]
    assert panel.pixel_text().startswith("row 13, column 15")
    sample = panel.sample()
    assert sample is not None and sample.index == 0
    QTest.keyClick(image, Qt.Key.Key_Right)
    sample = panel.sample()
    assert sample is not None and sample.index == 1
    for _ in range(30):
        QTest.keyClick(image, Qt.Key.Key_Down, shift)
    assert told[-1] == Pixel(27, 15)
    image.clearFocus()
    assert told[-1] is None


def test_the_tooltip_of_the_sample_says_what_a_pixel_reaches(panel: SamplePanel) -> None:
    network = TEMPLATES["pytorch-tutorial"].project().network
    panel.show_trace(trace(network, infer(network), Pixel(12, 9)))
    assert panel.image.toolTip().startswith("row 12, column 9 of the sample reaches:\nconv1: a region of 3×3")
    panel.show_trace(None)
    assert panel.image.toolTip() == panel.drawing.exact.toolTip() == ""
