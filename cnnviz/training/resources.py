"""The resources of a training thread: device, number of threads, and the images on the device."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import torch

from cnnviz.data.catalogue import Dataset, describe
from cnnviz.data.loading import load_choice
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
from cnnviz.training.images import TrainingData
from cnnviz.training.loop import batches_per_epoch
from cnnviz.training.ranks import joined
from cnnviz.training.waiting import Neighbours

if TYPE_CHECKING:
    from cnnviz.data.choice import DatasetChoice
    from cnnviz.network.report import Facts, Report
    from cnnviz.project.project import Project
    from cnnviz.project.recipe import Recipe
    from cnnviz.training.state import TrainingState


class TrainingResources:
    """The device, threads and images of a training thread; only that thread uses this object.

    ``device`` and ``threads`` are as for a session.
    """

    def __init__(self, device: str, threads: int | None) -> None:
        self.data: TrainingData | None = None
        """The images of the project that was prepared last; None if they are not on this machine."""
        self._device, self._threads = device, threads
        self._loaded: tuple[DatasetChoice, torch.device] | None = None
        """The dataset of :attr:`data`, and its device."""
        self._neighbours: Neighbours | None = None
        self._settings_before: tuple[tuple[bool, bool], bool] | None = None
        """torch's settings of TF32 and deterministic algorithms before a GPU was used; restored by :meth:`close`."""

    def prepare(self, project: Project, placement: Placement | None = None) -> tuple[Placement, Report]:
        """Load the images of ``project`` and set torch's threads; returns the placement and the report of the network.

        ``placement`` is given for a run that goes on, else decided here. Raises DeviceError and DataError.
        """
        given = placement
        placement = given or place_run(project.recipe, self._device, self._threads)
        self.use(placement, project.recipe)
        key = project.dataset, placement.device
        if not describe(project.dataset).at_hand:
            self.data = self._loaded = None
        elif self.data is None or self._loaded != key:
            # partly: the user's large images are decoded while training goes on
            # if reading fails, the old images stay; they are dropped before the new ones are copied, to save memory
            dataset: Dataset = load_choice(project.dataset, partly=True)
            self.data = self._loaded = None
            self.data = TrainingData.of(dataset, placement.device)
            self._loaded = key
        report = examine(project.network, self.facts(project, placement))
        if given is None:
            # only the precision may change: to the one that was measured before for such a network
            placement = remembered(placement, project.recipe, project.network, report) or placement
        return placement, report

    def facts(self, project: Project, placement: Placement) -> Facts:
        """The facts for checking the network of a project, with the free memory of the device that trains it."""
        return facts_for(project, free_memory(placement.device))

    def use(self, placement: Placement, recipe: Recipe) -> None:
        """Use the threads of ``placement`` from now on. On a GPU, use TF32; or, if the recipe is repeatable, full
        float32 and deterministic algorithms."""
        # torch's number of threads is a setting of each thread: that of the main thread does not count here
        torch.set_num_threads(placement.threads)
        if self._neighbours is None:
            self._neighbours = Neighbours(placement.threads)
        if placement.device.type == "cuda":
            self._settings_before = self._settings_before or (tf32(), deterministic())
            set_tf32(not recipe.repeatable, not recipe.repeatable)
            set_deterministic(recipe.repeatable)

    def images_left(self, state: TrainingState) -> tuple[int, int]:
        """The numbers of images still to be trained and to be evaluated, with the test of the last and best weights."""
        if self.data is None:
            return 0, 0
        epochs = state.epochs - state.epoch
        trained = epochs * len(self.data.train) - state.batch * state.recipe.batch_size
        return max(0, trained), epochs * len(self.data.validation) + 2 * len(self.data.test)

    def batches(self, batch_size: int) -> int:
        """The number of batches in an epoch; 0 if there are no images."""
        return batches_per_epoch(len(self.data.train), batch_size, joined()) if self.data else 0

    def begin(self) -> None:
        """Training goes on after standing still."""
        if self._neighbours is not None:
            self._neighbours.begin()

    def check_neighbours(self) -> None:
        """Adapt the waiting of torch's threads to the load by other programs; call it now and then while training."""
        if self._neighbours is not None:
            self._neighbours.check()

    def close(self) -> None:
        """Restore torch's settings, and free the memory of the GPU."""
        self.data = self._loaded = None
        if self._settings_before is not None:
            tf32_before, deterministic_before = self._settings_before
            set_tf32(*tf32_before)
            set_deterministic(deterministic_before)
            # a GPU that no longer answers raises
            with suppress(RuntimeError):
                torch.cuda.empty_cache()
        if self._neighbours is not None:
            self._neighbours.close()
