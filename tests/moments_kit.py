"""Windows whose training is recorded, and what they show of the past."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.gui.robot.person import Person
from cnnviz.inspection.answers.maps import MapsOf
from cnnviz.inspection.answers.prediction import NetworkOutput
from cnnviz.inspection.questions import without_covered
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from cnnviz.gui.main_window import MainWindow
    from cnnviz.inspection.answers.maps import Maps
    from cnnviz.inspection.snapshot import Snapshot

HELD = ("strongest", "strongest_now", "chosen_at", "chosen_for", "limit", "full", "_look")
"""Fields of answers that depend on earlier snapshots: the order of maps and the colour scales."""


def train(window: MainWindow, batches: int) -> None:
    """Train so many more, and wait until they are recorded and shown."""
    person, session = Person(window), window.bridge.session
    person.until(lambda: session.status.ready, "torch")
    step = session.status.step + batches
    session.batches(batches)
    person.until(lambda: session.status.step == step and session.status.state is State.PAUSED, "training")
    person.until(lambda: step in window.bench.past.steps, "the recorded moment")
    # the places have their sizes, and so the panels their questions, when the timeline is there
    person.until(lambda: window.curves.timeline.isVisible(), "the timeline")
    # whose controls lay the places out once more
    person.until(lambda: window.curves.head.axis.isVisible(), "the curves")
    person.until(lambda: shown(window).step == step and _is_complete(window), "the snapshot")


def _is_complete(window: MainWindow) -> bool:
    """Whether what is shown answers all present questions of the panels."""
    snapshot = shown(window)
    assert snapshot.moment is not None
    asked = without_covered(window.questions())
    return all(question in snapshot.answers or not question.possible(snapshot.moment) for question in asked)


def shown(window: MainWindow) -> Snapshot:
    """The snapshot on screen."""
    snapshot = window.bridge.shown
    assert snapshot is not None
    return snapshot


def go_to(window: MainWindow, step: int) -> None:
    """Look at a recorded moment."""
    window.bench.past.go_to(step)
    Person(window).until(lambda: shown(window).step == step, "the moment")


def same_answers(one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots hold the same numbers, bit for bit; of maps those that are in both, as a place that was
    resized meanwhile shows more or fewer of them."""
    shared = one.answers.keys() & other.answers.keys()
    assert NetworkOutput() in shared
    maps, others = one.by_node(MapsOf), other.by_node(MapsOf)
    nodes = maps.keys() & others.keys()
    assert len(nodes) >= 3
    return all(_same(one.answers[question], other.answers[question]) for question in shared) and all(
        _same_maps(maps[node], others[node]) for node in nodes
    )


def _same_maps(one: Maps, other: Maps) -> bool:
    """Whether the channels that are in both are equal."""
    channels = [channel for channel in one.channels if channel in other.channels]
    assert channels or not (one.channels and other.channels)
    return all(
        np.array_equal(one.values[one.channels.index(channel)], other.values[other.channels.index(channel)])
        for channel in channels
    )


def _fields(value: object) -> object:
    """The fields of an answer that are numbers of the network."""
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in HELD}


def _same(one: object, other: object) -> bool:
    one, other = _fields(one), _fields(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    return one == other
