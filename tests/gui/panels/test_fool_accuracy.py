"""The accuracy over the size of a change in the section FOOL IT: measured on request, drawn, kept, and cancelled."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from fool_kit import choose, unfolded

from cnnviz.data.catalogue import Split
from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.robustness import RobustnessStudy
from cnnviz.runs.folder import study_path

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


def test_the_accuracy_over_the_size_is_measured_on_request_and_kept(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    part = body.robustness
    choose(body.choices.method, "fgsm")
    assert part.curve.isHidden()
    part.start.click()
    assert part.start.text() == "Cancel"
    person.until(lambda: part._study.latest is not None, "the curve")
    curve = part.curve.values()
    assert tuple(curve)[:3] == ("0", "1", "2") and 0 <= curve["128"] <= curve["0"] <= 1
    assert "first 200 validation images" in part.words.text() and not part.start.isEnabled()
    choose(body.choices.method, "pgd")
    assert part.curve.isHidden() and part.start.isEnabled()
    choose(body.choices.method, "fgsm")
    assert part.curve.values() == curve and not part.curve.isHidden()
    part.curve.chosen.emit("16")
    assert body.choices.most.value() == 16 and body.choices.limit.currentData()


def test_the_accuracy_over_the_size_is_drawn_while_it_grows(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    part, seen = body.robustness, [0]
    choose(part.count, 500)
    part._study.progressed.connect(lambda _done, _total: seen.append(len(part.curve.values())))
    part.start.click()
    person.until(lambda: 0 < len(part.curve.values()) < 9, "some sizes")
    assert part.curve.isVisibleTo(part) and part.start.text() == "Cancel"
    part.curve.grab()
    person.until(lambda: part._study.latest is not None, "the curve")
    assert len(part.curve.values()) == 9 and seen == sorted(seen) and part.start.text() == "Measure"


def test_the_accuracy_over_the_size_is_kept_beside_the_run(window: MainWindow, recording: None) -> None:
    body, person = unfolded(window, 8), Person(window)
    past, part = window.bench.past, body.robustness
    person.until(lambda: 8 in past.steps, "the recorded moment")
    choose(body.choices.method, "fgsm")
    part.start.click()
    person.until(lambda: part._study.latest is not None, "the curve")
    found = part._study.latest
    again = RobustnessStudy(window.bridge, past, window)
    again.choose(part._study.subject)
    again.find()
    person.until(lambda: again.latest is not None, "the curve in the file")
    assert again.latest == found and again.latest is not found
    path = study_path(past.run_folder, 8, "robustness-fgsm-linf-200")  # type: ignore[arg-type]
    path.write_bytes(path.read_bytes()[:-9])
    third = RobustnessStudy(window.bridge, past, window)
    third.choose(part._study.subject)
    ended: list[bool] = []
    third.changed.connect(lambda: ended.append(True))
    third.find()
    person.until(lambda: bool(ended) and not third.running, "the end of the reading")
    # nothing is measured that nobody asked for
    assert third.latest is None
    third.find()
    assert not third.running


def test_a_measurement_that_is_cancelled_leaves_nothing(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    part = body.robustness
    part.start.click()
    part.start.click()
    assert part.start.text() == "Measure" and part.curve.isHidden()
    person.until(lambda: not part._study.running, "the end of the thread")
    assert part._study.latest is None and part.start.isEnabled()
    for _ in range(3):
        part.start.click()
    assert part.start.text() == "Cancel"
    person.until(lambda: part._study.latest is not None, "the measurement that was started again")
    choose(body.choices.norm, "l2")
    part.start.click()
    window.sample.fool._section.title.click()
    person.until(lambda: not part._study.running, "the end of the thread, as the section is folded")
    assert not [thread for thread in threading.enumerate() if thread.name in ("cnnviz-robustness", "cnnviz-fooling")]


def test_without_validation_images_there_is_no_curve(window: MainWindow) -> None:
    part = unfolded(window).robustness
    dataset = window.bridge.images
    assert dataset is not None and part.start.isEnabled()
    none = Split(dataset.validation.images[:0], dataset.validation.labels[:0])
    part._study._set_dataset(replace(dataset, validation=none))
    part._show()
    assert not part.start.isEnabled() and "no validation images" in part.words.text()


def test_the_accuracy_of_another_run_goes_and_comes_back(window: MainWindow) -> None:
    body, person = unfolded(window), Person(window)
    part, snapshot = body.robustness, window.bridge.shown
    assert snapshot is not None and snapshot.moment is not None
    moment = snapshot.moment
    choose(body.choices.method, "fgsm")
    part.start.click()
    person.until(lambda: part._study.latest is not None, "the curve")
    part._study._follow(replace(snapshot, run=7, moment=replace(moment, run=7)))
    assert part._study.latest is None and part.curve.isHidden() and not part.words.text()
    part._study._follow(snapshot)
    assert part._study.latest is not None and not part.curve.isHidden()
