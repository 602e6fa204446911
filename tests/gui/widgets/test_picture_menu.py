"""What a panel shows, kept from the menu of the right button."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from cnnviz.gui.app import Application
from cnnviz.gui.panels.curves.panel import CurvesPanel
from cnnviz.gui.panels.histograms.panel import HistogramsPanel
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.maps.panel import MapsPanel
from cnnviz.gui.qt_application import make_qt
from cnnviz.gui.robot.person import Person
from cnnviz.gui.widgets.levels import levels, qt_colours
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.widgets.picture_menu import PictureMenu


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    import_module("torch")
    application = Application(make_qt())
    yield application.open_window(TEMPLATES["fast"].project())
    for window in list(application.windows):
        window.leave()
    application.deleteLater()


@pytest.fixture
def trained(window: MainWindow) -> MainWindow:
    person = Person(window)
    person.until(lambda: window.bridge.session.status.ready, "the data")
    window.bridge.session.batches(3)
    window.selection.select(["conv1"], "conv1")
    window.arrange("train_view")
    person.until(lambda: window.panel(KernelsPanel).menu.suggested("npy") == "conv1-kernels-step-3.npy", "kernels")
    person.until(lambda: len(window.curves.history) >= 3, "curves")
    window.curves.redraw()
    return window


def _asked(at: QWidget) -> None:
    """What Qt makes of the right button on a widget."""
    point = at.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, at.mapToGlobal(point))
    QApplication.sendEvent(at, event)


SPOTS: dict[str, Callable[[MainWindow], tuple[PictureMenu, QWidget]]] = {
    "curves": lambda window: (window.curves.menu, window.curves.plot._widget.viewport()),
    "kernels": lambda window: (window.panel(KernelsPanel).menu, window.panel(KernelsPanel).grid.viewport()),
    "sample": lambda window: (window.sample.menu, window.sample.image),
    "bars": lambda window: (window.sample.menu, window.sample.bars),
}


@pytest.mark.parametrize("spot", SPOTS)
def test_the_right_button_opens_the_menu(trained: MainWindow, spot: str) -> None:
    menu, at = SPOTS[spot](trained)
    _asked(at)
    assert QApplication.activePopupWidget() is menu
    shown = [action for action in menu.actions() if action.isVisible()]
    assert all(action.isEnabled() for action in shown if action.text().startswith(("Copy", "Save")))
    QGuiApplication.clipboard().clear()
    menu.actions()[0].trigger()
    menu.close()
    panel = menu.parentWidget()
    assert panel is not None
    assert QGuiApplication.clipboard().image().size() == panel.size() * 2


def test_the_right_button_on_maps_opens_the_menu_and_the_file_holds_them(trained: MainWindow, tmp_path: Path) -> None:
    trained.arrange("look")
    maps = trained.panel(MapsPanel)
    Person(trained).until(lambda: maps.shown_maps() is not None, "maps")
    _asked(maps.grid.viewport())
    assert QApplication.activePopupWidget() is maps.menu
    maps.menu.close()
    maps.menu.save(tmp_path / maps.menu.suggested("npy"))
    values = maps.shown_maps()
    assert values is not None
    assert np.array_equal(np.load(next(tmp_path.iterdir())), values)


def test_the_curves_are_an_array_of_every_step_and_evaluation(trained: MainWindow, tmp_path: Path) -> None:
    trained.show_panel("curves")
    curves = trained.panel(CurvesPanel)
    Person(trained).until(lambda: len(curves.history) >= 3, "three steps")
    for ending in ("npy", "csv"):
        curves.menu.save(tmp_path / f"curves.{ending}")
    made = np.load(tmp_path / "curves.npy")
    header, *lines = (tmp_path / "curves.csv").read_text().splitlines()
    assert list(made.dtype.names) == header.split(",") and len(made) == len(lines)
    steps = made[made["split"] == "training"]
    assert np.array_equal(steps["loss"], curves.history.loss.values())
    assert steps["step"].tolist() == list(range(1, len(steps) + 1))
    for row, line in zip(made, lines, strict=True):
        split, step, _, loss, *_ = line.split(",")
        assert (split, int(step)) == (row["split"], row["step"]) and float(loss) == pytest.approx(row["loss"], rel=1e-6)


def test_kernels_and_sample_are_numbers_too(trained: MainWindow, tmp_path: Path) -> None:
    kernels, sample = trained.panel(KernelsPanel), trained.sample
    kernels.menu.save(tmp_path / "kernels.npy")
    weights, shown = kernels.shown_weights(), sample.sample()
    assert weights is not None and shown is not None
    assert np.array_equal(np.load(tmp_path / "kernels.npy"), weights)
    sample.menu.save(tmp_path / "sample.npy")
    assert np.array_equal(np.load(tmp_path / "sample.npy"), shown.image)
    Person(trained).until(sample.bars.answer, "an answer")
    sample.menu.save(tmp_path / "sample.csv")
    lines = (tmp_path / "sample.csv").read_text().splitlines()
    assert lines[0] == "class,probability,logit" and len(lines) == 11
    assert sum(float(line.split(",")[1]) for line in lines[1:]) == pytest.approx(1, abs=1e-5)


def _texts(trained: MainWindow, at: QWidget) -> list[str]:
    """Of the menu that the right button opens on a widget; it is closed again."""
    _asked(at)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions() if action.isEnabled()]
    menu.close()
    return texts


def test_every_panel_has_the_menu_and_a_name_for_its_files(trained: MainWindow, tmp_path: Path) -> None:
    person, spread = Person(trained), trained.panel(HistogramsPanel)
    trained.show_panel("spread")
    person.until(lambda: spread.menu.suggested("csv") == "conv1-spread-step-3.csv", "the spread")
    trained.show_panel("code")
    person.until(lambda: bool(trained.code.text()), "the code")
    assert trained.code.menu.suggested("py").endswith("_pytorch.py")
    pictures = ["Copy picture", "Save as PNG …", "Save as SVG …"]
    for at, numbers in (
        (spread.outputs, ["CSV", "NPY"]),
        (trained.code.code.viewport(), ["PY"]),
        (trained.table.table.viewport(), ["CSV"]),
    ):
        expected = [*pictures, *(f"Save as {kind} …" for kind in numbers)]
        assert [text for text in _texts(trained, at) if text in expected] == expected
    spread.menu.save(tmp_path / "spread.npy")
    bins = np.load(tmp_path / "spread.npy")
    spread.menu.save(tmp_path / "spread.csv")
    lines = (tmp_path / "spread.csv").read_text().splitlines()
    assert bins.shape[0] == 2 and len(lines) == 1 + bins.shape[0] * bins.shape[1]
    weight = trained.bridge.session.weights.latest
    assert weight is not None and bins[1, :, 2].sum() == np.count_nonzero(weight.tensors["conv1.weight"])
    trained.code.menu.save(tmp_path / "code.py")
    assert (tmp_path / "code.py").read_text() == trained.code.text()
    trained.table.menu.save(tmp_path / "layers.csv")
    assert (tmp_path / "layers.csv").read_text() == trained.table.text(",")


def test_the_network_is_copied_as_a_picture(trained: MainWindow) -> None:
    QGuiApplication.clipboard().clear()
    trained.actions_by_id["copy_picture"].trigger()
    assert QGuiApplication.clipboard().image().width() > 1000


def test_the_maps_on_the_canvas_are_kept_as_numbers(trained: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "maps.npz"
    trained.picture.write(path)
    Person(trained).until(path.exists, "the file")
    file, shown = np.load(path), trained.bridge.shown
    assert shown is not None and {"conv1", "conv1.channels", "fc1"} <= set(file)
    channels = file["conv1.channels"]
    maps = shown.by_node(MapsOf)["conv1"]
    assert len(channels) == len(file["conv1"]) and file["conv1"].shape[1:] == maps.values.shape[1:]
    both = [(row, maps.channels.index(one)) for row, one in enumerate(channels.tolist()) if one in maps.channels]
    assert both and all(np.array_equal(file["conv1"][here], maps.values[there]) for here, there in both)


def test_another_ending_is_refused_whatever_the_name_contains(window: MainWindow) -> None:
    said: list[str] = []
    window.picture.failed.connect(said.append)
    window.picture.write(Path("net\nwork\u202e.bmp"))
    assert said[0].isprintable() and "should end with" in said[0] and ".bmp”" in said[0]


def test_an_empty_panel_offers_nothing_to_keep(window: MainWindow) -> None:
    menu = window.curves.menu
    menu.popup(QPoint(0, 0))
    assert not menu.actions()[0].isEnabled()
    menu.close()


def test_the_scales_of_the_curves_are_in_the_menu(trained: MainWindow) -> None:
    head = trained.curves.head
    (log,) = (action for action in trained.curves.menu.actions() if action.text() == "Loss on a logarithmic scale")
    before = head.log.isChecked()
    log.trigger()
    assert head.log.isChecked() is not before
    head.log.click()
    assert log.isChecked() is before


def test_what_cannot_be_saved_is_said(
    trained: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / "nowhere" / "curves.csv")])
    (action,) = (one for one in trained.curves.menu.actions() if one.text() == "Save as CSV …")
    with qtbot.waitSignal(trained.curves.message) as said:
        action.trigger()
    assert str(said.args[0]).startswith("curves.csv could not be saved: ")
    path = tmp_path / "curves.csv"
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(path)])
    action.trigger()
    told = trained.status.currentMessage()
    assert path.exists() and told.startswith("Saved as “") and told.endswith("curves.csv”.")


def test_one_map_is_copied_alone(trained: MainWindow) -> None:
    trained.arrange("look")
    maps = trained.panel(MapsPanel)
    Person(trained).until(lambda: maps.shown_maps() is not None, "maps")
    grid = maps.grid
    (copy,) = (action for action in maps.menu.actions() if action.text() == "Copy this map")
    _asked(grid.viewport())
    maps.menu.close()
    assert not copy.isVisible()
    place = grid.centre(2)
    assert place is not None
    QTest.mouseMove(grid.viewport(), place.toPoint())
    _asked(grid.viewport())
    assert copy.isVisible()
    copy.trigger()
    maps.menu.close()
    image, values = QGuiApplication.clipboard().image(), maps.shown_maps()
    assert values is not None
    height, width = values.shape[1:]
    times = image.width() // width
    assert times > 1 and (image.width(), image.height()) == (times * width, times * height)
    # the largest and the smallest value have the colours of the ends of the scale
    assert grid.tiles is not None
    drawn = levels(values[2:3], grid.tiles.limit, grid.tiles.signed)[0]
    words = qt_colours(trained.bench.theme, grid.tiles.signed).take(drawn)
    seen = [[image.pixel(x * times, y * times) for x in range(width)] for y in range(height)]
    assert np.array_equal(np.array(seen, np.uint32), words)
    assert trained.status.currentMessage() == "The picture is on the clipboard."


def test_a_button_opens_the_menu_of_the_panel_in_front(trained: MainWindow) -> None:
    more = trained.layer.more
    for kind in (KernelsPanel, MapsPanel, HistogramsPanel):
        panel = trained.panel(kind)
        trained.layer.setCurrentWidget(panel)
        assert more.isEnabled()
        more.click()
        menu = panel.picture_menu()
        assert menu is not None and QApplication.activePopupWidget() is menu
        menu.close()
    trained.show_panel("settings")
    assert not more.isEnabled()
