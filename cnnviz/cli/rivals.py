"""The programs that a training is compared with: the same network and batch size, written as other people would.

Each rival is a generator that makes one step of :data:`BATCH` images between two yields, and goes on without end.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.data.catalogue import load
from cnnviz.data.torchvision_import import import_torchvision
from cnnviz.resources import resource

if TYPE_CHECKING:
    import torch

BATCH, RATE = 64, 0.01


def script(device: torch.device, folder: Path) -> Iterator[None]:
    """The tutorial's program: torchvision's MNIST, ToTensor, a DataLoader without workers, float32."""
    from torch import nn, optim
    from torch.utils.data import DataLoader

    _unpack(folder)
    torchvision = import_torchvision()
    images = torchvision.datasets.MNIST(str(folder), train=True, transform=torchvision.transforms.ToTensor())
    loader: Any = DataLoader(images, batch_size=BATCH, shuffle=True)
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1600, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    ).to(device)
    loss_of = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=RATE)
    model.train()
    while True:
        for x, y in loader:
            if len(y) < BATCH:
                continue
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
            yield


def bare(device: torch.device, bfloat16: bool) -> Iterator[None]:
    """The best loop one can write by hand: data in memory, channels_last, pooling before ReLU, a fused optimizer."""
    import torch
    from torch import nn

    train = load("mnist").train
    images, labels = torch.tensor(train.images, device=device), torch.tensor(train.labels, device=device)
    model: Any = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1600, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    model = model.to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, fused=True)
    while True:
        order = torch.randperm(len(labels), device=device)
        for first in range(0, len(labels) - BATCH + 1, BATCH):
            chosen = order[first : first + BATCH]
            x = images.index_select(0, chosen).to(torch.float32, memory_format=torch.channels_last).div_(255)
            x = x.sub_(0.1307).div_(0.3081)
            with torch.autocast(device.type, torch.bfloat16) if bfloat16 else nullcontext():
                logits = model(x)
            loss: Any = nn.functional.cross_entropy(logits.float(), labels.index_select(0, chosen))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            yield


def has_keras() -> bool:
    """Whether Keras 3 on TensorFlow is installed."""
    return find_spec("keras") is not None and find_spec("tensorflow") is not None


class Keras:
    """Keras 3 ``fit`` on TensorFlow's CPU, everything at its defaults."""

    def __init__(self, threads: int) -> None:
        import os

        os.environ["KERAS_BACKEND"], os.environ["TF_CPP_MIN_LOG_LEVEL"] = "tensorflow", "3"
        keras: Any = __import__("keras")
        tensorflow: Any = __import__("tensorflow")
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        train = load("mnist").train
        self._images = train.images.transpose(0, 2, 3, 1).astype("float32") / 255
        self._labels = train.labels
        layers = keras.layers
        self._model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Conv2D(64, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dense(10),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._model.compile(keras.optimizers.SGD(RATE), loss)

    def steps(self, count: int) -> int:
        """So many steps of ``fit``, at most an epoch; how many images that were."""
        images = min(count * BATCH, len(self._labels))
        self._model.fit(self._images[:images], self._labels[:images], batch_size=BATCH, epochs=1, verbose=0)
        return images


def _unpack(folder: Path) -> None:
    """MNIST where torchvision looks for it."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for packed in resource("datasets/mnist").glob("*ubyte*"):
        target = raw / packed.name.removesuffix(".gz")
        with gzip.open(packed) if packed.suffix == ".gz" else packed.open("rb") as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
