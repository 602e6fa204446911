"""Small trainings: networks and data that take milliseconds a step."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor

from cnnviz.data.catalogue import Dataset, Split, describe
from cnnviz.data.choice import DatasetChoice
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Dropout, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.project import edits
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.channels import BatchMetrics, State
from cnnviz.training.device import Placement
from cnnviz.training.images import TrainingData
from cnnviz.training.loop import BatchDone, train
from cnnviz.training.session import Session
from cnnviz.training.state import TrainingState, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


LONG = 100_000
"""Epochs that nobody waits for."""
T = TypeVar("T")
PATIENCE = 60.0
"""Seconds after which a condition that does not come is a failure."""


def network(dropout: float = 0.25) -> Network:
    """Convolution, normalization, pooling, dropout and dense layers for images of 28×28."""
    return chain(
        ("input", Input()),
        ("conv1", Conv2d(4, (3, 3), stride=(3, 3))),
        ("norm1", BatchNorm2d()),
        ("relu1", ReLU()),
        ("pool1", MaxPool2d()),
        ("flatten", Flatten()),
        ("drop1", Dropout(dropout)),
        ("fc1", Dense(10)),
        ("output", Output()),
    )


def project(dropout: float = 0.25, **recipe: Any) -> Project:
    """A project around :func:`network`: batches of 16 in float32 where nothing else is said."""
    settings: dict[str, Any] = {
        "batch_size": 16,
        "epochs": 2,
        "precision": "float32",
        "optimizer": "sgd",
        "learning_rate": 0.05,
    }
    return Project(network(dropout), recipe=Recipe(**(settings | recipe)), dataset=DatasetChoice())


def arranged_project(dropout: float = 0.25, **recipe: Any) -> Project:
    """:func:`project` with a place for each node, as edits need it."""
    return edits.arrange_all(project(dropout, **recipe))


def dataset(train_images: int = 75, validation: int = 20, test: int = 10) -> Dataset:
    """Random images whose upper half is brighter the higher the class; the same each time."""
    generator = np.random.default_rng(7)

    def split(count: int) -> Split:
        labels = generator.integers(0, 10, count)
        images = generator.integers(0, 128, (count, 1, 28, 28))
        images[:, :, :14] += labels[:, None, None, None] * 12
        return Split(images.astype(np.uint8), labels.astype(np.int64))

    about = describe("mnist")
    return Dataset(
        about.name, about.title, about.classes, split(train_images), split(validation), split(test), about.mean,
        about.std,
    )  # fmt: skip


def data() -> TrainingData:
    """:func:`dataset` on the CPU."""
    return TrainingData.of(dataset(), torch.device("cpu"))


def state_of(one: Project, threads: int = 1) -> TrainingState:
    """A training of ``one`` at its start, on this thread's torch with ``threads``."""
    torch.set_num_threads(threads)
    precision: Any = one.recipe.precision
    report = check(one.network, Facts((1, 28, 28), 10))
    return start(one, report, Placement(torch.device("cpu"), precision, threads))


def advance(state: TrainingState, images: TrainingData, batches: int) -> list[Tensor]:
    """Train so many batches, with all validations between them; their losses."""
    losses: list[Tensor] = []
    moments = train(state, images)
    while len(losses) < batches:
        moment = next(moments)
        if isinstance(moment, BatchDone):
            losses.append(moment.loss)
    return losses


def tensors(state: TrainingState) -> dict[str, Tensor]:
    """Copies of all weights and buffers."""
    return {name: one.detach().clone() for name, one in state.module.state_dict().items()}


def assert_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    """Bit for bit."""
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


class Watched:
    """A session that can be waited for."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._changed = threading.Condition()
        session.listen(self._notify)

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until a status makes ``condition`` true."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), self.session.status

    def in_state(self, state: State) -> None:
        """Wait for a state."""
        self.until(lambda: self.session.status.state is state)

    def batches(self, count: int) -> None:
        """Train so many more batches, and wait for the pause after them."""
        step = self.session.status.step + count
        self.session.batches(count)
        self.until(lambda: self.session.status.step == step and self.session.status.state is State.PAUSED)

    def tensors(self) -> dict[str, Tensor]:
        """Copies of the weights that a session at rest has published."""
        weights = self.session.weights.latest
        assert weights is not None and weights.settled
        return dict(weights.tensors)

    def events(self, kind: type[T]) -> list[T]:
        """The events of a kind, in order."""
        return [event for event in self.session.events.read()[0] if isinstance(event, kind)]

    def losses(self, run: int = 1) -> NDArray[np.float32]:
        """The losses of all steps of a run, float32 (steps,)."""
        every = self.session.metrics.read()[0]
        return np.concatenate([one.losses for one in every if isinstance(one, BatchMetrics) and one.run == run])

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


@contextmanager
def session(one: Project, images: Dataset | None = None, threads: int = 1) -> Iterator[Watched]:
    """A started session on ``images`` (:func:`dataset` where None), closed at the end."""
    images = images or dataset()
    watched = Watched(Session(one, "cpu", threads))
    with patch("cnnviz.training.resources.load_choice", lambda *_, **__: images):
        try:
            watched.session.start()
            watched.until(lambda: watched.session.status.ready)
            yield watched
        finally:
            assert watched.session.close(PATIENCE)


def with_recipe(one: Project, **changes: Any) -> Project:
    """The project with another recipe."""
    return replace(one, recipe=replace(one.recipe, **changes))
