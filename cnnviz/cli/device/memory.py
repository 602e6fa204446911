"""The predicted memory of a training compared with the peak memory of PyTorch on a GPU."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

import torch

from cnnviz import numerals
from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.losses import batches
from cnnviz.data.catalogue import load
from cnnviz.network.check import check
from cnnviz.network.memory import training_memory
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.device import WORKSPACES, place
from cnnviz.training.facts import facts_of_data

CASES = (
    ("pytorch-tutorial", 64),
    ("pytorch-tutorial", 8192),
    ("fast", 4096),
    ("lenet-5", 8192),
    ("attention", 1024),
    ("alexnet-28", 512),
    ("vgg-16-28", 512),
    ("googlenet-28", 512),
    ("resnet-18-28", 512),
    ("resnet-50-28", 256),
    ("densenet-121-28", 128),
)
STEPS = 3
LEAST, MOST = 0.8, 1.8
"""Limits of predicted divided by used memory; it was 1.03 to 1.67 on an NVIDIA H200. The prediction counts all
outputs; a GPU keeps two of three in a row, for example of convolution, normalization and ReLU."""


def run(setting: Setting) -> Finding:
    """Make a few steps of each network and read PyTorch's peak memory."""
    placement = place(setting.device, "float32", None)
    if placement.device.type != "cuda":
        return Finding(None, "PyTorch counts the memory of GPUs alone.")
    dataset = load("mnist")
    splits = (dataset.train, dataset.validation, dataset.test)
    images = sum(split.images.nbytes + split.labels.nbytes for split in splits)
    figures: dict[str, Any] = {}
    wrong: list[str] = []
    for name, size in CASES:
        project = TEMPLATES[name].project()
        project = replace(project, recipe=replace(project.recipe, batch_size=size))
        facts = facts_of_data(project)
        # what torch's libraries take, their workspaces, is in the peak memory too
        predicted = training_memory(check(project.network, facts), facts).step + WORKSPACES
        before = _cleared(placement.device)
        steps = batches(project, placement)
        next(steps)
        for _ in range(STEPS - 1):
            next(steps)
        used = torch.cuda.max_memory_allocated(placement.device) - before - images
        reserved = torch.cuda.max_memory_reserved(placement.device)
        del steps
        left = torch.cuda.memory_allocated(placement.device)
        ratio = predicted / used
        case = f"{name} at {size:,}"
        figures[case] = {
            "predicted": predicted,
            "used": used,
            "reserved": reserved,
            "left": left,
            "ratio": round(ratio, 3),
        }
        if not LEAST <= ratio <= MOST:
            wrong.append(case)
    listed = "; ".join(
        f"{case}: {numerals.memory(figure['predicted'])} predicted, {numerals.memory(figure['used'])} used"
        for case, figure in figures.items()
    )
    return Finding(not wrong, f"{listed}." + (f" Too far: {', '.join(wrong)}." if wrong else ""), figures)


def _cleared(device: torch.device) -> int:
    """Free what earlier trainings of this process have left on a GPU; returns the bytes that are still allocated."""
    gc.collect()
    # cuBLAS keeps a workspace for each thread that has used it
    torch._C._cuda_clearCublasWorkspaces()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    return torch.cuda.memory_allocated(device)
