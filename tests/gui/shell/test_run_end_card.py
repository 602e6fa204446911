"""The card at the end of a run, and the buttons beside accuracies: both lead to the mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.run_end import RunEnd, run_end
from cnnviz.project import edits
from cnnviz.training.channels import Evaluation, State, Status, wrong_of

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


SENTENCE = "Stopped early: 95.89 % of the test images are right."
TESTED = Evaluation(1, "test", 1, 120, 0.2, 0.9589, 9.0)


def test_the_number_of_wrong_images_is_exact() -> None:
    for images in (1, 7, 5000, 10_000, 59_999):
        for wrong in {0, 1, images // 3, images}:
            assert wrong_of((images - wrong) / images, images) == wrong
    assert wrong_of(float("nan"), 0) is None and wrong_of(0.9, 0) is None and wrong_of(float("nan"), 5) is None


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status(State.FINISHED, run=1, epoch=1, epochs=8), "Stopped early: 95.89 % of the test images are right."),
        (Status(State.FINISHED, run=1, epoch=8, epochs=8), "Done: 95.89 % of the test images are right."),
        (Status(State.PAUSED, run=1, epoch=8, epochs=8), None),
    ],
)
def test_a_run_ends_with_its_test_result(status: Status, sentence: str | None) -> None:
    end = run_end(status, TESTED)
    assert (None if end is None else end.sentence) == sentence
    assert run_end(status, None) is None


def test_the_card_leads_to_the_mistakes_among_the_test_images_and_to_drawing(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(3)
    person.until(lambda: session.status.state is State.PAUSED and session.status.step == 3, "training")
    person.shortcut("stop")
    person.until(lambda: window.end.card is not None and window.end.card.isVisible(), "the card")
    card = window.end.card
    assert card is not None
    assert "Stopped early" in card.text()
    assert card.isVisibleTo(window.canvas)
    assert window.canvas.rect().contains(card.geometry())
    buttons = {button.text(): button for button in card.findChildren(QPushButton)}
    assert "Resume" in buttons
    QTest.mouseClick(buttons["See its mistakes"], LEFT)
    panel, study = window.panel(MistakesPanel), window.bench.predicting
    assert panel.isVisible() and panel.split.currentData() == "test"
    person.until(lambda: study.latest is not None, "the predictions", 120)
    assert study.latest is not None and study.latest.split == "test"
    QTest.mouseClick(buttons["Draw"], LEFT)
    assert window.sample.page() == "draw"
    menu = next(button for text, button in buttons.items() if text.startswith("Try an experiment")).menu()
    damage, build, other = menu.actions()
    noise = window.sample.damage.sliders["noise"]
    assert not noise.isVisible()
    damage.trigger()
    assert noise.isVisible()
    build.trigger()
    assert window.arrangement == "build" and "random weights" in other.text()
    window.bench.past.step = 2
    window.bench.past.changed.emit(2)
    assert not card.isVisible()
    window.bench.past.now()
    assert card.isVisible()
    window.editor.apply("Cut", edits.remove(window.editor.project, ["flatten"]))
    assert not card.isVisible(), "its result and its button are of another network than the one on screen"
    window.editor.undo()
    assert card.isVisible()
    QTest.mouseClick(card.close_button, LEFT)
    assert not card.isVisible()


def test_the_count_beside_the_validation_accuracy_opens_the_mistakes(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready and window.bridge.images is not None, "torch and images")
    button = window.curves.row.wrong
    session.batches(2)
    person.until(lambda: session.status.state is State.PAUSED and session.status.step == 2, "training")
    person.until(lambda: len(window.curves.history) == 2, "the curves")
    window.curves.redraw()
    assert not button.isVisible()
    window.curves.add_metrics([Evaluation(session.status.run, "validation", 1, 1, 0.2, 0.9878, 9.0)])
    window.curves.redraw()
    assert button.isVisible() and button.text() == "61 wrong"
    window.bench.predicting.subject = "test"
    QTest.mouseClick(button, LEFT)
    assert window.panel(MistakesPanel).isVisible() and window.bench.predicting.subject == "validation"


def test_a_recorded_run_shows_its_mistakes(window: MainWindow, tmp_path: Path) -> None:
    asked: list[str] = []
    window.show_panel("runs")
    runs = window.panels["runs"]
    window.bench.requests.panelAsked.connect(asked.append)
    runs.looked.emit(tmp_path, "mistakes")  # type: ignore[attr-defined]
    assert asked == ["mistakes"] and window.panel(MistakesPanel).isVisible()


@pytest.mark.parametrize("size", [(1000, 800), (1280, 800), (1600, 1000)])
@pytest.mark.parametrize("early", [False, True])
def test_nothing_on_the_card_is_cut_through(window: MainWindow, size: tuple[int, int], early: bool) -> None:
    window.arrange("train_view")
    window.resize(*size)
    sentence = SENTENCE
    if early:
        sentence = sentence.replace(":", " at epoch 3 of 18: validation accuracy no longer improved.")
    window.end._show(RunEnd(1, sentence, resumable=not early))
    card = window.end.card
    assert card is not None
    # the places and what stands on the canvas are laid out when the events are handled
    Person(window).stay(0)
    assert window.canvas.rect().contains(card.geometry())
    text, buttons = card._text, card.findChildren(QPushButton)
    needed = text.fontMetrics().boundingRect(
        QRect(0, 0, text.width(), 1000), int(Qt.TextFlag.TextWordWrap), card.text()
    )
    assert needed.height() <= text.height() and needed.width() <= text.width()
    for part in (text, card.close_button, *buttons):
        inside = QRect(part.mapTo(card, QPoint()), part.size())
        assert card.rect().contains(inside)
    for part in (text, *buttons):
        assert not card.close_button.geometry().intersects(QRect(part.mapTo(card, QPoint()), part.size()))
    for button in buttons:
        assert card._buttons.rect().contains(button.geometry())
        assert button.width() >= button.sizeHint().width() and button.height() >= button.sizeHint().height()


@pytest.mark.parametrize("size", [(960, 600), (1280, 720)])
def test_in_a_low_window_a_notice_has_the_result_and_the_buttons(window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    window.places.standard()
    person, notice = Person(window), window.notice
    person.stay(0)
    canvas = window.canvas.geometry()
    window.end._show(RunEnd(1, SENTENCE, resumable=True))
    card = window.end.card
    assert card is not None and not card.isVisible()
    assert notice.isVisible() and notice.text() == SENTENCE
    person.stay(0)
    assert window.canvas.geometry() == canvas
    buttons = notice.buttons()
    assert [button.text() for button in buttons] == ["See its mistakes", "Draw", "Try an experiment ▾", "Resume"]
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    window.bench.past.step = 2
    window.bench.past.changed.emit(2)
    assert not notice.isVisible()
    window.bench.past.now()
    assert notice.isVisible() and not notice._timer.isActive()
    QTest.mouseClick(notice.buttons()[1], LEFT)
    assert window.sample.page() == "draw"
    window.resize(1280, 900)
    person.until(card.isVisible, "the card in the high window")
    assert not notice.isVisible()
    window.resize(*size)
    person.until(notice.isVisible, "the notice in the low window")
    QTest.mouseClick(notice._close, LEFT)
    window.resize(1280, 900)
    person.stay(0)
    assert not card.isVisible() and not notice.isVisible()


def test_the_experiments_are_a_menu_also_in_a_low_window(window: MainWindow) -> None:
    window.resize(960, 600)
    Person(window).stay(0)
    window.end._show(RunEnd(1, SENTENCE, resumable=True))
    card = window.end.card
    assert card is not None
    menu = next(button.menu() for button in card.findChildren(QPushButton) if button.menu() is not None)
    QTest.mouseClick(window.notice.buttons()[2], LEFT)
    assert menu.isVisible() and len(menu.actions()) == 3
    menu.close()
