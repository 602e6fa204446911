"""Too little memory, in processes of their own that have a limit: refused before the start, or said and survived."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warm_python import WarmPython

START = """
import json, resource, sys
import numpy as np
import psutil
import torch
from pathlib import Path
from cnnviz.network.check import check
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.project import edits
from cnnviz.data.choice import DatasetChoice
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.channels import BatchMetrics, Evaluation, State
from cnnviz.training.events import RunFailed
from cnnviz.training.facts import facts_for
from training_kit import dataset, project, session, with_recipe

MB = 2**20
HARD = resource.getrlimit(resource.RLIMIT_DATA)[1]

def limit(megabytes):
    '''So much may be taken besides what has been, but for maps of files.'''
    taken = psutil.Process().memory_info().data
    resource.setrlimit(resource.RLIMIT_DATA, (taken + megabytes * MB, HARD))

def wide(batch_size):
    network = chain(
        ("input", Input()), ("conv1", Conv2d(64, (3, 3), padding="same")), ("relu1", ReLU()), ("pool1", MaxPool2d()),
        ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output()),
    )
    recipe = Recipe("sgd", 0.01, batch_size=batch_size, epochs=1, precision="float32")
    return Project(network, recipe=recipe, dataset=DatasetChoice())

def failures(watched):
    return [str(one.sentence) for one in watched.session.events.read()[0] if isinstance(one, RunFailed)]
"""


def child(python: list[str], code: str, *arguments: str) -> Any:
    """What a process of its own prints, as JSON."""
    here = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    command = [*python, "-c", START + code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_batch_that_does_not_fit_is_refused_and_the_one_on_offer_can_be_trained(warm_python: WarmPython) -> None:
    refused, batch, steps = child(
        warm_python.line,
        """
limit(400)
images = dataset(4096)
one = wide(4096)
(problem,) = check(one.network, facts_for(one)).errors
with session(one, images) as watched:
    refused = watched.session.weights.latest is None
    watched.session.play()
    batch = problem.values["fits"]
    watched.session.reset(with_recipe(one, batch_size=batch))
    watched.session.batches(3)
    watched.until(lambda: watched.session.status.step == 3 and watched.session.status.state is State.PAUSED)
    print(json.dumps([refused, batch, watched.session.status.step]))
""",
    )
    assert refused and steps == 3
    # 400 MB by twice four bytes for each of 784 + 128 * 784 + 16 * 784 * 2 + 20 values: a power of two below 466
    assert batch in (128, 256)


def test_memory_that_runs_out_in_a_step_is_a_sentence_and_the_session_lives_on(warm_python: WarmPython) -> None:
    sentences, kept, state = child(
        warm_python.line,
        """
images = dataset(4096)
one = wide(2048)
with session(one, images) as watched:
    limit(100)
    watched.session.play()
    watched.in_state(State.FAILED)
    sentences, kept = failures(watched), watched.session.weights.latest is not None
    watched.session.reset(with_recipe(one, batch_size=16))
    watched.session.batches(3)
    watched.until(lambda: watched.session.status.step == 3 and watched.session.status.state is State.PAUSED)
    print(json.dumps([sentences, kept, watched.session.status.state.value]))
""",
    )
    (sentence,) = sentences
    assert "not enough memory" in sentence and "from 2,048 to 1,024" in sentence
    assert kept and state == "paused"


def test_a_data_set_that_is_larger_than_the_memory_is_trained_from_a_mapped_file(
    tmp_path: Path, warm_python: WarmPython
) -> None:
    found = child(
        warm_python.line,
        """
import hashlib
from types import MappingProxyType
from cnnviz.data import catalogue
from cnnviz.data.catalogue import Description, load
from cnnviz.data.idx import read_idx
from cnnviz.training.images import TrainingData

folder, count, most = Path(sys.argv[1]), 200_000, 120
digests = {}
generator = np.random.default_rng(0)
for part, images in (("train", count), ("t10k", 100)):
    for what, shape in (("images-idx3", (images, 28, 28)), ("labels-idx1", (images,))):
        path = folder / f"{part}-{what}-ubyte"
        digest = hashlib.sha256()
        with path.open("wb") as file:
            head = bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
            for piece in [head, *([None] * (images // 100))]:
                if piece is None:
                    piece = generator.integers(0, 10, (100, *shape[1:]), dtype=np.uint8).tobytes()
                file.write(piece)
                digest.update(piece)
        digests[path.name] = digest.hexdigest()
catalogue._MNIST = digests
about = Description("mnist", "Large", (1, 28, 28), tuple("0123456789"), count, 100, (0.1,), (0.3,))
catalogue.DESCRIPTIONS = MappingProxyType({"mnist": about})
torch.set_num_threads(1)
torch.randn(64, 64) @ torch.randn(64, 64)

limit(most)
try:
    read_idx(folder / "train-images-idx3-ubyte")
    fits = True
except MemoryError:
    fits = False
data = load("mnist", 1000, 5, folder)
images = TrainingData.of(data, torch.device("cpu")).train
chosen = torch.randint(0, len(images), (500,), generator=torch.Generator().manual_seed(1))
batch, labels = images.batch(chosen)
kept = np.setdiff1d(np.arange(count), catalogue.validation_indices(
    np.fromfile(folder / "train-labels-idx1-ubyte", np.uint8, offset=8).astype(np.int64), 1000, 5))
same = True
with (folder / "train-images-idx3-ubyte").open("rb") as file:
    for image, number in zip(batch, chosen.tolist(), strict=True):
        file.seek(16 + 784 * int(kept[number]))
        same = same and image.numpy().tobytes() == file.read(784)
with session(project(epochs=1), data) as watched:
    watched.session.batches(20)
    watched.until(lambda: watched.session.status.state in (State.PAUSED, State.FAILED))
    result = [fits, same, len(images), watched.session.status.step, failures(watched)]
print(json.dumps(result))
""",
        str(tmp_path),
    )
    assert found == [False, True, 199_000, 20, []]
