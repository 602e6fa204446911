"""What training takes of the memory, measured in a process of its own: how far it grows beyond what torch takes.

``python tests/memory_of_training.py [NAME ...]`` measures the networks of :data:`CASES` and prints what is
told of each beside what was measured; some minutes for all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.network.check import examine
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import (
    BatchNorm2d,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool2d,
    Input,
    Layer,
    MaxPool2d,
    MultiheadSelfAttention,
    Output,
    ReLU,
    Upsample,
)
from cnnviz.network.memory import TrainingMemory, training_memory
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.facts import facts_of_data

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CHILD = """
import sys, threading
import numpy as np
import psutil
import torch
from dataclasses import replace
from pathlib import Path
from cnnviz.data import catalogue
from cnnviz.data.catalogue import Dataset, Split, describe
from cnnviz.network.check import examine
from cnnviz.training import driver, resources
from cnnviz.training.facts import facts_of_data
from cnnviz.training.loop import EVALUATION_BATCH, EVALUATION_VALUES
from cnnviz.training.channels import State
from cnnviz.training.session import Session
import memory_of_training

def taken(what):
    line = next(one for one in open("/proc/self/status") if one.startswith(what))
    return int(line.split()[1]) * 1024

project = memory_of_training.CASES[sys.argv[1]]()
about = describe(project.dataset.name)
generator = np.random.default_rng(0)
def split(count):
    return Split(generator.integers(0, 256, (count, *about.image), dtype=np.uint8), generator.integers(0, 10, count))
batch = project.recipe.batch_size
largest = max(np.prod(node.output) for node in examine(project.network, facts_of_data(project)).nodes.values())
together = 2 * min(EVALUATION_BATCH, max(batch, int(EVALUATION_VALUES // largest)))
images = Dataset(about.name, about.title, about.classes, split(3 * batch), split(together), split(together),
                 about.mean, about.std)
copied = sum(one.images.nbytes for one in (images.train, images.validation, images.test))
resources.load_choice = lambda *_, **__: images
catalogue.DESCRIPTIONS = {about.name: replace(about, at_hand=True)}
# torch loads the kernels of each layer kind when it is used: that is no memory of the network
torch.set_num_threads(1)
layers = torch.nn.Conv2d(1, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Flatten(), torch.nn.Linear(8 * 36, 4)
warm = torch.nn.Sequential(*layers)
warm.to(memory_format=torch.channels_last)
for half in (False, True):
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        loss = warm(torch.rand(2, 1, 8, 8)).float().sum()
    loss.backward()
session = Session(project, "cpu", 1)
done = threading.Event()
session.listen(lambda: session.status.state in (State.FINISHED, State.FAILED) and done.set())
session.weights.listen(session.weights.request)
Path("/proc/self/clear_refs").write_text("5")
before = taken("VmRSS")
session.start()
session.play()
while not done.wait(0.2) and not session.trouble():
    pass
if session.trouble():
    sys.exit(session.trouble())
print(taken("VmHWM") - before - copied)
session.close(60)
"""


def _template(name: str, batch_size: int | None = None, precision: str = "float32") -> Callable[[], Project]:
    def project() -> Project:
        one = TEMPLATES[name].project()
        recipe = replace(one.recipe, epochs=2, precision=precision)  # type: ignore[arg-type]
        return replace(one, recipe=replace(recipe, batch_size=batch_size or recipe.batch_size))

    return project


def _own(network: Network, optimizer: str = "adam", batch_size: int = 64, precision: str = "float32") -> Project:
    recipe = Recipe(optimizer, 1e-4, batch_size=batch_size, epochs=2, precision=precision)  # type: ignore[arg-type]
    return Project(network, recipe=recipe)


def _named(*layers: Layer) -> Network:
    return chain(("input", Input()), *((f"l{n}", layer) for n, layer in enumerate(layers)), ("output", Output()))


def _wide(optimizer: str, batch_size: int, width: int = 100_000) -> Callable[[], Project]:
    return lambda: _own(_named(Flatten(), Dense(width), ReLU(), Dense(10)), optimizer, batch_size)


def _deep(precision: str) -> Callable[[], Project]:
    layers = [layer for _ in range(20) for layer in (Conv2d(32, (3, 3), padding="same"), BatchNorm2d(), ReLU())]
    return lambda: _own(_named(*layers, GlobalAvgPool2d(), Dense(10)), "adam", 64, precision)


def _attending(precision: str) -> Callable[[], Project]:
    layers = [layer for _ in range(4) for layer in (MultiheadSelfAttention(4), ReLU())]
    before = (Conv2d(64, (3, 3), padding="same"), MaxPool2d())
    return lambda: _own(_named(*before, *layers, GlobalAvgPool2d(), Dense(10)), "adam", 64, precision)


def _big_batch(precision: str) -> Callable[[], Project]:
    layers = (Conv2d(32, (3, 3)), ReLU(), MaxPool2d(), Conv2d(64, (3, 3)), ReLU(), MaxPool2d(), Flatten(), Dense(10))
    return lambda: _own(_named(*layers), "sgd", 4096, precision)


def _enlarged() -> Project:
    layers = (Upsample((8, 8)), Conv2d(16, (3, 3)), ReLU(), Conv2d(16, (3, 3)), ReLU(), GlobalAvgPool2d(), Dense(10))
    return _own(_named(*layers), "adam", 8)


_PUBLISHED = {"alexnet": 2, "vgg-16": 2, "googlenet": 2, "resnet-18": 2, "resnet-50": 2, "densenet-121": 2}

CASES: Mapping[str, Callable[[], Project]] = {
    **{
        name: _template(name)
        for name in TEMPLATES
        if name not in _PUBLISHED and TEMPLATES[name].project().dataset.name == "mnist"
    },
    **{f"{name} of {size}": _template(name, size) for name, size in _PUBLISHED.items() if name in TEMPLATES},
    "wide sgd": _wide("sgd", 16),
    "wide adam": _wide("adam", 16, 50_000),
    "wide batch": _wide("adam", 2048, 5_000),
    "deep": _deep("float32"),
    "deep bfloat16": _deep("bfloat16"),
    "attention": _attending("float32"),
    "attention bfloat16": _attending("bfloat16"),
    "big batch": _big_batch("float32"),
    "big batch bfloat16": _big_batch("bfloat16"),
    "enlarged": _enlarged,
    "resnet-18-28 bfloat16": _template("resnet-18-28", None, "bfloat16"),
    "densenet-121-28 bfloat16": _template("densenet-121-28", None, "bfloat16"),
}
"""Names -> projects of two epochs."""


def measured(name: str, python: Sequence[str] = (sys.executable,)) -> int:
    """Bytes that a process grows by while it trains the network of :data:`CASES` with somebody looking;
    ``python`` begins the command line of an interpreter."""
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parent)])
    done = subprocess.run(
        [*python, "-c", CHILD, name],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        env={**os.environ, "PYTHONPATH": paths},
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr}")
    return int(done.stdout)


def told(name: str) -> TrainingMemory:
    """What is told beforehand."""
    project = CASES[name]()
    facts = facts_of_data(project)
    return training_memory(examine(project.network, facts), facts)


def main() -> None:
    """Print a line for each case, with the parts of what is told as JSON."""
    for name in sys.argv[1:] or CASES:
        memory, real = told(name), measured(name)
        sys.stdout.write(f"{name:28} told {memory.total / 1e6:9,.1f} MB, measured {real / 1e6:9,.1f} MB")
        sys.stdout.write(f"  {memory.total / real:5.2f}  {json.dumps(asdict(memory))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
