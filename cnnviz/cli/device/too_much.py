"""A batch that does not fit into GPU memory: refused before the start, or reported as failure of the run."""

from __future__ import annotations

import torch

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.watched import session
from cnnviz.data.choice import DatasetChoice
from cnnviz.network.graph import chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, Layer, MaxPool2d, Output, ReLU
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.channels import State
from cnnviz.training.device import free_memory, place
from cnnviz.training.resources import TrainingResources

WIDE, BATCH = 64, 8192
"""Maps and batch size of which a single output takes 1.6 GB."""
TOO_DEEP, TOO_LARGE_BATCH = 20, 55_000
"""Layers and batch size that need more memory than any GPU has."""
LEFT_FREE = 2**30
"""Bytes that are left free for the training that fails."""


def run(setting: Setting) -> Finding:
    """Request too much memory twice: more than the device has, and more than is free when training begins."""
    placement = place(setting.device, "float32", None)
    if placement.device.type != "cuda":
        return Finding(None, "That too little memory is survived is tried on a GPU alone.")
    refusal = _refusal(setting.device)
    with session(_project(1, BATCH), setting.device) as watched:
        free = free_memory(placement.device)
        assert free is not None
        torch.cuda.empty_cache()
        ballast = torch.empty(max(0, free - LEFT_FREE), dtype=torch.uint8, device=placement.device)
        watched.session.play()
        state = watched.wait(lambda: watched.session.status.state in (State.FAILED, State.FINISHED)).state
        sentence = watched.failure()
        del ballast
        torch.cuda.empty_cache()
        after = torch.cuda.memory_allocated(placement.device)
        watched.session.reset(_project(1, 64))
        watched.wait_for_commands()
        went_on = watched.train(5).step == 5
    reported = (
        state is State.FAILED and "not enough memory" in sentence and f"from {BATCH:,} to {BATCH // 2:,}" in sentence
    )
    good = reported and went_on and "memory" in refusal
    outcome = "trains" if went_on else "does not train"
    sentences = f"Before the start: “{refusal}” In a step: “{sentence}” Then a smaller batch {outcome}."
    return Finding(
        good, sentences, {"refusal": refusal, "failure": sentence, "went_on": went_on, "allocated_after": after}
    )


def _refusal(device: str) -> str:
    """What is said of a network that needs more memory than any GPU has."""
    resources = TrainingResources(device, None)
    try:
        _, report = resources.prepare(_project(TOO_DEEP, TOO_LARGE_BATCH))
        return report.errors[0].sentence() if report.errors else ""
    finally:
        resources.close()


def _project(depth: int, batch_size: int) -> Project:
    layers: list[tuple[str, Layer]] = [("input", Input())]
    for number in range(depth):
        layers += [(f"conv{number}", Conv2d(WIDE, (3, 3), padding="same")), (f"relu{number}", ReLU())]
    network = chain(*layers, ("pool", MaxPool2d()), ("flatten", Flatten()), ("fc", Dense(10)), ("output", Output()))
    recipe = Recipe("sgd", 0.01, batch_size=batch_size, epochs=1, precision="float32")
    return Project(network, recipe=recipe, dataset=DatasetChoice())
