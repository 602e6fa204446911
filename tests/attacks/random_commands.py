"""Random commands to a session that trains a tiny network; prints what went wrong, and how memory went, as JSON.

A program of its own, for the reason given in ``random_window.py``: ``python tests/attacks/random_commands.py COMMANDS
SEED``, with the folder of the tests among the paths of Python.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from held_memory import memory
from training_kit import dataset, project, session, with_recipe

from cnnviz.data.choice import DatasetChoice
from cnnviz.network.layers import Dense
from cnnviz.project import edits
from cnnviz.training.events import RunFailed, SaveFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.project.project import Project

SAMPLED = 100
"""So many commands between two looks at the memory."""
ANSWERED = 10
"""After so many commands the session is asked for an answer, so that they do not pile up."""


def another(chance: random.Random, one: Project) -> Project:
    """An edit: live, for a new start, for nothing, or one that cannot be trained."""
    which = chance.randrange(8)
    if which == 0:
        return with_recipe(one, learning_rate=chance.choice((0.001, 0.01, 0.05)))
    if which == 1:
        return with_recipe(one, optimizer=chance.choice(("sgd", "adam", "rmsprop")))
    if which == 2:
        return with_recipe(one, batch_size=chance.choice((4, 16, 64)), epochs=chance.choice((1, 2, 5)))
    if which == 3:
        return replace(one, dataset=DatasetChoice(one.dataset.name, chance.choice((0, 20))))
    if which == 4:
        return edits.set_parameter(one, "conv1", "out_channels", chance.choice((2, 4, 8)))
    if which == 5:
        return edits.add_after(one, "relu1", Dense(chance.choice((4, 10))))[0] if chance.random() < 0.1 else one
    if which == 6:
        return edits.remove(one, ["fc1"])
    return project(dropout=chance.choice((0.0, 0.25, 0.5)))


def run(commands: int, seed: int) -> dict[str, object]:
    """What went wrong in so many commands, and the memory after each hundred."""
    chance = random.Random(seed)
    wrong: list[str] = []
    curve: list[int] = []
    threading.excepthook = lambda caught: wrong.append(repr(caught.exc_value))
    cursor = 0
    with tempfile.TemporaryDirectory() as folder, session(project(), dataset()) as watched:
        one, there = project(), watched.session
        for number in range(commands):
            if chance.random() < 0.3:
                # never so far from the network of the beginning that nothing can be trained any more
                one = another(chance, one if "fc1" in one.network.nodes and chance.random() < 0.8 else project())
            kept = Path(folder) / f"run{chance.randrange(4)}"
            commands_now: tuple[Callable[[], None], ...] = (
                *(there.play, there.pause, there.epoch, there.stop, there.back),
                partial(there.batches, chance.choice((1, 2, 7))),
                partial(there.pace, chance.choice((0.0, 0.0, 200.0))),
                *(partial(act, one) for act in (there.reset, there.apply, there.go_on)),
                partial(there.save, kept),
                partial(there.resume, kept),
            )
            chance.choice(commands_now)()
            if number % ANSWERED == ANSWERED - 1:
                answered = threading.Event()
                there.visit(partial(_answer, answered))
                if not answered.wait(60):
                    wrong.append(f"no answer after command {number}: {there.status}")
                    break
                events, cursor = there.events.read(cursor)
                wrong += [f"{event.sentence}\n{event.detail}" for event in events if isinstance(event, RunFailed)]
                wrong += [str(event.sentence) for event in events if isinstance(event, SaveFailed)]
            if number % SAMPLED == SAMPLED - 1:
                curve.append(memory())
                sys.stderr.write(f"{number + 1:6d}  {curve[-1] / 1e6:8.1f} MB  {len(wrong)} wrong\n")
    return {"wrong": wrong, "curve": curve}


def _answer(answered: threading.Event, _state: object) -> None:
    answered.set()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*map(int, sys.argv[1:]))) + "\n")
