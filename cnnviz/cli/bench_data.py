"""``cnnviz bench --data N``: how fast N pictures of many sizes and formats are read, beside torchvision's ImageFolder.

Both read all pictures from files into images of one size, one after the other in each round. cnnviz also lists the
folder and writes its cache; torchvision uses a DataLoader with two workers.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cnnviz.cli.errors import CommandError
from cnnviz.cli.output import console, write_json
from cnnviz.cli.torchvision_import import import_torchvision
from cnnviz.settings import HOME

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

CLASSES, SIDE, WORKERS, BATCH = 10, 64, 2, 64
MOST_PICTURES = 1_000_000
GROUNDS, GRAIN = 20, 40
"""Pictures are cut out of GROUNDS images of noise, which have GRAIN x GRAIN pixels before they are enlarged."""
SHORTEST_SIDE, LONGEST_SIDE = 100, 400
LEAST_RATIO = 1.0
"""The goal: at least as fast as torchvision."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    text = f"measure instead how fast N pictures are read, beside torchvision's ImageFolder with {WORKERS} workers"
    parser.add_argument("--data", type=int, metavar="N", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    if not CLASSES <= arguments.data <= MOST_PICTURES:
        raise CommandError(f"--data takes {CLASSES} to {MOST_PICTURES:,}.")
    with TemporaryDirectory(prefix="cnnviz-bench-", ignore_cleanup_errors=True) as folder:
        try:
            make_pictures(Path(folder) / "pictures", arguments.data)
        except OSError as error:
            raise CommandError(f"The pictures could not be written. {error}") from error
        result = measure(Path(folder) / "pictures", Path(folder), arguments.rounds)
    if arguments.json:
        write_json({"pictures": arguments.data, "goal": LEAST_RATIO, **result})
        return 0
    console().print(
        f"{arguments.data:,} pictures are read at {result['images_per_second']:,.0f} a second,"
        f" {result['ratio']:.2f} times as fast as by torchvision's ImageFolder with {WORKERS} workers"
        f" ({result['theirs_per_second']:,.0f}); medians of {arguments.rounds} rounds."
    )
    return 0


def make_pictures(folder: Path, count: int) -> None:
    """Write pictures of many sizes and formats, some of them grey, into the folders of :data:`CLASSES` classes."""
    chance = np.random.default_rng(0)
    grounds = [
        Image.fromarray(chance.integers(0, 256, (GRAIN, GRAIN, 3), np.uint8)).resize(
            (LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BICUBIC
        )
        for _ in range(GROUNDS)
    ]
    for number in range(count):
        class_folder = folder / f"class {number % CLASSES}"
        class_folder.mkdir(parents=True, exist_ok=True)
        height, width = (int(side) for side in chance.integers(SHORTEST_SIDE, LONGEST_SIDE, 2))
        picture = grounds[number % len(grounds)].crop((0, 0, width, height))
        match number % 10:
            case 0:
                picture.convert("L").save(class_folder / f"{number}.jpg")
            case 1 | 2:
                picture.save(class_folder / f"{number}.png")
            case _:
                picture.save(class_folder / f"{number}.jpg", quality=88)


def measure(pictures: Path, home: Path, rounds: int) -> dict[str, Any]:
    """The median images per second of both, and the median over the rounds of the ratio of cnnviz to torchvision."""
    # imports are not measured
    import_torchvision()
    ours, theirs = [], []
    for number in range(rounds):
        # an empty cache each time
        os.environ[HOME] = str(home / f"home {number}")
        ours.append(_rate(lambda: _ours(pictures)))
        theirs.append(_rate(lambda: _theirs(pictures)))
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    return {"images_per_second": median(ours), "theirs_per_second": median(theirs), "ratio": median(ratios)}


def _rate(read: Callable[[], int]) -> float:
    began = time.perf_counter()
    return read() / (time.perf_counter() - began)


def _ours(pictures: Path) -> int:
    from cnnviz.data.sources import open_source
    from cnnviz.data.sources.preparing import prepare
    from cnnviz.data.sources.source import Form

    return len(prepare(open_source(pictures), Form(3, SIDE, SIDE)).images["train"])


def _theirs(pictures: Path) -> int:
    from torch.utils.data import DataLoader

    torchvision = import_torchvision()
    steps = torchvision.transforms
    form = steps.Compose([steps.Resize(SIDE), steps.CenterCrop(SIDE), steps.PILToTensor()])
    images = torchvision.datasets.ImageFolder(str(pictures), form)
    return sum(len(labels) for _, labels in DataLoader(images, BATCH, num_workers=WORKERS))
