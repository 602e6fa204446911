"""Images of the user on the data page: read, read again with other options, refused, cancelled, and gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from arrays_of_images import made, write_idx
from data_page_kit import opened, titles
from folders_of_pictures import coloured
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.data.sources import registry
from cnnviz.data.sources.own import describe_path
from cnnviz.data.sources.source import Form
from cnnviz.gui.dropped_files import may_hold_dataset
from cnnviz.gui.panels.data import state
from cnnviz.gui.robot.person import LEFT, Person
from cnnviz.project.file import read, save
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow


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
