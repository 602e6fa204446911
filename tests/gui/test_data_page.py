"""The data page in the place of the network: opened and left, and what follows from another dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from data_page_kit import opened, titles
from folders_of_pictures import coloured
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest

from cnnviz.data.sources import registry
from cnnviz.data.sources.own import describe_path
from cnnviz.gui.panels.data import state
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.gui.shell.start_page import StartPage

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.kernels.panel import KernelsPanel


def test_the_page_is_made_by_its_button_and_left_by_esc_the_path_and_an_arrangement(window: MainWindow) -> None:
    assert not window.panels.is_made("data")
    QTest.mouseClick(window.top.dataset, LEFT)
    page = window.data.page
    assert page.isVisible() and page.list.hasFocus() and window.middle.path.parts() == ("Network", "Data")
    assert not window.scale.isVisible() and not window.places.middle.title.isVisible()
    Person(window).until(lambda: page.survey is not None, "MNIST")
    assert titles(page) == ["● MNIST"] and not page.remove.isVisible() and not page.summary.use.isVisible()
    assert page.summary.normalization.text() == "Mean 0.1307\nDeviation 0.3081"
    QTest.keyClick(page.list, Qt.Key.Key_Escape)
    assert window.middle.on_canvas and window.scale.isVisible() and window.places.middle.title.isVisible()
    window.data.open()
    QTest.mouseClick(window.middle.path.buttons()[0], LEFT)
    assert window.middle.on_canvas
    window.data.open()
    window.arrange("look")
    assert page.isVisible() and not window.scale.isVisible()
    window.arrange("build")
    assert window.middle.on_canvas


@pytest.mark.parametrize("arrangement", ["build", "train_view"])
@pytest.mark.parametrize("command", ["play", "batch"])
def test_the_page_is_left_for_the_training_that_is_started_from_it(
    window: MainWindow, command: str, arrangement: str
) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    window.arrange(arrangement)
    opened(window)
    person.shortcut(command)
    person.until(lambda: window.middle.on_canvas, "the network")
    assert window.sample.isVisible() and window.arrangement == "train_view"
    person.until(lambda: session.status.step > 0, "a batch")
    # opened while training goes on, the page stays
    window.data.open()
    step = session.status.step
    if command == "play":
        person.until(lambda: session.status.step > step + 2, "more batches")
    assert window.data.page.isVisible()


def test_the_page_is_left_for_a_training_that_a_notice_starts(window: MainWindow) -> None:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    opened(window)
    window.notices.from_scratch()
    person.until(lambda: window.middle.on_canvas, "the network")


def test_from_the_page_into_a_layer_and_back_to_the_network(window: MainWindow) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "a snapshot")
    window.data.open()
    window.selection.select(["conv2"])
    person.shortcut("look_into")
    assert window.middle.is_deep and not window.data.page.isVisible() and window.middle.microscope.bar.isVisible()
    window.data.open()
    assert window.data.page.isVisible() and not window.middle.microscope.bar.isVisible()
    person.shortcut("leave_layer")
    assert window.middle.on_canvas


def test_an_unfit_network_is_fitted_later_with_one_click(window: MainWindow, tmp_path: Path) -> None:
    page = opened(window, coloured(tmp_path / "pets"))
    QTest.mouseClick(page.summary.only, LEFT)
    codes = {problem.code for problem in window.editor.report.errors}
    assert codes == {"input_shape", "output_classes"} and window.top.dataset.text() == "pets"
    assert page.summary.use.text() == "Fit the network" and not page.summary.only.isVisible()
    QTest.mouseClick(page.summary.use, LEFT)
    assert window.editor.report.trainable and window.editor.undo_stack.count() == 2


@pytest.mark.parametrize("size", [(1280, 720), (1600, 1000)])
def test_kernels_and_sample_follow_from_grey_to_colour(
    window: MainWindow, tmp_path: Path, size: tuple[int, int]
) -> None:
    person = Person(window)
    window.resize(*size)
    kernels = cast("KernelsPanel", window.panels["kernels"])

    def slices() -> int:
        weights = kernels.shown_weights()
        return 0 if weights is None else weights.shape[1]

    person.until(lambda: slices() == 1, "the kernels of grey images")
    page = opened(window, coloured(tmp_path / "pets", sides=(32, 32)))
    QTest.mouseClick(page.summary.use, LEFT)
    person.until(lambda: slices() == 3, "the kernels of colours")
    assert len(kernels.shown_order(0)) == 3

    def shape() -> tuple[int, ...]:
        sample = window.sample.sample()
        return () if sample is None else sample.image.shape

    person.until(lambda: shape() == (3, 32, 32), "a sample of the new images")
    window.editor.undo()
    person.until(lambda: shape() == (1, 28, 28) and slices() == 1, "MNIST")


def test_the_page_follows_edits_that_were_made_while_it_was_hidden(window: MainWindow, tmp_path: Path) -> None:
    page = opened(window, coloured(tmp_path / "pets"))
    QTest.mouseClick(page.summary.use, LEFT)
    assert not page.summary.use.isVisible()
    window.middle.to_network()
    window.editor.undo()
    window.data.open()
    assert page.summary.use.isVisible() and titles(page) == ["● MNIST", "pets"]


def test_a_template_that_is_chosen_afterwards_is_fitted_to_the_images(
    application: Application, window: MainWindow, tmp_path: Path
) -> None:
    choice = describe_path(coloured(tmp_path / "pets", sides=(32, 32))).choice
    window.editor.apply("", state.use(window.editor.project, choice).fitted)
    window.actions_by_id["new"].trigger()
    page = window.findChild(StartPage)
    assert page is not None
    for name in ("keras-tutorial", "alexnet", ""):
        page.chosen.emit(name)
    page.close()
    fitted, large, empty = (other.editor for other in application.windows[1:])
    assert fitted.report.trainable and fitted.project.dataset == choice
    assert fitted.report.nodes["input"].output == (3, 32, 32)
    # its poolings need larger images: an Upsample enlarges them
    assert large.report.trainable and large.report.nodes["conv1"].inputs == ((3, 224, 224),)
    assert empty.project.dataset == choice and not empty.project.network.nodes


def test_the_number_of_validation_images_is_set_on_the_page(window: MainWindow, tmp_path: Path) -> None:
    page, person = opened(window, coloured(tmp_path / "pets")), Person(window)
    box = page.summary.split.box
    # 80 images, a tenth for the test
    assert box.isVisible() and box.value() == 7 and page.survey is not None

    def set_aside(count: int) -> None:
        box.setFocus()
        box.lineEdit().selectAll()
        QTest.keyClicks(box, str(count))
        QTest.keyClick(box, Qt.Key.Key_Return)
        person.until(lambda: page.survey is not None and len(page.survey.dataset.validation) == count, "the split")

    set_aside(20)
    found = registry.find("pets")
    assert found is not None and found.validation == 20 and window.editor.undo_stack.count() == 0
    QTest.mouseClick(page.summary.use, LEFT)
    assert window.editor.project.dataset.validation == 20
    set_aside(11)
    assert window.editor.project.dataset.validation == 11 and window.editor.undo_stack.count() == 2
    window.editor.undo()
    assert window.editor.project.dataset.validation == 20
    # more than there are is not allowed
    box.lineEdit().selectAll()
    QTest.keyClicks(box, "72")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.editor.project.dataset.validation == 20


@pytest.mark.parametrize("size", [(960, 600), (1000, 650)])
def test_nothing_of_a_dataset_is_cut_at_the_edge_in_a_small_window(window: MainWindow, size: tuple[int, int]) -> None:
    window.arrange("train_view")
    window.resize(*size)
    window.places.standard()
    window.data.open()
    page, person = window.data.page, Person(window)
    person.until(lambda: page.survey is not None and page.summary.classes.isVisible(), "the survey")
    summary = page.summary
    inside = summary.widget()
    assert inside is not None
    person.until(lambda: summary.viewport().width() >= inside.width(), "the width")
    for part in (summary.facts, summary.said, summary.histogram, summary.trouble, summary.split.box, summary.classes):
        frame = QRect(part.mapTo(inside, QPoint()), part.size())
        assert frame.left() >= 0 and frame.right() < summary.viewport().width()
    assert summary.facts.height() >= summary.facts.heightForWidth(summary.facts.width())
    window.resize(1600, 1000)
    person.until(lambda: summary.histogram.mapTo(summary, QPoint()).x() > summary.classes.x() + 100, "beside again")
