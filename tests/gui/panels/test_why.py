"""The section WHY of the Sample place: two classes explained side by side, and the check of a method."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnviz.gui.panels.sample import why_words
from cnnviz.gui.panels.sample.attribution_image import AttributionImage
from cnnviz.gui.robot.person import Person
from cnnviz.gui.theme import DARK
from cnnviz.inspection.studies.explaining import explain
from cnnviz.inspection.studies.explanation import Asked, Explanation, Similarity
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from cnnviz.gui.main_window import MainWindow
    from cnnviz.gui.panels.sample.why_body import WhyBody


def explained(window: MainWindow, batches: int = 2) -> WhyBody:
    """Train a little, and unfold the section."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    session.batches(batches)
    person.until(lambda: session.status.step == batches and session.status.state is State.PAUSED, "training")
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == batches, "the snapshot")
    assert not window.sample.why.open
    person.shortcut("why")
    body = window.sample.why.body()
    person.until(lambda: body.pictures[0].values() is not None, "the explanation")
    return body


def test_both_classes_are_explained_with_the_numbers_of_a_plain_computation(window: MainWindow) -> None:
    body = explained(window)
    snapshot, sample = window.bridge.shown, window.sample.sample()
    assert snapshot is not None and snapshot.moment is not None and sample is not None
    answer = window.sample.bars.answer()
    assert answer is not None
    first, second = body.targets()
    shares = [share for share, _ in answer]
    assert first == int(np.argmax(shares)) and second != first
    for target, picture in zip((first, second), body.pictures, strict=True):
        true = explain(snapshot.moment, sample, Asked("integrated_gradients", target), lambda: False)
        shown = picture.values()
        assert true is not None and shown is not None
        assert shown == pytest.approx(true.values, abs=1e-5)
        written = f"\n{target}: {true.total:+.2f}".replace("-", "−")
        assert written in body.words.text()
    assert body.legend.text() == "orange: speaks for the class\nblue: speaks against it"


def test_nothing_moves_where_one_points_at_a_pixel(window: MainWindow) -> None:
    body, person = explained(window), Person(window)
    person.stay(0.1)
    words, below = body.words.text(), body.note.y()
    body.pictures[0].pointed.emit(3, 4)
    person.stay(0.1)
    first, second = body.targets()
    assert body.words.text().startswith("row 3, column 4: ") and f" for {first}, " in body.words.text()
    assert body.words.text().endswith(f" for {second}") and body.note.y() == below
    body.pictures[0].pointed.emit(-1, -1)
    person.stay(0.1)
    assert (body.words.text(), body.note.y()) == (words, below)


def test_another_method_class_and_sample_are_explained_at_once(window: MainWindow) -> None:
    body, person = explained(window), Person(window)
    before = body.pictures[0].values()
    body.method.setCurrentIndex(body.method.findData("grad_cam"))
    body.method.activated.emit(body.method.currentIndex())
    assert body.layer.isVisibleTo(body) and body.layer.currentText() == "pool3"
    person.until(lambda: body.pictures[0].values() is not before, "Grad-CAM")
    cam = body.pictures[0].values()
    assert cam is not None and cam.min() >= 0
    body.method.setCurrentIndex(body.method.findData("occlusion"))
    body.method.activated.emit(body.method.currentIndex())
    person.until(lambda: body.pictures[0].values() is not cam, "occlusion")
    covered = body.pictures[1].values()
    body.classes[1].setCurrentIndex(body.classes[1].findData(7))
    body.classes[1].activated.emit(body.classes[1].currentIndex())
    person.until(lambda: body.pictures[1].values() is not covered, "class 7")
    assert body.targets()[1] == 7
    shown = body.pictures[0].values()
    window.sample.step(1)
    person.until(lambda: body.pictures[0].values() is not shown, "the next sample")
    window.sample.show_page("draw")
    person.until(lambda: body.pictures[0].values() is None, "an empty sheet")
    assert "nothing to explain" in body.words.text()


def test_two_methods_are_compared_for_one_class(window: MainWindow) -> None:
    body, person = explained(window), Person(window)
    body.other.setCurrentIndex(body.other.findData("grad_cam"))
    body.other.activated.emit(body.other.currentIndex())
    body.classes[1].setCurrentIndex(body.classes[1].findData(body.targets()[0]))
    body.classes[1].activated.emit(body.classes[1].currentIndex())
    person.until(lambda: "scale of its own" in body.words.text(), "both methods")
    assert body.targets()[0] == body.targets()[1] and not body.bar.isVisibleTo(body)
    first, second = (picture.values() for picture in body.pictures)
    assert first is not None and second is not None and first.min() < 0 <= second.min()


def test_a_method_is_checked_with_random_weights(window: MainWindow) -> None:
    body, person = explained(window), Person(window)
    body.check.click()
    person.until(lambda: "conv1" in body.verdict.text(), "the check")
    assert body.verdict.text().startswith(("Passed:", "Not passed:"))
    place = window.sample._arrangement._scrolled
    person.until(
        lambda: place.viewport().rect().contains(body.verdict.mapTo(place.viewport(), body.verdict.rect().center())),
        "the result on screen",
    )


def test_pictures_and_numbers_are_saved(window: MainWindow, tmp_path: Path) -> None:
    body = explained(window)
    one, other = body.targets()
    assert body.menu.suggested("npy") == f"why-integrated_gradients-{one}-integrated_gradients-{other}.npy"
    for suffix in ("png", "csv", "npy"):
        body.menu.save(tmp_path / f"why.{suffix}")
    pictures = [picture.values() for picture in body.pictures]
    assert all(values is not None for values in pictures)
    values = np.load(tmp_path / "why.npy")
    assert np.array_equal(values, np.stack([each for each in pictures if each is not None]))
    lines = (tmp_path / "why.csv").read_text().splitlines()
    assert lines[0] == "picture,row,column,value" and len(lines) == 1 + 2 * 28 * 28
    assert float(lines[1 + 28 * 28 + 5].split(",")[-1]) == pytest.approx(float(values[1, 0, 5]))


def test_a_check_that_is_cancelled_leaves_nothing(window: MainWindow) -> None:
    body, person, study = explained(window), Person(window), window.bench.explaining
    body.check.click()
    assert study.is_checking and body.check.text() == "Cancel the check"
    body.check.click()
    assert not study.is_checking and body.check.text() == "Check the picture" and not body.verdict.isVisibleTo(body)
    body.check.click()
    study.checking.emit(1, 5)
    assert body.check.text() == "Cancel: 1 of 5 layers"
    person.until(lambda: "step 2" in body.verdict.text(), "the check after that")
    assert body.check.text() == "Check the picture"


def test_an_explanation_that_was_made_before_is_shown_at_once(window: MainWindow, recording: None) -> None:
    body, person = explained(window), Person(window)
    first = body.pictures[0].values()

    def choose(method: str) -> None:
        body.method.setCurrentIndex(body.method.findData(method))
        body.method.activated.emit(body.method.currentIndex())

    choose("occlusion")
    person.until(lambda: body.pictures[0].values() is not first, "occlusion")
    choose("integrated_gradients")
    assert body.pictures[0].values() is first
    window.sample.step(1)
    person.until(lambda: body.pictures[0].values() is not first, "the next sample")
    window.sample.step(-1)
    person.until(lambda: body.pictures[0].values() is first, "the sample again")


def test_other_weights_at_the_start_are_explained_anew(window: MainWindow) -> None:
    """A run without a step leaves its number to the next one."""
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "the first weights")
    person.shortcut("why")
    body = window.sample.why.body()
    for box, chosen in ((body.method, "gradient"), (body.classes[0], 3), (body.classes[1], 4)):
        box.setCurrentIndex(box.findData(chosen))
        box.activated.emit(box.currentIndex())
    wanted = (Asked("gradient", 3), Asked("gradient", 4))
    person.until(lambda: tuple(one.asked for one in body._found) == wanted, "the explanation")
    seen = []
    for _ in range(2):
        seen.append(body._found[0].logit)
        person.shortcut("new_weights")
        person.until(lambda: bool(body._found) and body._found[0].logit not in seen, "that of other weights")


def test_a_long_explanation_ends_when_another_one_is_chosen(window: MainWindow) -> None:
    body, study = explained(window), window.bench.explaining
    body.method.setCurrentIndex(body.method.findData("occlusion"))
    body.method.activated.emit(body.method.currentIndex())
    job = study._job
    assert job is not None and not job.cancelled.is_set()
    body.method.setCurrentIndex(body.method.findData("gradient"))
    body.method.activated.emit(body.method.currentIndex())
    assert job.cancelled.is_set()
    Person(window).until(
        lambda: [one.asked.method for one in body._found] == ["gradient"] * 2, "the gradient instead of occlusion"
    )


def test_words_say_what_integrated_gradients_sum_to_and_by_how_much_they_miss_it() -> None:
    asked, values = Asked("integrated_gradients", 0), np.array([[6.0, -0.5]], np.float32)
    exactly = Explanation(asked, values, logit=4.0, black=-1.5)
    assert why_words.meaning((exactly,), str).endswith(":\n0: +5.50 = 4.00 − (−1.50)\nThe sums are complete.")
    near = Explanation(asked, values, logit=5.6, black=0.0)
    assert why_words.meaning((near,), str).endswith(
        "\n0: +5.50 ≈ 5.60 − 0.00\nThe sums are nearly complete: they miss this by 0.1 (1.8 %)."
    )
    assert not why_words.warning((exactly, near), str)
    far = Explanation(asked, values, logit=6.0, black=0.0)
    assert "complete" not in why_words.meaning((near, far), str)
    assert why_words.warning((near, far), str) == (
        "Not exact: the sum for 0 is off by 0.5 (8.3 %). Compare with Occlusion, which needs no sum."
    )
    cancelling = Explanation(asked, values * 0 + np.array([[5.0, -5.0]], np.float32), logit=0.001, black=0.0)
    small = "The sum for 0 is small because orange and blue cancel."
    assert why_words.meaning((cancelling,), str).endswith(small)
    # of two sums the small one is named, and one that is small only beside its parts is none
    large = Explanation(Asked("integrated_gradients", 1), values * 0 + np.array([[70.0, -60.0]], np.float32), 10.0, 0.0)
    assert large.cancels and why_words.meaning((large, cancelling), str).endswith("complete.\n" + small)
    assert "cancel" not in why_words.meaning((large,), str)
    nothing = Explanation(Asked("grad_cam", 0, "conv2"), values * 0, logit=1.0, black=0.0)
    assert why_words.meaning((nothing,), str) == "Nowhere do the maps of conv2 raise the score."
    assert why_words.numbers(nothing, "class {}".format) == "score of class 0: +1.00\n0 everywhere"


def test_sums_that_are_not_exact_are_said_just_below_the_pictures(window: MainWindow) -> None:
    body = explained(window)
    person = Person(window)
    assert not body.warning.isVisible()
    assert window.bridge.shown is not None and window.bridge.shown.moment is not None
    moment = window.bridge.shown.moment
    exact = body._found
    values = exact[0].values
    body._show(tuple(replace(each, logit=each.black + 2 * each.total) for each in exact), moment)
    assert body.warning.isVisible() and body.warning.text().startswith("Not exact")
    below_pictures = body.sums[0].geometry().bottom()
    person.until(lambda: below_pictures < body.warning.y() < body.bar.y(), "the layout")
    body._show(exact, moment)
    assert not body.warning.isVisible() and body.pictures[0].values() is values


def test_a_passed_check_does_not_speak_of_the_sums() -> None:
    passed = why_words.verdict((Similarity("fc", 0.2),), 3)
    assert "depends on what was learned. Whether its values are exact is another question." in passed


def test_a_method_says_whether_it_fails_its_check() -> None:
    failed, passed = ((Similarity("fc", 0.9), Similarity("conv", last)) for last in (0.5, 0.4))
    assert why_words.verdict(failed, 3).startswith("Not passed:") and "step 3" in why_words.verdict(failed, 3)
    assert why_words.verdict(passed, 3).startswith("Passed:")


def test_the_answers_stay_beside_the_picture_while_the_section_is_open(window: MainWindow) -> None:
    window.resize(1600, 1000)
    body, sample, person = explained(window), window.sample, Person(window)
    person.until(lambda: sample.bars.parent() is sample.picking, "the bars beside the picture")
    frame = sample.bars.rect().translated(sample.bars.mapTo(sample, sample.bars.rect().topLeft()))
    person.until(lambda: sample.bars.height() >= sample.bars.minimumSizeHint().height(), "their height")
    assert body.isVisible() and sample.rect().contains(frame) and sample.image.width() >= 84
    sample.why._section.title.click()
    person.until(lambda: sample.bars.parent() is sample.answer, "the bars below the picture")
    sample.why._section.title.click()
    sample.show_page("draw")
    person.until(lambda: sample.bars.parent() is sample.answer, "the bars of the drawing")


def test_a_window_that_closes_waits_for_the_end_of_a_check(window: MainWindow) -> None:
    body, study = explained(window), window.bench.explaining
    for _ in range(3):
        body.check.click()
    assert study.close()
    assert not [thread for thread in threading.enumerate() if thread.name in ("cnnviz-check", "cnnviz-explanation")]


def test_a_folded_section_asks_for_nothing(window: MainWindow) -> None:
    body = explained(window)
    window.sample.why.unfold()
    assert window.sample.why.open
    window.sample.why._section.title.click()
    shown = body.pictures[0].values()
    window.sample.step(1)
    sample = window.sample.sample()
    Person(window).until(lambda: window.bridge.shown is not None and window.bridge.shown.sample is sample, "the answer")
    assert body.pictures[0].values() is shown


def test_values_are_drawn_in_the_colours_of_their_scale(qtbot: QtBot) -> None:
    picture = AttributionImage(DARK)
    qtbot.addWidget(picture)
    picture.resize(80, 80)
    values = np.zeros((2, 2), np.float32)
    values[0, 0], values[0, 1] = 2.0, -2.0
    picture.show_values(values, 2.0, np.full((1, 2, 2), 255, np.uint8), signed=True)
    drawn = picture.grab().toImage()
    up, down, none = (drawn.pixelColor(*at).name() for at in ((20, 20), (60, 20), (20, 60)))
    assert (up, down, none) == (DARK.positive, DARK.negative, DARK.surface)
    picture.set_over(True)
    over = picture.grab().toImage()
    assert over.pixelColor(20, 20).name() == DARK.positive and over.pixelColor(20, 60).name() != DARK.surface


def test_an_explanation_tells_its_step_and_goes_with_its_run(window: MainWindow) -> None:
    body = explained(window)
    snapshot = window.bridge.shown
    assert snapshot is not None and snapshot.moment is not None
    moment = snapshot.moment
    assert body.moment.text() == "step 2"
    later = replace(snapshot, step=9, moment=replace(moment, step=9))
    body.follow(body._sample, body._state, later)
    assert body.moment.text() == "step 2, not the one shown"
    body.check.click()
    Person(window).until(lambda: not body.checking.running, "the check")
    assert not body.verdict.isHidden() and "of step 2 " in body.verdict.text()
    body.follow(body._sample, body._state, replace(snapshot, run=7, moment=replace(moment, run=7)))
    assert body.pictures[0].values() is None and body.moment.text() == "" and body.verdict.isHidden()


def test_a_failure_of_an_explanation_tells_its_step(window: MainWindow) -> None:
    body = explained(window)
    assert window.bridge.shown is not None and window.bridge.shown.moment is not None
    moment = window.bridge.shown.moment
    body._study.failed.emit("It failed.", replace(moment, step=1))
    assert body.words.text() == "At step 1: It failed."


def test_an_explanation_of_the_image_before_says_so_until_the_next_one(window: MainWindow) -> None:
    body, person = explained(window), Person(window)
    sample, found = body._sample, body._found
    assert sample is not None
    body.follow(replace(sample), body._state, window.bridge.shown)
    assert body.moment.text() == "of the image before" and body._found is found
    window.sample.step(1)
    person.until(lambda: body._found is not found, "the next explanation")
    assert body.moment.text() == "step 2"
