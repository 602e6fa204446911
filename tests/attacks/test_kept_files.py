"""Damaged files of the program's own (settings, measurements, the cache of images) are replaced by what is standard."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, b64encode
from dataclasses import asdict, fields
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
from mutations import attacks, damaged_bytes, damaged_json, watched

from cnnviz import settings
from cnnviz.data.decoded import Part, mapped
from cnnviz.gui.main_window import MainWindow
from cnnviz.gui.shell.places import restore
from cnnviz.gui.theme import DARK
from cnnviz.network.check import check
from cnnviz.network.report import Facts
from cnnviz.project.templates import TEMPLATES
from cnnviz.settings import Settings, folders
from cnnviz.training import estimate, pace, precision
from cnnviz.training.estimate import Speed, image_estimate, remembered, remembered_for
from cnnviz.training.machine_cache import machine
from cnnviz.training.pace import Pace

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

GEOMETRY = "AdnQywADAAAAAAGQAAAAlgAABE8AAANRAAABkAAAAJYAAARPAAADUQAAAAAAAAAAAAAAAAABkAAAAJYAAARPAAADUQ=="
USED = Settings("dark", ("/a.cnnviz", "/b ü.cnnviz"), GEOMETRY, "", "cpu", 3, 1000, "keras")
IMAGES = np.random.default_rng(1).integers(0, 256, (7, 1, 5, 4), dtype=np.uint8)
PARTS = {
    "train": Part(IMAGES.shape, lambda: iter((IMAGES[:3], IMAGES[3:]))),
    "none": Part((0, 1, 5, 4), lambda: iter(())),
}


def test_settings(qtbot: QtBot) -> None:
    window = MainWindow(TEMPLATES["fast"].project(), None, DARK)
    qtbot.addWidget(window)
    for splitter in (window.places._row, window.places._column, window.places._inner):
        window.places._moved(splitter)
    arrangement = window.places.state()
    path = folders().settings
    content = json.dumps({**asdict(USED), "arrangement": arrangement})
    for number, chance in attacks("settings", 60, 3_000):
        if chance.random() < 0.3:
            # base64 that is sound and says something else
            name = chance.choice(("geometry", "arrangement"))
            entry = json.loads(content)
            entry[name] = ".".join(_other_base64(part, chance.randrange(2**32)) for part in entry[name].split("."))
            path.write_text(json.dumps(entry))
        else:
            path.write_bytes(damaged_json(content, chance))
        with watched(f"settings {number}"):
            read = settings.load()
            assert settings.save(read.with_recent(Path("/c.cnnviz")))
            assert settings.load() == read.with_recent(Path("/c.cnnviz"))
            for field in fields(Settings):
                assert type(getattr(read, field.name)) is type(getattr(USED, field.name))
            restore(window, window.places, read)


def _other_base64(text: str, seed: int) -> str:
    return b64encode(damaged_bytes(b64decode(text), Random(seed))).decode()


SPEEDS = {"a": Speed(1e9, 1e8, 1e-4, 1e9, 2), "b": Speed(2e9, 2e8, 1e-5, 3e9, 3)}
PACES = {"a": Pace(2e-3, 5e-4, 60.0), "b": Pace(3e-2, 0.0, 2.0)}


def test_measurements() -> None:
    project = TEMPLATES["fast"].project()
    facts = Facts((1, 28, 28), 10)
    report = check(project.network, facts)
    device = torch.device("cpu")
    key = f"{machine()} | {precision.machine_key(device, 1)} | kind"
    for number, chance in attacks("measurements", 60, 3_000):
        speed = json.dumps({f"{machine()} | {key}": asdict(one) for key, one in SPEEDS.items()})
        (folders().cache / "speed.json").write_bytes(damaged_json(speed, chance))
        paces = json.dumps({f"{machine()} | CPU | threads 1 | {step}": asdict(one) for step, one in PACES.items()})
        (folders().cache / pace.CACHE.file).write_bytes(damaged_json(paces, chance))
        (folders().cache / precision.FILE).write_bytes(damaged_json(json.dumps({key: "float32"}), chance))
        with watched(f"measurements {number}"):
            for known in (remembered("a"), remembered("b"), remembered_for("a", 1, "auto")):
                if known is not None:
                    told = image_estimate(report, facts, known)
                    assert 0 < told.least < told.most < float("inf")
            for run in pace.remembered("CPU", 1).values():
                assert 0 < run.image < float("inf") and 0 < run.evaluation < float("inf")
            pace.remember("CPU", 1, "a", PACES["a"])
            assert pace.remembered("CPU", 1)["a"] == PACES["a"]
            estimate.remember("a", Speed(1e9, 1e8, 1e-4, 1e9))
            assert remembered("a") is not None
            precision._known.clear()
            assert precision.known(device, 1, "kind") in (None, "float32", "bfloat16")


def test_decoded_images() -> None:
    for number, chance in attacks("decoded", 60, 3_000):
        mapped("images", PARTS)
        folder = folders().cache / "decoded" / "images"
        contents, array = folder / "contents.json", folder / "train.npy"
        if chance.random() < 0.5:
            array.write_bytes(damaged_bytes(array.read_bytes(), chance))
        if chance.random() < 0.5:
            # checksums that fit what is there
            facts = {
                one.stem: {"bytes": one.stat().st_size, "sha256": hashlib.sha256(one.read_bytes()).hexdigest()}
                for one in folder.glob("*.npy")
            }
            contents.write_text(json.dumps(facts))
        if chance.random() < 0.5:
            contents.write_bytes(damaged_json(contents.read_bytes().decode(errors="replace"), chance))
        if chance.random() < 0.05:
            array.unlink()
            os.mkfifo(array)
        # what was made to fit its checksums can hold other images, but nothing that is not one
        fits = _fits(contents, array)
        with watched(f"decoded {number}"):
            found = mapped("images", PARTS)
            assert {name: (one.shape, one.dtype.name) for name, one in found.items()} == {
                name: (part.shape, "uint8") for name, part in PARTS.items()
            }
            assert fits or np.array_equal(found["train"], IMAGES)


def _fits(contents: Path, array: Path) -> bool:
    try:
        return bool(json.loads(contents.read_bytes())["train"]["sha256"] == _sha256(array))
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()
