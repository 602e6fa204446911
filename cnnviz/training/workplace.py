"""What runs are trained with: a device with its threads, the images, and an eye on the other programs."""

from __future__ import annotations

import torch

from cnnviz.data.catalogue import Dataset, describe, load
from cnnviz.network.check import Report, check
from cnnviz.project.project import DatasetChoice, Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.device import Placement, place_run, set_tf32, tf32
from cnnviz.training.facts import facts_for
from cnnviz.training.loop import TrainingData, batches_per_epoch
from cnnviz.training.waiting import Neighbours


class Workplace:
    """Of one training thread, which alone calls it; ``device`` and ``threads`` are as in a session."""

    def __init__(self, device: str, threads: int | None) -> None:
        self.data: TrainingData | None = None
        """The images of the project that was prepared last; None where they are not at hand."""
        self._device, self._threads = device, threads
        self._choice: DatasetChoice | None = None
        self._neighbours: Neighbours | None = None
        self._found: tuple[bool, bool] | None = None
        """The setting of TF32 before a GPU was used."""

    def prepare(self, project: Project) -> tuple[Placement, Report]:
        """Where a project is trained, with its threads and data at the ready, and the report of its network."""
        placement = place_run(project.recipe, self._device, self._threads)
        self.use(placement, project.recipe)
        if not describe(project.dataset.name).at_hand:
            self.data = self._choice = None
        elif self.data is None or self._choice != project.dataset:
            dataset: Dataset = load(project.dataset.name, project.dataset.validation, project.dataset.split_seed)
            self.data = TrainingData.of(dataset, placement.device)
            self._choice = project.dataset
        return placement, check(project.network, facts_for(project))

    def use(self, placement: Placement, recipe: Recipe) -> None:
        """Compute there from now on: with its threads, and on a GPU in TF32, but for a repeatable training."""
        # thread counts belong to the thread that runs torch; the main thread's setting does not reach this one
        torch.set_num_threads(placement.threads)
        if self._neighbours is None:
            self._neighbours = Neighbours(placement.threads)
        if placement.device.type == "cuda":
            self._found = self._found or tf32()
            set_tf32(not recipe.repeatable, not recipe.repeatable)

    def images(self) -> int:
        """Training images of an epoch."""
        return len(self.data.train) if self.data else 0

    def batches(self, batch_size: int) -> int:
        """Batches of an epoch; 0 where there are no images."""
        return batches_per_epoch(self.images(), batch_size) if self.data else 0

    def begin(self) -> None:
        """A training goes on."""
        if self._neighbours is not None:
            self._neighbours.begin()

    def look_around(self) -> None:
        """See what other programs leave of the processors; to be called now and then while training."""
        if self._neighbours is not None:
            self._neighbours.look()

    def close(self) -> None:
        """Leave torch's threads and TF32 as they were found."""
        if self._found is not None:
            set_tf32(*self._found)
        if self._neighbours is not None:
            self._neighbours.close()
