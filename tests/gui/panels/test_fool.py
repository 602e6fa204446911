"""The section FOOL IT of the Sample place: adversarial images, and the sample that they become."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fool_kit import choose, unfolded
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from cnnviz.gui.panels.compare.panel import ComparePanel
from cnnviz.gui.panels.sample import fool_words
from cnnviz.gui.panels.sample.fool_state import fool_state
from cnnviz.gui.robot.person import Person
from cnnviz.inspection.adversarial.attack import Adversarial, Attack, Robustness
from cnnviz.inspection.studies.fooling import fool
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from cnnviz.gui.main_window import MainWindow


def test_the_smallest_change_is_shown_with_the_numbers_of_the_study(window: MainWindow) -> None:
    body = unfolded(window)
    snapshot, sample = window.bridge.shown, window.sample.sample()
    assert snapshot is not None and snapshot.moment is not None and sample is not None
    true = fool(snapshot.moment, sample, Attack(), lambda: False)
    shown = body.change.values()
    assert true is not None and true.fooled and shown is not None
    assert np.abs(shown).max() == true.largest <= true.size
    pixels = body.image.pixels()
    assert pixels is not None and np.abs(pixels.astype(int) - sample.image[0]).max() == true.largest
    assert f"more than {true.largest} of 255" in body.words.text() and "No smaller size" in body.words.text()
    said = body.table[1][0].text(), body.table[2][0].text()
    answer = window.sample.bars.answer()
    assert answer is not None and said[0] == str(int(np.argmax([share for share, _ in answer]))) != said[1]


def test_the_changed_image_becomes_the_sample_of_all_places_and_back(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    original, found = window.sample.sample(), body._found
    assert original is not None and found is not None
    body.use.click()
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample.image is found.image, "it")
    person.until(lambda: window.sample.bars.answer() is not None and window.sample.bars.before() is not None, "answers")
    answer, before = window.sample.bars.answer(), window.sample.bars.before()
    assert answer is not None and before is not None
    assert np.argmax([share for share, _ in answer]) == found.said != np.argmax([share for share, _ in before])
    assert body._found is found and body.use.text() == "Back to the original"
    body.use.click()
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample.image is original.image, "back")
    assert window.sample.sample() is original and body.use.text() == "Make it the sample"


def test_a_drawn_digit_is_fooled_and_drawn_on(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    choose(body.choices.method, "fgsm")
    window.sample.show_page("draw")
    surface, left = window.sample.drawing.surface, Qt.MouseButton.LeftButton

    def draw(row: int) -> None:
        QTest.mousePress(surface, left, pos=surface.place((70, row)).toPoint())
        QTest.mouseMove(surface, surface.place((205, row)).toPoint())
        QTest.mouseRelease(surface, left, pos=surface.place((205, row)).toPoint())

    def attacked() -> bool:
        sample, found = window.sample.sample(), body._found
        return sample is not None and found is not None and np.array_equal(found.original, sample.image)

    draw(60)
    person.until(attacked, "the attack on the stroke")
    found = body._found
    assert found is not None
    body.use.click()
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample.image is found.image, "it")
    exact = window.sample.drawing.exact.pixels()
    assert exact is not None and np.array_equal(exact, found.image[0])
    assert window.bridge.shown is not None and window.bridge.shown.sample.split == "drawn"
    draw(150)
    person.until(lambda: attacked() and body._found is not found, "the attack on both strokes")
    assert body.use.text() == "Make it the sample"


def test_other_weights_at_the_start_are_attacked_anew(window: MainWindow) -> None:
    """A run without a step leaves its number to the next one."""
    person = Person(window)
    person.until(lambda: window.bridge.shown is not None, "the first weights")
    person.shortcut("fool")
    body = window.sample.fool.body()
    choose(body.choices.method, "fgsm")
    person.until(lambda: body._found is not None, "the attack")
    seen = []
    for _ in range(2):
        assert body._found is not None
        seen.append(body._found.before)
        person.shortcut("new_weights")
        person.until(
            lambda: body._found is not None and all(not np.array_equal(body._found.before, one) for one in seen),
            "the attack on other weights",
        )
        moment, sample, found = window.bridge.source.newest, window.sample.sample(), body._found
        assert moment is not None and sample is not None and found is not None
        true = fool(moment, sample, Attack("fgsm"), lambda: False)
        assert true is not None and found.before == pytest.approx(true.before, abs=1e-5)


def test_the_layers_of_both_images_are_compared(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    original, found = window.sample.sample(), body._found
    assert original is not None and found is not None
    body.compare.click()
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample.image is found.image, "it")
    assert window.bench.sides.reference is original
    curve = window.panel(ComparePanel).samples.curve
    person.until(lambda: max(curve.values().values(), default=0) > 0, "the distances by layer")


def test_what_is_shown_is_saved(window: MainWindow, tmp_path: Path) -> None:
    body, person = unfolded(window), Person(window)
    found = body._found
    assert found is not None
    body.menu.save(tmp_path / "change.npy")
    assert np.array_equal(np.load(tmp_path / "change.npy"), found.change)
    choose(body.choices.method, "fgsm")
    body.robustness.start.click()
    person.until(lambda: body.robustness._study.latest is not None, "the curve")
    body.robustness.menu.save(tmp_path / "curve.csv")
    lines = (tmp_path / "curve.csv").read_text().splitlines()
    assert lines[0] == "size,right,images" and len(lines) == 10 and lines[1].startswith("0,")


def test_while_training_runs_newer_moments_are_attacked(window: MainWindow) -> None:
    body, person, session = unfolded(window), Person(window), window.bridge.session
    choose(body.choices.method, "fgsm")
    person.until(lambda: body._found is not None and body._found.asked.method == "fgsm", "FGSM")
    before, steps = body._found, []
    body._study.answered.connect(lambda _, moment: steps.append(moment.step))
    session.play()
    person.until(lambda: len(steps) >= 2, "two attacks while training")
    assert steps[0] < steps[1] and body._found is not before
    session.pause()
    person.until(lambda: session.status.state is State.PAUSED, "the pause")
    person.until(lambda: steps[-1] == session.status.step, "an attack on the last moment")


def test_another_attack_and_another_sample_follow_at_once(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    first = body._found
    assert first is not None
    target = next(one for one in range(10) if one not in (first.said_before, first.said))
    choose(body.choices.goal, target)
    person.until(lambda: body._found is not None and body._found.asked.target == target, "the class")
    choose(body.choices.norm, "l2")
    person.until(lambda: body._found is not None and body._found.asked.norm == "l2", "the norm")
    body.choices.set_size(9)
    person.until(lambda: body._found is not None and body._found.asked == Attack("pgd", "l2", 9, target), "the size")
    found = body._found
    assert found is not None and found.length <= 9 and body.choices.most.isVisibleTo(body)
    choose(body.choices.goal, first.said_before)
    assert "already" in body.words.text() and not body.use.isVisibleTo(body)
    choose(body.choices.goal, None)
    window.sample.step(1)
    sample = window.sample.sample()
    assert sample is not None
    person.until(lambda: body._found is not None and body._found.original is sample.image, "the next sample")
    window.sample.show_page("draw")
    person.until(lambda: "nothing to fool" in body.words.text(), "an empty sheet")


def test_an_attack_that_was_made_before_is_shown_at_once(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    first = body._found
    assert first is not None
    window.sample.step(1)
    person.until(lambda: not body.use.isEnabled() or body._found is not first, "the next sample")
    assert (body.moment.text() == "of the image before") == (body._found is first)
    person.until(lambda: body._found is not first, "the attack on it")
    assert body.moment.text() == "step 2"
    window.sample.step(-1)
    person.until(lambda: body._found is first and body.use.isEnabled(), "the sample again")


def test_another_choice_while_the_changed_image_is_the_sample_attacks_the_original(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    original, found = window.sample.sample(), body._found
    assert original is not None and found is not None
    body.use.click()
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.sample.image is found.image, "it")
    choose(body.choices.method, "fgsm")
    person.until(lambda: body._found is not None and body._found.asked.method == "fgsm", "the other method")
    assert body._found is not None and np.array_equal(body._found.original, original.image)
    assert window.sample.sample() is original


def test_a_search_is_cancelled_and_taken_up_by_another_choice(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    choose(body.choices.norm, "l2")
    study = body._study
    assert study._job is not None
    study.progressed.emit(3)
    assert "size 3" in body.words.text() and body.stop.isVisibleTo(body)
    body.stop.click()
    assert body.words.text() == "Cancelled." and not body.stop.isVisibleTo(body) and not body.use.isVisibleTo(body)
    person.until(lambda: study._job is None, "the end of the thread")
    assert body.words.text() == "Cancelled."
    choose(body.choices.method, "fgsm")
    person.until(lambda: body._found is not None and body._found.asked.method == "fgsm", "the next attack")


def test_a_recorded_moment_is_attacked_with_its_own_weights(window: MainWindow, recording: None) -> None:
    body, person = unfolded(window, 8), Person(window)
    now = body._found
    part = body.robustness
    choose(body.choices.method, "fgsm")
    person.until(lambda: body._found is not now, "FGSM")
    part.start.click()
    person.until(lambda: part._study.latest is not None, "the curve")
    latest = part._study.latest
    assert latest is not None and latest.step == 8
    window.bench.past.go_to(0)
    person.until(lambda: window.bridge.shown is not None and window.bridge.shown.step == 0, "the first moment")
    snapshot, sample = window.bridge.shown, window.sample.sample()
    assert snapshot is not None and snapshot.moment is not None and sample is not None
    true = fool(snapshot.moment, sample, Attack("fgsm"), lambda: False)
    assert true is not None
    person.until(lambda: body._found is not None and np.array_equal(body._found.before, true.before), "its attack")
    assert body._found is not None and np.array_equal(body._found.image, true.image)
    assert part.start.isEnabled() and "step 8" in part.words.text()
    part.start.click()
    person.until(lambda: part._study.latest is not latest and part._study.latest is not None, "the curve of step 0")
    assert "step 0" in part.words.text()
    window.bench.past.now()
    person.until(lambda: part._study.latest is latest, "the curve of step 8 again, as it was kept")


def found(asked: Attack, size: int, after: tuple[float, ...], fooled: bool = True) -> Adversarial:
    original = np.full((3, 2, 2), 100, np.uint8)
    image = original.copy()
    image[:, 0, 0] += np.uint8(3)
    before = np.array([0.9, 0.05, 0.05], np.float32)
    return Adversarial(asked, original, image, size, fooled, before, np.array(after, np.float32))


def test_the_state_lists_the_classes_that_matter() -> None:
    state = fool_state(found(Attack(target=2), 4, (0.2, 0.1, 0.7)), ("cat", "dog"))
    shares = [round(share, 6) for row in state.rows[:2] for share in (row.before, row.after)]
    assert [row.name for row in state.rows] == ["cat", "2", "dog"] and shares == [0.9, 0.2, 0.05, 0.7]
    assert state.limit == 3 and state.change.shape == (2, 2) and state.change[0, 0] == 3


def test_words_say_what_works_and_what_does_not() -> None:
    names = ("cat", "dog", "fox")
    small = fool_words.verdict(found(Attack(), 4, (0.2, 0.1, 0.7)), names)
    assert "more than 3 of 255" in small and "says fox instead of cat" in small and "No smaller" in small
    long = fool_words.verdict(found(Attack(norm="l2", size=9), 9, (0.2, 0.1, 0.7)), names)
    assert "5.2 long" in long and "No smaller" not in long
    aimed = fool_words.verdict(found(Attack(target=1, size=4), 4, (0.2, 0.1, 0.7), fooled=False), names)
    assert "does not say dog" in aimed
    none = fool_words.verdict(found(Attack(method="fgsm"), 255, (0.8, 0.1, 0.1), fooled=False), names)
    assert "No size" in none and "anything but cat" in none
    curve = Robustness("pgd", "linf", 7, 200, (0, 1, 2), (180, 100, 90))
    assert "gets 90 % right at step 7" in fool_words.accuracy(curve).replace(".0 %", " %")
    never = Robustness("pgd", "linf", 7, 200, (0, 1), (0, 0))
    assert never.halved is None and fool_words.accuracy(never).endswith("at step 7.")
    assert "at most 2" in fool_words.accuracy(curve) and curve.accuracy == (0.9, 0.5, 0.45)


@pytest.mark.parametrize("size", [(1600, 1000), (960, 600)])
def test_the_result_of_a_section_that_is_unfolded_comes_into_view(window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    body = unfolded(window)
    sample, person = window.sample, Person(window)
    sample.fool.set_unfolded(False)
    fool = body
    sample.why.set_unfolded(True)
    why = sample.why.body()
    sample.why.set_unfolded(False)
    low = size == (960, 600)
    sample.fool.set_unfolded(True)
    for part in (fool.image, fool.change, fool.bar, fool.words, *(() if low else fool.table[-1])):
        person.until(partial(_in_view, part), "the changed image on screen")
    sample.why.set_unfolded(True)
    for each in (*why.pictures, *why.sums, why.bar):
        person.until(partial(_in_view, each), "the explanation on screen")


def _in_view(part: QWidget) -> bool:
    return part.isVisible() and part.visibleRegion().boundingRect() == part.rect()


def test_a_result_that_comes_later_moves_nothing_under_a_pointer_that_was_moved(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.resize(960, 600)
    body = unfolded(window)
    sample, person = window.sample, Person(window)
    outer = sample._arrangement._outer
    monkeypatch.setattr(outer, "underMouse", lambda: True)
    monkeypatch.setattr("cnnviz.gui.panels.sample.arrangement.QCursor.pos", lambda: QPoint(100, 300))
    # the place scrolls to the result after it has been shown
    person.stay(0.1)
    outer.verticalScrollBar().setValue(0)
    sample.fool.arrived.emit()
    person.stay(0.1)
    assert outer.verticalScrollBar().value() == 0 and body.isVisible()
    monkeypatch.setattr(outer, "underMouse", lambda: False)
    sample.fool.arrived.emit()
    person.until(lambda: outer.verticalScrollBar().value() > 0, "the result on screen")


def test_nothing_below_moves_when_the_result_of_a_search_comes(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    person.stay(0.1)
    below = body.note.y() - body.words.height()
    body._found = None
    body._show_results(shown=False, room=True)
    person.stay(0.1)
    assert not body.image.isVisible() and body.note.y() - body.words.height() == below


def test_what_is_said_of_an_earlier_step_tells_it(window: MainWindow) -> None:
    body = unfolded(window)
    snapshot, sample, answered = window.bridge.shown, window.sample.sample(), body._state
    assert snapshot is not None and snapshot.moment is not None and answered is not None
    moment = snapshot.moment
    assert body.moment.text() == "step 2" and body.moment.isVisibleTo(body)
    body.follow(sample, answered, replace(snapshot, step=9, moment=replace(moment, step=9)))
    assert body.moment.text() == "step 2, not the one shown"
    # the network was still saying the class when the attack began
    body._study.failed.emit("The network says this class already.", moment)
    assert body.words.text() == "At step 2: The network says this class already."
    body.follow(sample, answered, replace(snapshot, step=12, moment=replace(moment, step=12)))
    assert body.words.text() == "At step 2: The network says this class already."
    body.follow(sample, answered, replace(snapshot, run=7, step=12, moment=replace(moment, run=7, step=12)))
    assert body.words.text() == "Looking for a change …"


def test_a_class_that_is_no_longer_said_is_looked_for(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    body = unfolded(window)
    snapshot, sample, answered = window.bridge.shown, window.sample.sample(), body._state
    assert snapshot is not None and answered is not None and answered.answer is not None and answered.best is not None
    choose(body.choices.goal, answered.best)
    assert "already" in body.words.text()
    flipped = replace(answered, answer=tuple(reversed(answered.answer)))
    assert flipped.best != answered.best
    monkeypatch.setattr(body._study, "ask", lambda _: None)
    body.follow(sample, flipped, snapshot)
    assert body.words.text() == "Looking for a change …"


def test_a_result_of_another_run_or_network_goes_at_once(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    body = unfolded(window)
    snapshot, sample = window.bridge.shown, window.sample.sample()
    assert snapshot is not None and snapshot.moment is not None
    moment = snapshot.moment
    other_run = replace(snapshot, run=7, step=3, moment=replace(moment, run=7, step=3))
    monkeypatch.setattr(body._study, "ask", lambda _: None)
    body.follow(sample, body._state, other_run)
    assert body._found is None and not body.change.isVisibleTo(body) and body.words.text() == "Looking for a change …"


def test_an_attack_on_a_run_that_has_left_the_window_is_not_told(window: MainWindow) -> None:
    body = unfolded(window)
    snapshot, study = window.bridge.shown, body._study
    assert snapshot is not None and snapshot.moment is not None
    moment = snapshot.moment
    told: list[object] = []
    study.answered.connect(lambda *_: told.append("answer"))
    study.failed.connect(lambda *_: told.append("failure"))
    study.ask(Attack("pgd", "l2"))
    job = study._job
    assert job is not None
    study._follow(replace(snapshot, run=7, step=3, moment=replace(moment, run=7, step=3)))
    assert job.cancelled.is_set()
    Person(window).until(lambda: study._job is not job, "the end of the attack")
    assert told == []


def test_what_is_asked_is_asked_of_the_moment_on_screen(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The section is told of a snapshot before the study is."""
    study, snapshot = unfolded(window)._study, window.bridge.shown
    assert snapshot is not None and snapshot.moment is not None
    later = replace(snapshot, step=9, moment=replace(snapshot.moment, step=9))
    monkeypatch.setattr(window.bridge, "_shown", later)
    study.ask(Attack("pgd", "l2"))
    assert study._latest is not None and study._latest[0] is later.moment
