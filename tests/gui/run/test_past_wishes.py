"""Whatever is wished while a moment is being loaded, the moment that was wished last is the one that is shown."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

from cnnviz.gui.robot.person import Person
from cnnviz.runs import folder as run_folder
from cnnviz.training.channels import State

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from cnnviz.gui.main_window import MainWindow

ROUNDS, WISHES = 12, 6


class Gate:
    """Lets recorded moments be read one at a time, when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read = run_folder.weights
        self._open = threading.Semaphore(0)
        self.waiting = 0
        """Readings that have begun."""
        self.passed = 0
        monkeypatch.setattr(run_folder, "weights", self._wait)

    def let_pass(self) -> None:
        """Let the next reading end, or one that is to come."""
        self.passed += 1
        self._open.release()

    def _wait(self, folder: Path, step: int) -> Any:
        self.waiting += 1
        self._open.acquire()
        return self._read(folder, step)


def test_the_last_wish_is_shown_however_the_loads_end(
    window: MainWindow, recording: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, session, past = Person(window), window.bridge.session, window.bench.past
    person.until(lambda: session.status.ready, "torch")
    session.batches(8)
    person.until(lambda: session.status.step == 8 and session.status.state is State.PAUSED, "training")
    person.until(lambda: 8 in past.steps, "the recorded moments")
    gate, chance = Gate(monkeypatch), random.Random(1)

    def shown() -> tuple[int, bool]:
        snapshot = window.bridge.shown
        assert snapshot is not None and snapshot.moment is not None
        return snapshot.step, snapshot.moment.recorded

    for number in range(ROUNDS):
        for _ in range(WISHES):
            match chance.randrange(4):
                case 0:
                    past.now()
                case 1 if gate.waiting > gate.passed:
                    # the load ends, and whether the window has seen that before the next wish is up to chance
                    gate.let_pass()
                    if chance.random() < 0.5:
                        person.stay(0)
                case _:
                    past.go_to(chance.choice(past.steps))
        wish = past.step
        # as many loads as are still needed
        for _ in range(WISHES):
            gate.let_pass()
        expected = (8, False) if wish is None else (wish, True)
        # a snapshot on screen may be as expected, and yet older than the last wish
        person.until(lambda: past._job is None, "the end of the load")
        person.until(lambda: shown() == expected and past.step == wish, f"round {number}: {expected}")  # noqa: B023
        assert window.bridge.source.newest is not None
        while gate._open.acquire(blocking=False):
            gate.passed -= 1
        gate.waiting = gate.passed
