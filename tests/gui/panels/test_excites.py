"""The Excites tab: images that excite a map, what the values see, and the image that becomes the sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.gui.panel_spec import At
from cnnviz.gui.panel_table import titles
from cnnviz.gui.panels.excites.panel import ExcitesPanel
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.exciting import Exciting
from cnnviz.inspection.arithmetic.terms import Place
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.channels import State
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.app import Application
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.studies.excitation import Excitations

LEFT = Qt.MouseButton.LeftButton
IMAGES = 1000
"""Validation images, each of which is looked at for each study."""


@pytest.fixture
def window(application: Application) -> MainWindow:
    project = TEMPLATES["fast"].project()
    return application.open_window(replace(project, dataset=replace(project.dataset, validation=IMAGES)))


def trained(window: MainWindow, node: str = "conv2", batches: int = 2) -> tuple[ExcitesPanel, Excitations]:
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    window.selection.select([node])
    person.shortcut("panel_excites")
    panel = window.panel(ExcitesPanel)
    step = session.status.step + batches
    session.batches(batches)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "training")
    return panel, until_found(window, step, node)


def until_found(window: MainWindow, step: int, node: str) -> Excitations:
    panel = window.panel(ExcitesPanel)

    def there() -> Excitations | None:
        found = panel.study.latest
        return found if found is not None and (found.step, found.node) == (step, node) else None

    Person(window).until(there, "the images")
    found = there()
    assert found is not None
    return found


def test_the_strongest_image_of_a_map_becomes_the_sample_and_its_value_opens(window: MainWindow) -> None:
    panel, found = trained(window)
    person = Person(window)
    QTest.mouseClick(panel.choices.after, LEFT)
    assert panel.channel == 1 and "map 1 of conv2" in panel.text()
    moment, images = panel.study.shown, panel.study.images
    assert moment is not None and images is not None and len(images) == IMAGES
    module = build_with(moment.network, moment.shapes, moment.tensors)
    with torch.inference_mode():
        whole = module.output(torch.from_numpy(images.images.copy()).float() / 255, "conv2")
    highest = whole[:, 1].amax((1, 2))
    assert panel.tiles.shown[0].value == pytest.approx(float(highest.max()), rel=1e-4)
    assert found.means[3, 1] == pytest.approx(float(highest[torch.tensor(images.labels) == 3].mean()), rel=1e-4)
    QTest.mouseClick(panel.tiles, LEFT, pos=panel.tiles.tile(2).center())
    one = panel.tiles.shown[2]
    sample = window.sample.sample()
    assert sample is not None and (sample.index, sample.label) == (one.image, one.label)
    assert window.bench.traces.region == one.region
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample is sample, "the snapshot")
    assert panel.tiles.at == 2
    QTest.mouseDClick(panel.tiles, LEFT, pos=panel.tiles.tile(2).center())
    microscope = window.middle.microscope
    person.until(lambda: microscope.value() is not None, "the value")
    value = microscope.value()
    assert value is not None and value.place == one.place
    assert value.value == pytest.approx(one.value, rel=1e-4)
    # an open microscope goes along with the images
    panel.tiles.setFocus()
    QTest.keyClick(panel.tiles, Qt.Key.Key_Right)
    other = panel.tiles.shown[3]

    def opened() -> bool:
        value = microscope.value()
        return value is not None and value.place == other.place and value.value == pytest.approx(other.value, rel=1e-4)

    person.until(opened, "the value of the next image")
    assert panel.tiles.at == 3 and panel.channel == 1
    window.sample.choose(3)
    person.until(lambda: panel.tiles.at is None, "another sample")


def test_maps_layers_and_moments_seen_before_are_shown_at_once(window: MainWindow) -> None:
    panel, first = trained(window)
    person = Person(window)
    for channel in range(first.shape[0]):
        panel.show_channel(channel)
        assert not panel.study.running and f"map {channel} of conv2" in panel.text()
    window.selection.select(["fc1"])
    assert panel.study.latest is None
    scores = until_found(window, 2, "fc1")
    assert scores.vector and "class 0 of fc1" in panel.text()
    assert panel.choices.box.count() == 10 and not panel.choices.orders.buttons()[-1].isVisible()
    window.selection.select(["conv2"])
    assert panel.study.latest is first and panel.channel == first.shape[0] - 1
    window.bridge.session.batches(1)
    until_found(window, 3, "conv2")
    window.selection.select([])
    assert "Select a layer" in panel.text()
    person.until(lambda: not panel.study.running, "the end")


def test_the_image_that_would_excite_a_map_grows_on_screen_and_becomes_the_sample(window: MainWindow) -> None:
    panel, found = trained(window)
    person, part = Person(window), panel.climb
    grown: list[int] = []
    part.climbing.grown.connect(lambda _, made: grown.append(made.step))
    assert part.button.text() == "Make it" and not part.picture.isVisible()
    QTest.mouseClick(part.button, LEFT)
    assert part.button.text() == "Stop"
    person.until(lambda: part.climbing.present is None, "the image")
    assert part.made is not None and part.button.text() == "Make another"
    made = part.made.climbed
    assert len(grown) >= 2 and grown == sorted(grown) and grown[-1] == made.steps
    moment = panel.study.shown
    assert moment is not None
    module = build_with(moment.network, moment.shapes, moment.tensors)
    with torch.inference_mode():
        highest = float(module.output(torch.from_numpy(made.image[None]).float() / 255, "conv2")[0, 0].max())
    assert made.value == pytest.approx(highest, rel=1e-4)
    assert made.value > found.rankings["strongest"].values[0, 0]
    assert "No validation image does more than" in part.text()
    QTest.mouseClick(part.picture, LEFT, pos=part.picture.tile(0).center())
    sample = window.sample.sample()
    assert sample is not None and sample.image is made.image and sample.label is None
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample is sample, "the snapshot")
    assert part.picture.at == 0 and window.bench.traces.region == part.picture.shown[0].region
    # the image of another map is another; this one is kept
    panel.show_channel(1)
    assert part.made is None and not part.picture.isVisible()
    panel.show_channel(0)
    assert part.made is not None and part.made.climbed is made
    QTest.mouseClick(part.button, LEFT)
    person.until(lambda: part.climbing.present is None, "another image")
    assert part.made is not None and not np.array_equal(part.made.climbed.image, made.image)


def test_an_image_that_grows_is_stopped_by_its_button_by_another_map_and_by_closing(window: MainWindow) -> None:
    panel, _ = trained(window)
    part = panel.climb
    for by_button in (True, False):
        QTest.mouseClick(part.button, LEFT)
        assert part.climbing.present is not None
        if by_button:
            QTest.mouseClick(part.button, LEFT)
        else:
            panel.show_channel(1)
        assert part.climbing.present is None and part.made is None and part.button.text() == "Make it"
    window.selection.select(["fc1"])
    until_found(window, 2, "fc1")
    # a score is a single value: there is nothing to choose
    assert not part.goals.isVisible() and "class 0" in part.text()
    QTest.mouseClick(part.button, LEFT)
    # the fixture closes the window, which ends the thread


@pytest.mark.usefixtures("recording", "asks_about_trainings")
def test_the_past_has_its_own_images(window: MainWindow) -> None:
    _, last = trained(window)
    person = Person(window)
    person.until(lambda: 2 in window.bench.past.steps, "the recorded moment")
    window.bench.past.go_to(0)
    start = until_found(window, 0, "conv2")
    assert not np.array_equal(start.means, last.means)
    window.bench.past.now()
    assert until_found(window, 2, "conv2") is not start


def test_the_list_is_saved_as_numbers_and_images(window: MainWindow, tmp_path: Path) -> None:
    panel, _ = trained(window)
    images = panel.study.images
    assert images is not None
    shown = panel.tiles.shown
    assert panel.menu.suggested("csv") == "conv2-map-0-strongest-step-2.csv"
    panel.menu.save(tmp_path / "list.csv")
    lines = (tmp_path / "list.csv").read_text().splitlines()
    first = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert len(lines) == 1 + len(shown) and int(first["image"]) == shown[0].image
    assert float(first["value"]) == shown[0].value and int(first["label"]) == images.labels[shown[0].image]
    assert shown[0].region == tuple(int(first[key]) for key in ("from_row", "from_column", "to_row", "to_column"))
    panel.menu.save(tmp_path / "list.npy")
    assert np.array_equal(np.load(tmp_path / "list.npy"), images.images[[one.image for one in shown]])
    panel.menu.save(tmp_path / "list.png")
    assert (tmp_path / "list.png").stat().st_size > 1000


def test_present_weights_are_studied_on_request_while_training_runs(window: MainWindow) -> None:
    panel, found = trained(window)
    person, session = Person(window), window.bridge.session
    assert not panel.renew.isVisible()
    session.play()
    person.until(lambda: panel.renew.isVisible(), "a newer moment")
    assert panel.study.latest is found
    QTest.mouseClick(panel.renew, LEFT)
    person.until(lambda: panel.study.latest is not found, "newer images")
    newer = panel.study.latest
    assert newer is not None and newer.step > found.step and session.status.state is State.RUNNING
    session.pause()
    person.until(lambda: session.status.state is State.PAUSED, "the pause")


def test_a_flatten_shows_the_maps_that_it_holds(window: MainWindow) -> None:
    panel, _ = trained(window)
    window.selection.select(["flatten"])
    assert panel.study.subject == "pool3" and not panel.study.latest
    found = until_found(window, 2, "pool3")
    assert not found.vector and "flatten holds the maps of pool3." in panel.text()
    assert panel.choices.box.itemText(1) == "map 1"


def test_what_excites_a_layer_is_kept_beside_the_run(window: MainWindow, recording: None) -> None:
    panel, found = trained(window)
    folder = window.bench.past.run_folder
    assert folder is not None
    Person(window).until(lambda: len(list(folder.glob("*/*-excitations-*"))) == 1, "the file")
    again = Exciting(window.bridge, window.bench.past, window)
    reports: list[int] = []
    again.progressed.connect(lambda done, _: reports.append(done))
    again.choose_layer("conv2")
    again.renew()
    Person(window).until(lambda: again.latest is not None, "the images in the file")
    assert again.latest is not None and again.latest is not panel.study.latest and set(reports) == {0}
    for order, ranking in found.rankings.items():
        assert np.array_equal(again.latest.rankings[order].images, ranking.images)


def test_a_hidden_tab_studies_nothing(window: MainWindow) -> None:
    panel, found = trained(window)
    person = Person(window)
    person.shortcut("panel_maps")
    window.bridge.session.batches(1)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 3, "the step")
    assert panel.study.latest is found and not panel.study.running
    person.shortcut("panel_excites")
    until_found(window, 3, "conv2")


def test_all_tabs_of_the_layer_have_their_whole_titles_in_a_small_window(window: MainWindow) -> None:
    window.resize(1280, 720)
    for arrangement in ("build", "train_view", "look"):
        window.arrange(arrangement)
        bar = window.layer.tabBar()
        QApplication.processEvents()
        assert bar.count() == len(titles(At.LAYER))
        assert bar.tabRect(bar.count() - 1).right() <= window.layer.width()
        for tab in range(bar.count()):
            assert bar.tabRect(tab).width() >= bar.fontMetrics().horizontalAdvance(bar.tabText(tab))


def test_the_map_that_is_open_in_the_microscope_is_the_one_that_is_shown(window: MainWindow) -> None:
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "torch")
    window.middle.open(Place("conv1", 3, 5, 5))
    window.show_panel("excites")
    panel = window.panel(ExcitesPanel)
    person.until(lambda: panel.study.latest is not None and panel.study.latest.node == "conv1", "what excites it")
    assert panel.channel == 3
    window.middle.open(Place("conv1", 6, 5, 5))
    assert panel.channel == 6 and panel.choices.box.currentIndex() == 6
