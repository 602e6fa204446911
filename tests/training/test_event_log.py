"""The log of events keeps what still matters, and no network that is drawn no more."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

from training_kit import project, session

from cnnviz.project import edits
from cnnviz.sentence import Sentence
from cnnviz.training.channels import State
from cnnviz.training.events import EventLog, Refused, RunFinished, RunStarted, SettingChanged

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

ONE = project()


def test_a_run_that_starts_again_takes_the_place_of_what_was_told_of_it() -> None:
    log = EventLog()
    log.append(RunStarted(1, ONE))
    log.append(RunFinished(1, 5))
    log.append(RunStarted(2, ONE))
    early, cursor = log.read()
    assert early == [RunStarted(1, ONE), RunFinished(1, 5), RunStarted(2, ONE)]
    log.append(Refused(2, Sentence("No.")))
    log.append(RunStarted(2, ONE))
    log.append(SettingChanged(2, 0, "momentum", 0.5))
    # a reader sees each event once, whatever was taken away before it or behind it
    late, end = log.read(cursor)
    assert late == [RunStarted(2, ONE), SettingChanged(2, 0, "momentum", 0.5)]
    assert log.read(end) == ([], end)
    assert log.read()[0] == [RunStarted(1, ONE), RunFinished(1, 5), *late]


def test_a_network_that_is_edited_for_long_leaves_one_event_and_none_of_its_forms() -> None:
    one = project()
    seen: list[weakref.ReferenceType[Network]] = []
    with session(one) as watched:
        for width in range(20, 40):
            one = edits.set_parameter(one, "fc1", "bias", width % 2 == 0)
            one = edits.set_parameter(one, "conv1", "out_channels", width)
            seen.append(weakref.ref(one.network))
            watched.session.reset(one)
        watched.session.batches(1)
        watched.in_state(State.PAUSED)
        gc.collect()
        assert [ref() for ref in seen[:-1]] == [None] * 19
        assert watched.session.events.read()[0] == [RunStarted(1, one)]
