"""No step of a training waits for the GPU: what is computed is asked for ahead of time."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import torch

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.losses import batches
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.device import place

NETWORKS = ("pytorch-tutorial", "fast", "lenet-5", "attention", "resnet-18-28")
WARM_STEPS, STEPS = 3, 5
WAITS = "called a synchronizing CUDA operation"
"""What PyTorch says of an operation that waits."""


def run(setting: Setting) -> Finding:
    """Have PyTorch warn of every operation that waits, with and without what recipes can add."""
    where = place(setting.device, "float32", None)
    if where.device.type != "cuda":
        return Finding(None, "Processors compute at once.")
    found: dict[str, list[str]] = {}
    for name in NETWORKS:
        project = TEMPLATES[name].project()
        added = replace(project.recipe, clip_norm=1.0, label_smoothing=0.1, elastic=2.0, noise=0.1, erasing=0.2)
        for recipe in (project.recipe, added):
            steps = batches(replace(project, recipe=recipe), where)
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
            key = name if recipe is project.recipe else f"{name} with everything"
            found[key] = sorted(
                {f"{Path(one.filename).name}:{one.lineno}" for one in told if WAITS in f"{one.message}"}
            )
    waits = {name: places for name, places in found.items() if places}
    told_of = "; ".join(f"{name}: {', '.join(places)}" for name, places in waits.items())
    sentence = f"{len(found)} trainings of {STEPS} steps; " + (f"waits in {told_of}." if waits else "no wait.")
    return Finding(not waits, sentence, {"waits": waits})
