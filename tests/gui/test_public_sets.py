"""Public datasets on the data page, from a server on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from loopback import Loopback, serving
from published_sets import published
from PySide6.QtTest import QTest

from cnnviz.data.sources import registry
from cnnviz.data.sources.public import PUBLIC
from cnnviz.gui.robot.person import LEFT, Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cnnviz.data.sources.public import Public
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.data.panel import DataPage


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as state:
        yield state


def offered(window: MainWindow, public: Public) -> DataPage:
    """The data page with a dataset chosen from the menu."""
    window.data.open()
    page = window.data.page
    Person(window).until(lambda: page.survey is not None, "MNIST")
    page.public._sets = {public.name: public}
    page.public.menu.aboutToShow.emit()
    (action,) = page.public.menu.actions()
    assert public.title in action.text()
    action.trigger()
    return page


def test_all_of_them_are_in_the_menu_with_their_sizes(window: MainWindow) -> None:
    window.data.open()
    public = window.data.page.public
    public.menu.aboutToShow.emit()
    texts = [action.text() for action in public.menu.actions()]
    assert len(texts) == len(PUBLIC) and any("Fashion-MNIST" in text and "30.9 MB" in text for text in texts)
    Person(window).until(lambda: window.data.page.survey is not None, "MNIST")


def test_nothing_is_requested_before_it_is_asked_for_and_then_it_is_shown(
    window: MainWindow, server: Loopback, tmp_path: Path
) -> None:
    page = offered(window, published("fashion-mnist", server, tmp_path))
    assert page.summary.title.text() == "Fashion-MNIST" and "from 127.0.0.1" in page.public.about.text()
    assert page.public.download.text().startswith("Download ") and not server.requests
    QTest.mouseClick(page.public.download, LEFT)
    assert page.public.cancel.isVisible() and not page.public.download.isVisible()
    Person(window).until(lambda: page.survey is not None, "the survey")
    assert registry.names() == ["fashion-mnist"] and not page.public.isVisible()
    assert page.survey is not None and page.survey.dataset.title == "Fashion-MNIST"
    assert [row.name for row in page.summary.classes.classes.rows][:2] == ["T-shirt/top", "Trouser"]
    # what is here is no longer offered
    page.public.menu.aboutToShow.emit()
    assert not any(action.isEnabled() for action in page.public.menu.actions())
    # removed from the list it is offered again, and nothing is downloaded
    server.requests.clear()
    QTest.mouseClick(page.remove, LEFT)
    page.public.menu.aboutToShow.emit()
    (action,) = page.public.menu.actions()
    assert action.text() == "Fashion-MNIST  ·  on this machine"
    action.trigger()
    assert "nothing is downloaded" in page.public.about.text() and not page.public.given.isVisible()
    assert page.public.download.text() == "Add it"
    QTest.mouseClick(page.public.download, LEFT)
    Person(window).until(lambda: registry.names() == ["fashion-mnist"] and not page.public.isVisible(), "the dataset")
    assert not server.requests


def test_a_download_is_cancelled_and_goes_on_from_there(window: MainWindow, server: Loopback, tmp_path: Path) -> None:
    page, person = offered(window, published("cifar-10", server, tmp_path)), Person(window)
    server.stall_after = 3000
    QTest.mouseClick(page.public.download, LEFT)
    person.until(lambda: "CIFAR-10" in page.public.stage.text(), "some of it")
    QTest.mouseClick(page.public.cancel, LEFT)
    assert "What has arrived is kept" in page.public.error.text() and page.public.download.isVisible()
    assert not registry.names()
    server.stall_after = None
    server.released.set()
    QTest.mouseClick(page.public.download, LEFT)
    person.until(lambda: page.survey is not None, "the survey")
    assert server.requests[-1][1] is not None, "it goes on in the middle"


def test_without_a_network_there_is_a_sentence(window: MainWindow, server: Loopback, tmp_path: Path) -> None:
    public = published("kmnist", server, tmp_path)
    gone = tuple(replace(remote, url=f"http://127.0.0.1:9/{remote.name}") for remote in public.files)
    page = offered(window, replace(public, files=gone))
    QTest.mouseClick(page.public.download, LEFT)
    Person(window).until(lambda: bool(page.public.error.text()), "the sentence")
    assert "cannot be reached" in page.public.error.text() and page.public.download.isVisible()
    # the page, and the network, are as they were
    page.list.setCurrentRow(0)
    assert not page.public.isVisible() and page.summary.title.text() == "MNIST"


def test_a_download_goes_on_while_another_dataset_is_looked_at(
    window: MainWindow, server: Loopback, tmp_path: Path
) -> None:
    page, person = offered(window, published("fashion-mnist", server, tmp_path)), Person(window)
    server.stall_after = 1000
    QTest.mouseClick(page.public.download, LEFT)
    person.until(lambda: bool(server.requests), "the first request")
    page.list.setCurrentRow(0)
    server.released.set()
    person.until(lambda: page.list.count() == 2, "the dataset in the list")
    assert page.summary.title.text() == "MNIST"
