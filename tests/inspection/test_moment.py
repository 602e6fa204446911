"""Sources of moments: two threads that ask are given the newest, and the same object."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cnnviz.inspection import moment as moments
from cnnviz.inspection.moment import Live, Moment
from cnnviz.network.graph import chain
from cnnviz.network.layers import Input
from cnnviz.network.shapes import infer
from cnnviz.training.channels import Weights, WeightsSlot

if TYPE_CHECKING:
    import pytest

NETWORK = chain(("input", Input()))
PATIENCE = 60.0


def weights(step: int) -> Weights:
    return Weights(1, step, NETWORK, infer(NETWORK), {}, settled=True)


def test_an_older_moment_never_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    slot, made = WeightsSlot(), moments._moment
    slot.publish(weights(1))
    live = Live(slot)
    begun, go_on = threading.Event(), threading.Event()

    def held(one: Weights) -> Moment:
        if one.step == 2:
            begun.set()
            assert go_on.wait(PATIENCE)
        return made(one)

    monkeypatch.setattr(moments, "_moment", held)
    found: list[Moment | None] = []
    # the window asks, and while its moment is made there are newer weights, for which the observer asks
    slot.publish(weights(2))
    window = threading.Thread(target=lambda: live.newest)
    window.start()
    assert begun.wait(PATIENCE)
    slot.publish(weights(3))
    observer = threading.Thread(target=lambda: found.append(live.newest))
    observer.start()
    # time enough for the observer, if the window does not keep it waiting
    observer.join(0.2)
    go_on.set()
    for thread in (window, observer):
        thread.join(PATIENCE)
    assert [one.step for one in found if one is not None] == [3]
    assert live.newest is found[0]
