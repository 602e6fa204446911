"""No training step waits for the GPU: operations are queued ahead."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import torch

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.losses import batches, steps_on
from cnnviz.data.catalogue import load
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.device import Placement, place
from cnnviz.training.images import TrainingData

NETWORKS = ("pytorch-tutorial", "fast", "lenet-5", "attention", "resnet-18-28")
WARM_STEPS, STEPS = 3, 5
WAITS = "called a synchronizing CUDA operation"
"""PyTorch's warning for an operation that waits."""


def run(setting: Setting) -> Finding:
    """Let PyTorch warn of every operation that waits, with and without the options of recipes."""
    placement = place(setting.device, "float32", None)
    if placement.device.type != "cuda":
        return Finding(None, "Processors compute at once.")
    waits_of: dict[str, list[str]] = {}
    for name in NETWORKS:
        project = TEMPLATES[name].project()
        recipe = replace(project.recipe, clip_norm=1.0, label_smoothing=0.1, elastic=2.0, noise=0.1, erasing=0.2)
        cases = {
            name: batches(project, placement),
            f"{name} with everything": batches(replace(project, recipe=recipe), placement),
        }
        if name == NETWORKS[0]:
            cases[f"{name} with images in a file"] = steps_on(_in_a_file(placement), project, placement)
        for key, steps in cases.items():
            for _ in range(WARM_STEPS):
                next(steps)
            with warnings.catch_warnings(record=True) as warnings_seen:
                warnings.simplefilter("always")
                torch.cuda.set_sync_debug_mode("warn")
                try:
                    for _ in range(STEPS):
                        next(steps)
                finally:
                    torch.cuda.set_sync_debug_mode("default")
            waits_of[key] = sorted(
                {f"{Path(each.filename).name}:{each.lineno}" for each in warnings_seen if WAITS in f"{each.message}"}
            )
    waits = {name: places for name, places in waits_of.items() if places}
    waits_in_words = "; ".join(f"{name}: {', '.join(places)}" for name, places in waits.items())
    sentence = f"{len(waits_of)} trainings of {STEPS} steps; " + (
        f"waits in {waits_in_words}." if waits else "no wait."
    )
    return Finding(not waits, sentence, {"waits": waits})


def _in_a_file(placement: Placement) -> TrainingData:
    """Training images that stay in a file, as they do if they do not fit into memory."""
    data = TrainingData.of(load("mnist"), placement.device)
    return replace(data, train=replace(data.train, images=data.train.images.cpu()))
