"""The training speed of each precision, and whether the precision “auto” chooses the fastest."""

from __future__ import annotations

import time
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

import torch

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.forms import computing, forms
from cnnviz.cli.device.losses import batches
from cnnviz.cli.device.watched import session
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.device import Placement, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.project.project import Project
    from cnnviz.training.loop import BatchDone

NETWORKS, QUICK_NETWORKS = ("pytorch-tutorial", "fast", "attention", "resnet-18-28"), ("pytorch-tutorial",)
WARM_STEPS, ROUNDS, SECONDS, QUICK_SECONDS = 10, 4, 0.3, 0.01
"""Steps before the first measurement, how often each precision has its turn, and the seconds of a turn."""
SLOWER = 0.9
"""Least speed of the precision “auto”, relative to the fastest precision."""


def run(setting: Setting) -> Finding:
    """Measure the precisions in turns; “auto” is the choice of a session with the same network."""
    placement = place(setting.device, "float32", None)
    torch.set_num_threads(placement.threads)
    figures: dict[str, Any] = {}
    slower: list[str] = []
    for name in QUICK_NETWORKS if setting.quick else NETWORKS:
        project = TEMPLATES[name].project()
        speeds = _speeds(project, placement, quick=setting.quick)
        with session(replace(project, recipe=replace(project.recipe, precision="auto")), setting.device) as watched:
            auto = watched.train(1).precision
        # on a GPU a training in float32 computes in TF32, unless it is repeatable
        usual = "TF32" if "TF32" in speeds else "float32"
        chosen = speeds["bfloat16" if auto == "bfloat16" else usual]
        best = max(speeds[usual], speeds.get("bfloat16", 0.0))
        figures[name] = {"images_per_second": speeds, "auto": auto}
        if chosen < SLOWER * best:
            slower.append(f"{name} ({auto})")
    measured = "; ".join(
        f"{name} {', '.join(f'{form} {speed:,.0f}' for form, speed in figure['images_per_second'].items())},"
        f" auto is {figure['auto']}"
        for name, figure in figures.items()
    )
    sentence = f"Images/s: {measured}." + (f" Auto is the slower one for {', '.join(slower)}." if slower else "")
    return Finding(None if setting.quick else not slower, sentence, figures)


def _speeds(project: Project, float32: Placement, *, quick: bool) -> dict[str, float]:
    """Images per second by precision; “repeatable” is float32 with deterministic algorithms."""
    placements = {**forms(float32), "repeatable": float32}
    turns = {form: _Turns(batches(project, placement), form, float32) for form, placement in placements.items()}
    seconds = QUICK_SECONDS if quick else SECONDS
    rounds = [{form: turn(seconds) for form, turn in turns.items()} for _ in range(1 if quick else ROUNDS)]
    return {form: round(median(each[form] for each in rounds)) for form in turns}


class _Turns:
    """A training that runs for some seconds when called; returns images per second."""

    def __init__(self, steps: Iterator[BatchDone], form: str, placement: Placement) -> None:
        self._steps, self._form, self._placement = steps, form, placement
        with computing(self._form):
            for _ in range(WARM_STEPS):
                next(steps)

    def __call__(self, seconds: float) -> float:
        with computing(self._form):
            wait(self._placement)
            began, images = time.perf_counter(), 0
            while time.perf_counter() - began < seconds:
                images += next(self._steps).size
            wait(self._placement)
            return images / (time.perf_counter() - began)


def wait(placement: Placement) -> None:
    """Wait until the device has finished all operations."""
    if placement.device.type == "cuda":
        torch.cuda.synchronize(placement.device)
