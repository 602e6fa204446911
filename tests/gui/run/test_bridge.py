"""What is looked at follows the newest sample."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.robot.person import Person
from cnnviz.gui.run.bridge import STROKE_SECONDS
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.moment import Sample
from cnnviz.training.channels import State
from cnnviz.training.events import RunStarted

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow


def samples(count: int) -> list[Sample]:
    generator = np.random.default_rng(0)
    return [Sample(generator.integers(1, 256, (1, 28, 28), np.uint8), split="drawn") for _ in range(count)]


def test_of_many_samples_at_once_the_newest_is_looked_at_and_few_others(window: MainWindow) -> None:
    person, bridge = Person(window), window.bridge
    person.until(lambda: bridge.shown is not None, "the first snapshot")
    made = bridge.observer.made
    many = samples(200)
    for sample in many:
        bridge.set_sample(sample)
    person.until(lambda: bridge.shown is not None and bridge.shown.sample is many[-1], "the newest")
    # the first of them, and the newest once that is drawn; a look may come by itself in between
    assert bridge.observer.made - made <= 6


def test_while_training_samples_that_follow_one_another_are_not_looked_at_too_often(window: MainWindow) -> None:
    person, bridge = Person(window), window.bridge
    person.until(lambda: bridge.shown is not None, "the first snapshot")
    bridge.session.play()
    person.until(lambda: bridge.session.status.state is State.RUNNING, "training")
    made, begun = bridge.observer.made, time.perf_counter()
    for sample in samples(30):
        bridge.set_sample(sample)
        person.until(
            lambda sample=sample: bridge.shown is not None and bridge.shown.sample is sample,  # type: ignore[misc]
            "the sample",
        )
    most = (time.perf_counter() - begun) / STROKE_SECONDS
    assert bridge.observer.made - made <= most + 2
    bridge.session.pause()


def test_the_event_that_begins_a_run_comes_before_its_first_snapshot(window: MainWindow) -> None:
    """Also where the snapshot is drawn before the next look at the session; the run has the number of the one before,
    which has no step."""
    person, bridge = Person(window), window.bridge
    person.until(lambda: bridge.shown is not None, "the first snapshot")
    before, project = bridge.shown, window.editor.project
    assert before is not None
    bridge._timer.stop()
    told: list[object] = []
    bridge.events.connect(told.extend)
    bridge.snapshot.connect(told.append)
    bridge.session.reset(replace(project, recipe=replace(project.recipe, seed=project.recipe.seed + 1)))
    person.until(lambda: (made := bridge.observer.latest) is not None and made.moment is not before.moment, "another")
    bridge._draw()
    started = [event.run for event in told if isinstance(event, RunStarted)]
    assert started == [before.run] and told[-1] is bridge.shown is not before


def test_of_a_blank_sheet_the_network_is_not_asked(window: MainWindow) -> None:
    person, bridge = Person(window), window.bridge
    person.until(lambda: bridge.shown is not None, "the first snapshot")
    drawn, blank = samples(1)[0], Sample(np.zeros((1, 28, 28), np.uint8), split="drawn")
    for sample, asked in ((drawn, True), (blank, False), (replace(blank, split="validation"), True)):
        bridge.set_sample(sample)
        person.until(
            lambda sample=sample: bridge.shown is not None and bridge.shown.sample is sample,  # type: ignore[misc]
            "the sample",
        )
        shown = bridge.shown
        assert shown is not None and (shown.answer(NetworkOutput()) is not None) is asked
