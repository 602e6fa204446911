"""The data page in the place of the network: adding, removing, options, cancelling, and images that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from arrays_of_images import made, write_idx
from folders_of_pictures import coloured
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.data.sources import registry
from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form
from cnnviz.gui.dropped_files import may_hold_dataset
from cnnviz.gui.panels.data import state
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.gui.shell.start_page import StartPage
from cnnviz.project.file import read, save
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.data.panel import DataPage
    from cnnviz.gui.panels.kernels.panel import KernelsPanel


def opened(window: MainWindow, path: Path | None = None) -> DataPage:
    """The data page, once a dataset has been read."""
    window.data.open(path)
    page = window.data.page
    Person(window).until(lambda: page.survey is not None, "the survey")
    return page


def titles(page: DataPage) -> list[str]:
    return [page.list.item(row).text().splitlines()[0] for row in range(page.list.count())]


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


def test_other_options_read_the_pictures_again_under_the_same_name(window: MainWindow, tmp_path: Path) -> None:
    person, folder = Person(window), coloured(tmp_path / "pets")
    page = opened(window, folder)
    assert titles(page) == ["● MNIST", "pets"] and page.remove.isVisible()
    options = page.summary.options
    person.until(lambda: options.sizes.isVisible(), "the sizes of the pictures")
    assert "80 of the pictures: 2" in options.sizes.text() and " pixels, median " in options.sizes.text()
    QTest.mouseClick(options.fits["pad"], LEFT)
    assert options.read_again.isEnabled()
    person.type_into(options.height_box, "18")
    options.channels.setCurrentIndex(0)
    options.channels.activated.emit(0)
    assert options.form == Form(1, 18, options.form.width, "pad")
    QTest.mouseClick(options.read_again, LEFT)
    person.until(lambda: page.survey is not None, "the pictures read again")
    assert page.survey is not None
    assert page.survey.dataset.train.images.shape[1:] == options.form.shape and not options.read_again.isEnabled()
    choice = registry.find("pets")
    assert registry.names() == ["pets"] and choice is not None and choice.own is not None
    assert choice.own.image == options.form.shape and choice.own.origin is not None and choice.own.origin.fit == "pad"
    # dropped once more, it is the same dataset
    page.add(folder)
    assert titles(page) == ["● MNIST", "pets"] and registry.names() == ["pets"]
    QTest.mouseClick(page.remove, LEFT)
    assert titles(page) == ["● MNIST"] and registry.names() == [] and folder.is_dir()


def test_what_cannot_be_read_is_said_and_not_added(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    window.data.open(tmp_path / "nothing")
    page = window.data.page
    Person(window).until(lambda: page.summary.error.isVisible(), "the sentence")
    assert "holds no classes" in page.summary.error.text()
    assert registry.names() == [] and not page.reading.running
    assert page.list.item(1).text() == "nothing\nnot added" and not page.summary.options.isVisible()
    page.list.setCurrentRow(0)
    Person(window).until(lambda: page.survey is not None, "MNIST")
    assert titles(page) == ["● MNIST"] and not page.summary.error.isVisible()


def test_what_is_worth_a_look_in_a_folder_of_few_pictures(window: MainWindow, tmp_path: Path) -> None:
    folder = coloured(tmp_path / "pets", ("cat",), suffixes=("png",))
    page = opened(window, folder)
    assert page.summary.trouble.text() == "A single class: there is nothing to tell apart"
    for split, names in {"train": ("cat", "dog"), "test": ("cat", "dog", "<i>wolf")}.items():
        coloured(tmp_path / "split" / split, names, count=3, suffixes=("png",), seed=len(names))
    page = opened(window, tmp_path / "split")
    assert page.summary.trouble.text() == "1 class has no training images"
    assert page.summary.troubles.item(0).text() == "“<i>wolf” has no training images."


def test_a_cancelled_reading_adds_nothing(window: MainWindow, tmp_path: Path) -> None:
    window.data.open(coloured(tmp_path / "pets"))
    page = window.data.page
    QTest.mouseClick(page.summary.cancel, LEFT)
    assert not page.reading.running and "cancelled" in page.summary.error.text()
    assert page.reading.close() and registry.names() == [] and page.survey is None


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


def test_a_folder_that_is_dropped_on_the_sample_is_no_picture(window: MainWindow, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(window.sample.rect().center(), Qt.DropAction.CopyAction, data, buttons, keys)
    assert not window.sample.drawing.pictures.takes(data)
    QApplication.sendEvent(window.sample, enter)
    # by the window
    assert enter.isAccepted()


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("a.npz", True),
        ("A.CSV", True),
        ("t.parquet", True),
        ("train-images-idx3-ubyte", True),
        ("train-images.idx3-ubyte.gz", True),
        ("qmnist-train-labels-idx2-int.gz", True),
        ("x.png", False),
        ("idx3.png", False),
        ("p.cnnviz", False),
        ("notes.txt", False),
        ("odd.gz", False),
    ],
)
def test_files_of_images_are_known_by_their_names(name: str, dataset: bool, tmp_path: Path) -> None:
    assert may_hold_dataset(tmp_path / name) is dataset
    assert may_hold_dataset(tmp_path)


def test_pictures_that_vanish_while_the_page_is_away_are_missed_on_it_and_found_again(
    window: MainWindow, tmp_path: Path
) -> None:
    folder = coloured(tmp_path / "pets", suffixes=("png",))
    page = opened(window, folder)
    window.arrange("build")
    folder.rename(tmp_path / "away")
    window.data.open()
    assert "not there" in page.list.item(1).text() and "The images are not at" in page.summary.error.text()
    window.arrange("build")
    (tmp_path / "away").rename(folder)
    window.data.open()
    assert not page.summary.error.text() and page.survey is not None


def test_a_project_whose_pictures_are_gone_opens_and_loses_nothing(application: Application, tmp_path: Path) -> None:
    folder = coloured(tmp_path / "pets", sides=(32, 32))
    described = describe_path(folder)
    project = state.use(TEMPLATES["fast"].project(), described.choice).fitted
    save(project, tmp_path / "p.cnnviz")
    folder.rename(tmp_path / "elsewhere")
    window = application.open_file(tmp_path / "p.cnnviz", application.open_template("fast"))
    assert window is not None and window.editor.project == project
    assert {problem.code for problem in window.editor.report.errors} == {"images_gone"}
    window.data.open()
    page = window.data.page
    assert page.summary.error.isVisible() and f"{folder.name}. Bring them back" in page.summary.error.text()
    assert titles(page) == ["MNIST", "● pets"] and "not there" in page.list.item(1).text()
    window.document.save()
    assert read(tmp_path / "p.cnnviz").project == project
    # where they are now
    page.add(tmp_path / "elsewhere")
    Person(window).until(lambda: page.survey is not None, "the survey")
    QTest.mouseClick(page.summary.use, LEFT)
    assert window.editor.report.trainable and window.editor.project.network == project.network


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


@pytest.mark.parametrize("name", ["faces.gz", "faces", "faces.bin"])
def test_an_idx_file_of_any_name_is_known_by_its_header_and_read_with_its_labels(
    window: MainWindow, name: str, tmp_path: Path
) -> None:
    images, labels = made(30, (12, 10), 3)
    path = tmp_path / name
    write_idx(path, images)
    write_idx(tmp_path / f"whose.{path.suffix}", labels.astype(np.uint8))
    assert may_hold_dataset(path)
    (tmp_path / "whole.zip").write_bytes(b"PK")
    page = opened(window, path)
    assert page.survey is not None and page.survey.dataset.train.images.shape[1:] == (1, 12, 10)


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


def test_read_in_another_form_a_named_set_keeps_its_name(window: MainWindow, tmp_path: Path) -> None:
    folder = coloured(tmp_path / "pets")
    window.data.open(folder, "My pets")
    page, person = window.data.page, Person(window)
    person.until(lambda: page.survey is not None, "the survey")
    assert titles(page) == ["● MNIST", "My pets"] and registry.names() == ["my-pets"]
    page.summary.options.height_box.set_value(20)
    page.summary.options._edit()
    QTest.mouseClick(page.summary.options.read_again, LEFT)
    person.until(lambda: page.survey is not None and page.survey.dataset.train.images.shape[2] == 20, "the form")
    assert titles(page) == ["● MNIST", "My pets"] and registry.names() == ["my-pets"]
    assert page.summary.cached.isVisible() and "Decoded images take" in page.summary.cached.text()
    # the same folder under another name is the same dataset
    window.data.open(folder, "Our pets")
    person.until(lambda: page.survey is not None and "Our pets" in titles(page), "the new name")
    assert titles(page) == ["● MNIST", "Our pets"] and registry.names() == ["my-pets"]


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
