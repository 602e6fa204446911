"""What runs are trained with: a device with its threads, and the images on it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import torch

from cnnviz.data.catalogue import Dataset, describe, load
from cnnviz.network.check import examine
from cnnviz.training.comparison import remembered
from cnnviz.training.device import (
    Placement,
    deterministic,
    free_memory,
    place_run,
    set_deterministic,
    set_tf32,
    tf32,
)
from cnnviz.training.facts import facts_for
from cnnviz.training.loop import TrainingData, batches_per_epoch
from cnnviz.training.waiting import Neighbours

if TYPE_CHECKING:
    from cnnviz.network.report import Facts, Report
    from cnnviz.project.project import DatasetChoice, Project
    from cnnviz.project.recipe import Recipe
    from cnnviz.training.state import TrainingState


class TrainingResources:
    """The device, threads and images of a training thread, which alone calls this.

    ``device`` and ``threads`` are as for a session.
    """

    def __init__(self, device: str, threads: int | None) -> None:
        self.data: TrainingData | None = None
        """The images of the project that was prepared last; None where they are not at hand."""
        self._device, self._threads = device, threads
        self._loaded: tuple[DatasetChoice, torch.device] | None = None
        """Which images these are, and where."""
        self._neighbours: Neighbours | None = None
        self._found: tuple[tuple[bool, bool], bool] | None = None
        """The settings of TF32 and of deterministic algorithms before a GPU was used."""

    def prepare(self, project: Project, placement: Placement | None = None) -> tuple[Placement, Report]:
        """Where ``project`` is trained, and the report of its network; threads are set and the images are loaded.

        ``placement`` is that of a run that goes on. Raises DeviceError and DataError.
        """
        given = placement
        placement = given or place_run(project.recipe, self._device, self._threads)
        self.use(placement, project.recipe)
        wanted = project.dataset, placement.device
        if not describe(project.dataset.name).at_hand:
            self.data = self._loaded = None
        elif self.data is None or self._loaded != wanted:
            # images that cannot be read leave those that are there; both at once would not fit on every device
            dataset: Dataset = load(project.dataset.name, project.dataset.validation, project.dataset.split_seed)
            self.data = self._loaded = None
            self.data = TrainingData.of(dataset, placement.device)
            self._loaded = wanted
        report = examine(project.network, self.facts(project, placement))
        if given is None:
            placement = remembered(placement, project.recipe, project.network, report) or placement
        return placement, report

    def facts(self, project: Project, placement: Placement) -> Facts:
        """What the network of a project is checked against, with the memory of the device that trains it."""
        return facts_for(project, free_memory(placement.device))

    def use(self, placement: Placement, recipe: Recipe) -> None:
        """Compute with the threads of ``placement`` from now on, and on a GPU in TF32; a repeatable training computes
        in float32 and by deterministic algorithms."""
        # thread counts belong to the thread that runs torch; the main thread's setting does not reach this one
        torch.set_num_threads(placement.threads)
        if self._neighbours is None:
            self._neighbours = Neighbours(placement.threads)
        if placement.device.type == "cuda":
            self._found = self._found or (tf32(), deterministic())
            set_tf32(not recipe.repeatable, not recipe.repeatable)
            set_deterministic(recipe.repeatable)

    def images_left(self, state: TrainingState) -> tuple[int, int]:
        """Images that are still to be trained, and to be evaluated: by the validations and the test of the last and of
        the best weights."""
        if self.data is None:
            return 0, 0
        epochs = state.epochs - state.epoch
        trained = epochs * len(self.data.train) - state.batch * state.recipe.batch_size
        return max(0, trained), epochs * len(self.data.validation) + 2 * len(self.data.test)

    def batches(self, batch_size: int) -> int:
        """Batches of an epoch; 0 where there are no images."""
        return batches_per_epoch(len(self.data.train), batch_size) if self.data else 0

    def begin(self) -> None:
        """A training goes on."""
        if self._neighbours is not None:
            self._neighbours.begin()

    def check_neighbours(self) -> None:
        """Adapt to what other programs leave of the processors; to be called now and then while training."""
        if self._neighbours is not None:
            self._neighbours.look()

    def close(self) -> None:
        """Leave torch as it was found, and the memory of the GPU to other programs."""
        self.data = self._loaded = None
        if self._found is not None:
            set_tf32(*self._found[0])
            set_deterministic(self._found[1])
            # a GPU that is lost has nothing to give back
            with suppress(RuntimeError):
                torch.cuda.empty_cache()
        if self._neighbours is not None:
            self._neighbours.close()
