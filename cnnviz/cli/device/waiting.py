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
    where = place(setting.device, "float32", None)
    if where.device.type != "cuda":
        return Finding(None, "Processors compute at once.")
    found: dict[str, list[str]] = {}
    for name in NETWORKS:
        project = TEMPLATES[name].project()
        added = replace(project.recipe, clip_norm=1.0, label_smoothing=0.1, elastic=2.0, noise=0.1, erasing=0.2)
        cases = {
            name: batches(project, where),
            f"{name} with everything": batches(replace(project, recipe=added), where),
        }
        if name == NETWORKS[0]:
            cases[f"{name} with images in a file"] = steps_on(_in_a_file(where), project, where)
        for key, steps in cases.items():
            for _ in range(WARM_STEPS):
                next(steps)
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                torch.cuda.set_sync_debug_mode("warn")
                try:
                    for _ in range(STEPS):
                        next(steps)
                finally:
                    torch.cuda.set_sync_debug_mode("default")
            found[key] = sorted(
                {f"{Path(each.filename).name}:{each.lineno}" for each in told if WAITS in f"{each.message}"}
            )
    waits = {name: places for name, places in found.items() if places}
    told_of = "; ".join(f"{name}: {', '.join(places)}" for name, places in waits.items())
    sentence = f"{len(found)} trainings of {STEPS} steps; " + (f"waits in {told_of}." if waits else "no wait.")
    return Finding(not waits, sentence, {"waits": waits})


def _in_a_file(where: Placement) -> TrainingData:
    """Training images that stay in a file, as they do if they do not fit into memory."""
    whole = TrainingData.of(load("mnist"), where.device)
    return replace(whole, train=replace(whole.train, images=whole.train.images.cpu()))
