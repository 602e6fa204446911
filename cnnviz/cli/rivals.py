"""Programs with which ``cnnviz bench`` compares a training: the same network and batch size in other usual ways.

:func:`script` and :func:`bare` are endless generators that make a training step of :data:`BATCH` images between two
yields; :class:`Keras` trains in a process of its own.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from contextlib import nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.cli.errors import CommandError
from cnnviz.cli.torchvision_import import import_torchvision
from cnnviz.data.catalogue import load
from cnnviz.files import cause
from cnnviz.resources import resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

BATCH, RATE = 64, 0.01
"""Images of a batch, and the learning rate."""
MEAN, STD = 0.1307, 0.3081
"""Of the pixels of MNIST."""


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
    """A loop optimized by hand: data in memory, channels_last, pooling before ReLU, a fused optimizer."""
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
            x = x.sub_(MEAN).div_(STD)
            with torch.autocast(device.type, torch.bfloat16) if bfloat16 else nullcontext():
                logits = model(x)
            loss: Any = nn.functional.cross_entropy(logits.float(), labels.index_select(0, chosen))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            yield


def keras_python(named: str | None) -> str | None:
    """The Python interpreter with Keras: ``named``, else this one if Keras and TensorFlow are installed, else None."""
    if named is not None:
        return named
    return sys.executable if find_spec("keras") is not None and find_spec("tensorflow") is not None else None


class Keras:
    """Keras 3 ``fit`` on TensorFlow's CPU device with default settings, in a separate process."""

    def __init__(self, python: str, folder: Path, threads: int) -> None:
        import numpy as np

        train = load("mnist").train
        paths = (folder / "images.npy", folder / "labels.npy")
        np.save(paths[0], train.images)
        np.save(paths[1], train.labels)
        program = Path(__file__).with_name("keras_rival.py")
        command = [python, str(program), *map(str, paths), str(BATCH), str(RATE), str(threads)]
        self._errors = (folder / "keras.log").open("w+", encoding="utf-8", errors="replace")
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
            )
        except OSError as error:
            self._errors.close()
            raise CommandError(f"“{python}” could not be started: {cause(error)}.") from error
        try:
            self.versions: dict[str, str] = self._answer()
        except BaseException:
            self.close()
            raise

    def steps(self, count: int) -> tuple[int, float]:
        """Make ``count`` steps of ``fit``, at most an epoch; returns the number of images and the seconds."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{count}\n")
            self._process.stdin.flush()
        except OSError:
            pass  # the answer of the process tells why
        answer = self._answer()
        return answer["images"], answer["seconds"]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            with suppress(OSError):
                pipe.close()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        raise CommandError(f"Keras could not be measured. {lines[-1] if lines else 'It ended without a word.'}")


def _unpack(folder: Path) -> None:
    """Unpack MNIST to where torchvision expects it."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for packed in resource("datasets/mnist").glob("*ubyte*"):
        target = raw / packed.name.removesuffix(".gz")
        with gzip.open(packed) if packed.suffix == ".gz" else packed.open("rb") as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
