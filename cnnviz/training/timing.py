"""Measures how long each layer of a network takes on this machine, forward and backward.

Each layer is run alone on its input from a forward pass of one batch, in training mode, with the precision, memory
format and number of threads of a run. The whole network is measured as well: it can be faster than the sum of its
layers, because of caches, rewrites, and operations that run in parallel on a GPU.
"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cnnviz.network.rewrite import as_drawn
from cnnviz.training.comparison import remembered
from cnnviz.training.device import Placement, place_run
from cnnviz.training.layer_time import LayerTime, Timing
from cnnviz.training.loop import precision, prepared
from cnnviz.training.state import start

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from cnnviz.network.report import Report
    from cnnviz.project.project import Project
    from cnnviz.training.model import CompiledNetwork

LEAST_RUNS, MOST_RUNS, LONG_ENOUGH_SECONDS = 3, 20, 0.04
"""A layer is run LEAST_RUNS to MOST_RUNS times; the runs end when they have taken LONG_ENOUGH_SECONDS together."""
LONG_ENOUGH_FOR_ALL_SECONDS = 0.2
"""The seconds after which the runs of the whole network end."""


def measure(project: Project, report: Report, device: str, threads: int | None, stop: Event) -> Timing | None:
    """Measure all used layers; None if ``stop`` was set before the end.

    Call it on a separate thread: it sets the number of torch's threads there. Raises what torch raises, such as out of
    memory, and :class:`~cnnviz.training.device.DeviceError`.
    """
    recipe = project.recipe
    placement = place_run(recipe, device, threads)
    placement = remembered(placement, recipe, project.network, report) or placement
    torch.set_num_threads(placement.threads)
    module = start(project, report, placement).module.train()
    shape = report.nodes[report.used[0]].output
    assert shape is not None
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (recipe.batch_size, *shape), dtype=torch.uint8, generator=generator)
    x = prepared(images.to(placement.device), placement)  # float32 (N, C, H, W)
    parts: dict[str, nn.Module] = dict(module.named_children())
    layers: dict[str, LayerTime] = {}
    values: dict[str, Tensor] = {}
    learning: set[str] = set()
    for step in as_drawn(project.network, report.used).steps:
        if stop.is_set():
            return None
        part = parts[step.name]
        inputs = tuple(values[source] for source in step.sources) or (x,)
        needed = tuple(source in learning for source in step.sources) or (False,)
        if any(needed) or any(parameter.requires_grad for parameter in part.parameters()):
            learning.add(step.name)
        values[step.name] = _output(part, inputs, placement)
        layers[step.name] = _time(part, inputs, needed, placement)
        for source in step.done:
            del values[source]
    values.clear()
    if stop.is_set():
        return None
    step_seconds = _seconds(lambda: _whole_step(module, x, placement), placement)
    return Timing(layers, step_seconds, recipe.batch_size, placement.describe(), placement.precision, placement.threads)


def _output(part: nn.Module, inputs: tuple[Tensor, ...], placement: Placement) -> Tensor:
    with torch.no_grad(), precision(placement):
        value: Tensor = part(*inputs)
    return value.detach()


def _time(part: nn.Module, inputs: tuple[Tensor, ...], needed: tuple[bool, ...], placement: Placement) -> LayerTime:
    """Medians of the forward and backward times. ``needed`` says for each input whether it needs a gradient, because
    a layer before it has parameters."""
    leaves = tuple(value.detach().requires_grad_(need) for value, need in zip(inputs, needed, strict=True))
    learned = [
        *(parameter for parameter in part.parameters() if parameter.requires_grad),
        *(leaf for leaf in leaves if leaf.requires_grad),
    ]
    forward: list[float] = []
    backward: list[float] = []
    spent, warm = 0.0, False
    while len(forward) < LEAST_RUNS or (len(forward) < MOST_RUNS and spent < LONG_ENOUGH_SECONDS):
        began = _now(placement)
        with precision(placement):
            value: Tensor = part(*leaves)
        between = begun_back = _now(placement)
        if learned and value.requires_grad:
            total = _sum_with_full_gradient(value)
            begun_back = _now(placement)
            torch.autograd.grad(total, learned, allow_unused=True)
        ended = _now(placement)
        # the first run does not count: it allocates and chooses algorithms
        if warm:
            forward.append(between - began)
            backward.append(ended - begun_back)
        warm = True
        spent += ended - began
    return LayerTime(median(forward), median(backward))


def _sum_with_full_gradient(value: Tensor) -> Tensor:
    """The sum of all values, with a gradient that is a full tensor in memory, as a following layer would produce it.

    The gradient of a plain sum is a single number expanded to a tensor, which is faster to read. Passing
    ``grad_outputs`` instead would make torch import sympy.
    """
    ones = torch.ones_like(value)
    value.register_hook(lambda _: ones)  # type: ignore[no-untyped-call]
    return value.sum()


def _whole_step(module: CompiledNetwork, x: Tensor, placement: Placement) -> None:
    with precision(placement):
        logits = module.logits(x).float()
    learned = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if learned:
        torch.autograd.grad(logits.sum(), learned, allow_unused=True)


def _seconds(run: Callable[[], None], placement: Placement) -> float:
    """The median of the times of ``run``, after a first call that warms up."""
    run()
    seconds: list[float] = []
    while len(seconds) < LEAST_RUNS or (len(seconds) < MOST_RUNS and sum(seconds) < LONG_ENOUGH_FOR_ALL_SECONDS):
        began = _now(placement)
        run()
        seconds.append(_now(placement) - began)
    return median(seconds)


def _now(placement: Placement) -> float:
    """The time in seconds, after the GPU has finished its work."""
    if placement.device.type == "cuda":
        torch.cuda.synchronize(placement.device)
    return time.perf_counter()
