"""The card at the end of a run, and the buttons beside accuracies: both lead to the mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from cnnviz.gui.builder.items.maps import MapsItem
from cnnviz.gui.panels.mistakes.panel import MistakesPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.run_end import RunEnd, run_end
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import Evaluation, State, Status, wrong_of

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton


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
    QTest.mouseClick(card.close_button, LEFT)
    assert not card.isVisible()
    card.show()
    window.resize(window.minimumSize())
    person.until(lambda: window.size() == window.minimumSize(), "the smaller window")
    assert window.canvas.rect().contains(card.geometry())


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


@pytest.mark.parametrize("size", [(960, 600), (1000, 650), (1280, 720), (1600, 1000)])
@pytest.mark.parametrize("early", [False, True])
def test_nothing_on_the_card_is_cut_through(window: MainWindow, size: tuple[int, int], early: bool) -> None:
    window.arrange("train_view")
    window.resize(*size)
    sentence = "Stopped early: 95.89 % of the test images are right."
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


def test_in_the_smallest_window_the_card_lies_over_the_minimap_and_no_map(application: Application) -> None:
    window = application.open_window(TEMPLATES["pytorch-tutorial"].project())
    window.resize(960, 600)
    window.places.standard()
    column = window.canvas.node_item("conv1").below
    assert isinstance(column, MapsItem)
    person = Person(window)
    person.until(lambda: column.plan is not None and column.plan.count == 3, "three rows of maps")
    window.end._show(RunEnd(1, "Stopped early: 95.89 % of the test images are right.", resumable=True))
    card = window.end.card
    assert card is not None
    person.until(lambda: card.height() < 70, "two rows")
    minimap = window.canvas._overlays.minimap
    assert window.canvas.rect().contains(card.geometry()) and card.geometry().contains(minimap.geometry())
