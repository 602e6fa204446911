"""10,000 pictures of mixed sizes and formats, some of them broken: how fast a training is in memory and beyond it.

``python tests/ten_thousand_pictures.py [COUNT]`` makes the pictures, and reads and trains them in two processes: with
the memory that there is, and with a limit of 64 MB. It prints what was left out, the speeds, and the peaks of memory;
some minutes for 10,000 pictures.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from PIL import Image

LIMIT = 64 * 2**20
CLASSES, EPOCHS = 5, 3
WIDE, BOMB = 20_000, (40_000, 40_000)
"""A picture that is very wide, and a PNG that claims to have 1.6 billion pixels."""
BROKEN_EVERY = 250
ORIENTATION = 0x0112


def make(folder: Path, count: int) -> list[str]:
    """Write the pictures; returns the names of those that cannot be read."""
    chance = np.random.default_rng(0)
    broken = []
    for number in range(count):
        label = number % CLASSES
        place = folder / f"class {label}"
        place.mkdir(parents=True, exist_ok=True)
        height, width = (int(side) for side in chance.integers(40, 300, 2))
        colour = np.full(3, 40.0)
        colour[label % 3] += 150 if label < 3 else 80
        small = chance.normal(colour, 40, (12, 12, 3)).clip(0, 255).astype(np.uint8)
        picture = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        path = _written(picture, place / f"{number}", number, chance)
        if number % BROKEN_EVERY == BROKEN_EVERY - 1:
            content = path.read_bytes()
            path.write_bytes((b"", content[: len(content) // 4], b"no picture")[number // BROKEN_EVERY % 3])
            broken.append(f"class {label}/{path.name}")
    Image.new("RGB", (WIDE, 40), (200, 30, 30)).save(folder / "class 0" / "wide.png")
    (folder / "class 1" / "bomb.png").write_bytes(_bomb())
    return [*broken, "class 1/bomb.png"]


def _written(picture: Image.Image, path: Path, number: int, chance: np.random.Generator) -> Path:
    """Write a picture in one of many formats; returns the file."""
    match number % 12:
        case 0:
            picture.convert("L").save(path := path.with_suffix(".png"))
        case 1:
            values = np.asarray(picture.convert("L"), np.uint16) * 257
            Image.fromarray(values).save(path := path.with_suffix(".png"))
        case 2:
            picture.quantize(16).save(path := path.with_suffix(".gif"))
        case 3:
            picture.convert("CMYK").save(path := path.with_suffix(".jpg"))
        case 4:
            frames = [picture.rotate(90 * at) for at in range(1, 3)]
            picture.save(path := path.with_suffix(".webp"), save_all=True, append_images=frames)
        case 5:
            exif = Image.Exif()
            exif[ORIENTATION] = int(chance.integers(1, 9))
            picture.save(path := path.with_suffix(".jpg"), exif=exif)
        case 6:
            picture.convert("RGBA").save(path := path.with_suffix(".png"))
        case 7:
            picture.save(path := path.with_suffix(".bmp"))
        case _:
            picture.save(path := path.with_suffix(".jpg"), quality=88)
    return path


def _bomb() -> bytes:
    """A small PNG whose header claims an enormous size."""
    import struct
    import zlib

    content = io.BytesIO()
    Image.new("L", (8, 8)).save(content, "PNG")
    head = b"IHDR" + struct.pack(">II", *BOMB) + content.getvalue()[24:29]
    return content.getvalue()[:12] + head + struct.pack(">I", zlib.crc32(head)) + content.getvalue()[33:]


def train(folder: Path, limited: bool) -> dict[str, Any]:
    """Read and train the pictures in this process; times in seconds from the beginning, memory in MB."""
    import torch

    from cnnviz.data.loading import load_choice
    from cnnviz.data.sources import own
    from cnnviz.jobs import CancelledError
    from cnnviz.network.check import examine
    from cnnviz.project.adapting import fitted_to
    from cnnviz.project.templates import TEMPLATES
    from cnnviz.training.device import place
    from cnnviz.training.facts import facts_of_data
    from cnnviz.training.images import TrainingData
    from cnnviz.training.loop import BatchDone, Evaluated
    from cnnviz.training.loop import train as epochs
    from cnnviz.training.state import start

    if limited:
        patch.object(own, "available", lambda: LIMIT).start()
    torch.set_num_threads(1)
    torch.nn.functional.conv2d(torch.ones(1, 1, 8, 8), torch.ones(1, 1, 3, 3))
    memory = _Memory()
    seen: list[int] = []
    try:
        # a reading that is cancelled leaves nothing behind
        own.describe_path(folder, report=lambda state: seen.append(state.done), cancelled=lambda: bool(seen))
    except CancelledError:
        seen.append(-1)
    began = time.perf_counter()
    progress: list[int] = []
    found = own.describe_path(folder, report=lambda state: progress.append(state.done))
    project = fitted_to(TEMPLATES["fast"].project(), found.choice)
    report = examine(project.network, facts_of_data(project))
    assert report.trainable
    data = TrainingData.of(load_choice(found.choice, partly=True), torch.device("cpu"))
    state = start(project, report, place("cpu", "float32", 1))
    state.epochs, first, ends = EPOCHS, 0.0, []
    accuracy = 0.0
    spans: list[tuple[float, float]] = []
    opened = time.perf_counter()
    for moment in epochs(state, data):
        if isinstance(moment, BatchDone):
            first = first or time.perf_counter() - began
            ends.append(time.perf_counter())
        elif isinstance(moment, Evaluated):
            spans.append((opened, ends[-1]))
            opened, accuracy = time.perf_counter(), moment.accuracy
    faults = own.faults_of(found.choice) or (*found.source.contents.faults, *found.prepared.faults)
    return {
        "cancelled": seen[-1] == -1,
        "reports": len(progress),
        "left out": sorted(fault.name for fault in faults),
        "first batch": round(first, 1),
        "end of the first epoch": round(spans[0][1] - began, 1),
        "images a second": [round(len(data.train) / (end - start)) for start, end in spans],
        "accuracy": accuracy,
        "more memory": memory.more(),
    }


class _Memory:
    """The growth of this process, sampled: pages of its own, and all that is resident."""

    def __init__(self) -> None:
        self._begun = self._now()
        self._most = self._begun
        self._stop = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    def more(self) -> tuple[int, int]:
        """The peaks since the beginning, in MB: of its own pages, and with the pages of mapped files."""
        self._stop.set()
        return tuple((most - begun) // 1000 for most, begun in zip(self._most, self._begun, strict=True))  # type: ignore[return-value]

    def _sample(self) -> None:
        while not self._stop.wait(0.05):
            self._most = tuple(map(max, self._most, self._now()))

    def _now(self) -> tuple[int, ...]:
        lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return tuple(int(lines[name].split()[0]) for name in ("RssAnon", "VmRSS"))


def measured(folder: Path, limited: bool, home: Path) -> dict[str, Any]:
    """The result of :func:`train` in a process of its own, with an empty cache."""
    command = [sys.executable, __file__, "train", str(folder), "limited" if limited else "whole"]
    environment = {**os.environ, "CNNVIZ_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(count: int) -> None:
    """Make the pictures, measure both, and print."""
    with TemporaryDirectory(prefix="cnnviz-pictures-", ignore_cleanup_errors=True) as place:
        folder = Path(place) / "pictures"
        broken = make(folder, count)
        results = {name: measured(folder, name == "limited", Path(place) / name) for name in ("whole", "limited")}
    for name, result in results.items():
        assert result["cancelled"], "a reading is cancelled"
        assert result["left out"] == sorted(broken), result["left out"]
        shown = {key: value for key, value in result.items() if key != "left out"}
        sys.stdout.write(f"{name}: {json.dumps(shown)}\n")
    whole, limited = (result["images a second"] for result in results.values())
    sys.stdout.write(
        f"{len(broken)} files are left out, each by name. With the limit {limited[0] / whole[0]:.2f} of the speed in"
        f" memory while pictures are decoded, and {limited[-1] / whole[-1]:.2f} afterwards.\n"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["train"]:
        sys.stdout.write(json.dumps(train(Path(sys.argv[2]), sys.argv[3] == "limited")) + "\n")
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
