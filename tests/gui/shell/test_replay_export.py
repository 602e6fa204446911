"""A replay is saved as GIF or PNGs: a frame for each moment; cancelling and a full disk leave nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from full_disk import full_disk
from moments_kit import go_to, shown, train
from PIL import Image
from writing_kit import answering

from cnnviz.gui.robot.person import Person
from cnnviz.gui.shell.replay_export import CAPTION, frame
from cnnviz.gui.shell.replay_writer import LAST_MILLISECONDS, Picture, ReplayWriter

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.gui.main_window import MainWindow


def pixels_of(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def test_each_moment_becomes_a_frame_of_what_was_shown(window: MainWindow, recording: None, tmp_path: Path) -> None:
    train(window, 2)
    person, past, export = Person(window), window.bench.past, window.replay_export
    go_to(window, 1)
    place, expected = window.places.middle, {}

    def draw(step: int) -> None:
        image = frame(place, window.curves.moment_text(step))
        lines = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(image.height(), -1)
        expected[step] = lines[:, : 3 * image.width()].reshape(image.height(), -1, 3)

    window.bench.replay.drawn.connect(draw)
    export.write(place, tmp_path / "life.png")
    person.until(lambda: not export.running, "the pictures")
    person.until(lambda: shown(window).step == 1, "the moment that was shown before")
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"life-step-{step:06}.png" for step in past.steps]
    for step, file in zip(past.steps, files, strict=True):
        with Image.open(file) as saved:
            assert np.array_equal(pixels_of(saved), expected[step])
    # the lowest lines say the step, the others show its maps
    assert not np.array_equal(expected[0][:-CAPTION], expected[2][:-CAPTION])
    assert window.notice.text() == "" and not window.bench.replay.playing and window.bench.replay.speed == 1
    # nothing is written over
    export.write(place, tmp_path / "life.png")
    person.until(lambda: not export.running, "the refusal")
    assert "is there already" in window.notice.text() and len(list(tmp_path.iterdir())) == len(files)


def test_a_gif_has_a_frame_for_each_moment(window: MainWindow, recording: None, tmp_path: Path) -> None:
    train(window, 2)
    person, export = Person(window), window.replay_export
    told: list[str] = []
    window.bench.requests.message.connect(told.append)
    export.write(window.places.right, tmp_path / "life.gif")
    person.until(lambda: not export.running, "the picture")
    person.until(lambda: shown(window).step == 2 and window.bench.past.step is None, "the present")
    assert f"The replay of {len(window.bench.past.steps)} moments is saved as" in told[-1]
    with Image.open(tmp_path / "life.gif") as gif:
        assert gif.n_frames == len(window.bench.past.steps) and gif.info["loop"] == 0  # type: ignore[attr-defined]


def test_it_can_be_cancelled_and_ends_where_another_moment_is_chosen(
    window: MainWindow, recording: None, tmp_path: Path
) -> None:
    train(window, 4)
    person, export, past = Person(window), window.replay_export, window.bench.past
    for ending in ("png", "gif"):
        export.write(window.places.middle, tmp_path / f"life.{ending}")
        (button,) = window.notice.buttons()
        button.click()
        person.until(lambda: not export.running, "the end")
        assert not list(tmp_path.iterdir()) and window.notice.text() == ""
        past.now()
    export.write(window.places.middle, tmp_path / "life.png")
    past.go_to(past.steps[-1])
    person.until(lambda: not export.running, "the end")
    assert not list(tmp_path.iterdir()) and past.step == past.steps[-1] and window.bench.replay.speed == 1
    export.write(window.places.middle, tmp_path / "life.bmp")
    assert "should end with .gif or .png" in window.notice.text()


@pytest.mark.parametrize(("answer", "written"), [("wait", True), ("give_up", False)])
def test_closing_asks_about_a_replay_that_is_being_saved(
    window: MainWindow, recording: None, tmp_path: Path, answer: str, written: bool
) -> None:
    train(window, 4)
    window.replay_export.write(window.places.middle, tmp_path / "life.gif")
    with answering(answer) as seen:
        assert window.may_close()
    assert seen[0] == "A replay is still being saved."
    assert (tmp_path / "life.gif").exists() is written and len(list(tmp_path.iterdir())) == written


def picture(step: int, shade: int, width: int = 7) -> Picture:
    return Picture(step, width, 5, 3 * width + 1, bytes([shade] * 3 * width + [0]) * 5)


def written(path: Path, *pictures: Picture) -> ReplayWriter:
    writer = ReplayWriter(path, 100)
    writer.job.start()
    for each in pictures:
        writer.add(each)
    writer.finish()
    assert writer.job.wait(20)
    return writer


def test_frames_keep_their_colours_and_times(tmp_path: Path) -> None:
    pictures = (picture(0, 10), picture(1, 90), picture(4, 200, width=9))
    assert written(tmp_path / "a.gif", *pictures).job.latest.result == 3
    with Image.open(tmp_path / "a.gif") as gif:
        for number, shade in enumerate((10, 90, 200)):
            gif.seek(number)
            assert gif.size == (7, 5) and (pixels_of(gif) == shade).all()
            assert gif.info["duration"] == (LAST_MILLISECONDS if number == 2 else 100)
    assert written(tmp_path / "a.png", *pictures).job.latest.result == 3
    with Image.open(tmp_path / "a-step-000004.png") as last:
        assert last.size == (9, 5) and (pixels_of(last) == 200).all()


@pytest.mark.parametrize("name", ["a.gif", "a.png"])
def test_a_full_disk_is_said_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    with full_disk(10):
        failure = written(tmp_path / name, picture(0, 10), picture(1, 20)).job.latest.failure
    assert failure is not None and str(failure.sentence).startswith("The replay could not be saved as")
    assert not list(tmp_path.iterdir())
