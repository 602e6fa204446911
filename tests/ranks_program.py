"""Trains small networks, alone or as one of several processes, and writes what came out.

Arguments: the folder for the results, then ``synchronized`` or ``local``, then the names of :data:`CASES`. As one of
several processes it needs the environment that torchrun sets.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from training_kit import dataset, project, tensors

from cnnviz.network.check import check
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.training.device import place
from cnnviz.training.images import TrainingData
from cnnviz.training.loop import BatchDone, Evaluated, train
from cnnviz.training.ranks import join, leave
from cnnviz.training.state import start

if TYPE_CHECKING:
    from cnnviz.project.project import Project

STEPS = 50
LONG = 1000
"""Epochs that are never reached."""


def _plain(**recipe: Any) -> Project:
    """A project without batch normalization and dropout."""
    network = chain(
        ("input", Input()),
        ("conv1", Conv2d(4, (3, 3), stride=(3, 3))),
        ("relu1", ReLU()),
        ("pool1", MaxPool2d()),
        ("flatten", Flatten()),
        ("fc1", Dense(10)),
        ("output", Output()),
    )
    return replace(project(epochs=LONG, **recipe), network=network)


CHANGES = {"shift": 3.0, "rotation": 15.0, "elastic": 2.0, "noise": 0.1, "erasing": 0.3}
CASES = {
    "plain": lambda: _plain(),
    "normalized": lambda: project(dropout=0.0, epochs=LONG),
    "dropout": lambda: project(dropout=0.5, epochs=LONG),
    "augmented": lambda: _plain(**CHANGES),
    "settings": lambda: _plain(optimizer="adamw", weight_decay=0.01, clip_norm=0.5, label_smoothing=0.1),
}


COUNTS = {"synchronized": 80, "local": 75}
"""Images of an epoch: with 75 the last batch of 16 has 11 images, which three processes cannot share evenly."""


def main(folder: Path, statistics: str, names: list[str]) -> None:
    """Train each case for :data:`STEPS` batches and the validation that follows."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        join("cpu", synchronized=statistics == "synchronized", seconds=60)
    for name in names:
        made = CASES[name]()
        torch.set_num_threads(1)
        state = start(made, check(made.network, Facts((1, 28, 28), 10)), place("cpu", "float32", 1))
        images = TrainingData.of(dataset(train_images=COUNTS[statistics]), torch.device("cpu"))
        losses, correct, sizes, validations = [], [], [], []
        for moment in train(state, images):
            if isinstance(moment, BatchDone):
                losses.append(float(moment.loss))
                correct.append(int(moment.correct))
                sizes.append(moment.size)
            elif isinstance(moment, Evaluated):
                validations.append((moment.loss, moment.accuracy, moment.images))
                if len(losses) >= STEPS:
                    break
        found: dict[str, Any] = {f"weights/{key}": tensor.numpy() for key, tensor in tensors(state).items()}
        told: dict[str, Any] = {"losses": losses, "correct": correct, "sizes": sizes, "validations": validations}
        np.savez(folder / f"{name}-{os.environ.get('RANK', '0')}.npz", **(told | found))
    leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
