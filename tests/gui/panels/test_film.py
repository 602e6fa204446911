"""The film strip of a filter: the recorded weights to the bit, on one scale; a click goes to the moment."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments_kit import shown, train

from cnnviz.gui.panels.kernels.film import MOST_FRAMES, Film, Frame, chosen_steps, film_of
from cnnviz.gui.panels.kernels.panel import KernelsPanel
from cnnviz.gui.panels.kernels.stacks import StackForm
from cnnviz.gui.robot.person import Person
from cnnviz.runs.folder import weights

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.kernels.film_strip import FilmStrip


@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=60))
def test_the_first_and_the_last_moment_are_in_the_film(steps: set[int]) -> None:
    every = sorted(steps)
    chosen = chosen_steps(every)
    assert {every[0], every[-1]} <= set(chosen) <= steps and len(chosen) == min(len(every), MOST_FRAMES)
    assert list(chosen) == sorted(chosen)


def test_frames_share_a_scale_and_the_order_of_the_last_one() -> None:
    form = StackForm(2, 3, (1, 2), "pool")
    first = np.array([[[9, 0]], [[1, 1]], [[0, 0]]], np.float32)
    last = np.array([[[1, 0]], [[0, -4]], [[2, 2]]], np.float32)
    other = Frame(StackForm(2, 1, (1, 2), "pool"), np.ones((1, 1, 2), np.float32))
    film = film_of("conv", 1, {8: Frame(form, last), 0: Frame(form, first), 4: other})
    assert film is not None and film.steps == (0, 8) and film.limit == 9
    assert film.order.tolist() == [1, 2, 0]
    drawn = film.tiles(np.arange(6))
    assert np.array_equal(drawn, np.concatenate([first[[1, 2, 0]], last[[1, 2, 0]]]))
    assert [film.step_at(at) for at in (2, 3)] == [0, 8] and film.slice_at(4) == 2
    assert film_of("conv", 1, {}) is None


def test_the_command_opens_the_film_strip_where_no_weights_are_drawn_yet(window: MainWindow, recording: None) -> None:
    train(window, 4)
    person, panel = Person(window), window.panel(KernelsPanel)
    window.selection.select(["conv1"])
    window.show_panel("maps")
    assert panel._state is None or not panel.isVisible()
    panel._forget()
    person.shortcut("film")
    person.until(lambda: panel.film.shown, "the film strip, after one command")


def strip_of(window: MainWindow, node: str) -> FilmStrip:
    """Open the film strip of the first filter of a layer."""
    person, panel = Person(window), window.panel(KernelsPanel)
    window.selection.select([node])
    window.show_panel("kernels")
    person.until(lambda: panel.text() and panel.shown_filters() and panel._node == node, "the kernels")
    person.shortcut("film")
    strip = panel.film.strip
    assert strip is not None
    ready(window, strip)
    return strip


def ready(window: MainWindow, strip: FilmStrip) -> Film:
    """The film, as soon as it has been read."""
    Person(window).until(lambda: strip.film is not None and strip._job is None, "the film")
    assert strip.film is not None
    return strip.film


@pytest.fixture
def trained(window: MainWindow, recording: None) -> tuple[MainWindow, Path]:
    window.resize(1600, 1000)
    train(window, 4)
    recorder = window.bridge.recorder
    assert recorder is not None
    return window, recorder.folders[1]


def test_each_frame_has_the_recorded_bits_and_a_click_goes_to_it(trained: tuple[MainWindow, Path]) -> None:
    window, folder = trained
    strip, panel = strip_of(window, "conv2"), window.panel(KernelsPanel)
    strip.after.click()
    film = ready(window, strip)
    assert (film.node, film.filter, film.steps) == ("conv2", 1, window.bench.past.steps)
    for number, step in enumerate(film.steps):
        assert np.array_equal(film.stack[number], weights(folder, step)[1]["conv2.weight"][1].numpy())
    assert film.limit == np.abs(film.stack).max() and strip.grid.tiles is not None
    assert not panel.questions() and panel.menu.suggested("npy") == "conv2-filter-1-step-0-to-4.npy"
    strip.grid.clicked.emit(film.form.slices)
    person = Person(window)
    person.until(lambda: shown(window).step == film.steps[1], "the moment")
    assert strip.grid.tiles.caption(film.form.slices) == f"▸{film.steps[1]}"
    assert np.array_equal(np.load(BytesIO(strip.as_npy())), film.stack)
    lines = strip.as_csv().splitlines()
    assert len(lines) == 1 + film.stack.size and lines[0] == "step,slice,row,column,weight"
    *place, value = lines[-1].split(",")
    assert place[0] == "4" and float(value) == film.stack[(-1, *map(int, place[1:]))]
    assert panel._facts.isHidden()
    strip.back.click()
    assert not panel._facts.isHidden() and "parameters" in panel.facts()
    person.until(lambda: panel.shown_filters(), "the kernels")
    assert not strip.isVisible() and panel.questions()


def test_the_change_since_the_first_moment_has_a_scale_of_its_own(trained: tuple[MainWindow, Path]) -> None:
    window, folder = trained
    strip, panel = strip_of(window, "conv2"), window.panel(KernelsPanel)
    before = ready(window, strip)
    strip.change.click()
    film = ready(window, strip)
    recorded = [weights(folder, step)[1]["conv2.weight"][0].numpy() for step in film.steps]
    for number, weight in enumerate(recorded):
        assert np.array_equal(film.stack[number], weight - recorded[0])
    assert 0 < film.limit == np.abs(recorded - recorded[0]).max() < before.limit
    assert strip.grid.tiles is not None and strip.grid.tiles.limit == film.limit
    assert "change since step 0" in strip._facts.text()
    assert panel.menu.suggested("npy") == "conv2-filter-0-change-step-0-to-4.npy"
    strip.after.click()
    assert not ready(window, strip).stack[0].any()
    strip.change.click()
    assert np.array_equal(ready(window, strip).stack[0], weights(folder, 0)[1]["conv2.weight"][1].numpy())


def test_reading_is_cancelled_only_for_another_filter(trained: tuple[MainWindow, Path]) -> None:
    window, _ = trained
    strip = strip_of(window, "conv2")
    strip._frames.clear()
    strip._load()
    job = strip._job
    strip._load()
    assert job is not None and not job.cancelled.is_set()
    strip.after.click()
    assert job.cancelled.is_set() and ready(window, strip).filter == 1


def test_a_film_follows_the_run_and_leaves_out_what_cannot_be_read(trained: tuple[MainWindow, Path]) -> None:
    window, folder = trained
    path = folder / "moments" / "000000000001.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    strip = strip_of(window, "conv1")
    film = ready(window, strip)
    assert 1 not in film.steps and {0, 4} <= set(film.steps) and film.form.slices == 1
    train(window, 2)
    Person(window).until(lambda: strip.film is not None and 6 in strip.film.steps, "the new moments")
    window.selection.select(["fc1"])
    assert not strip.isVisible()
    assert strip_of(window, "fc1").film is not None
    window.bench.past.steps = ()
    assert "appears when moments" in strip._facts_about(None)
