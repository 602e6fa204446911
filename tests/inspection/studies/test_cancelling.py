"""Every study can be cancelled after any of its steps, and leaves no trace then."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from inspection_kit import moment_of, sample_of

from cnnviz.data.catalogue import Split
from cnnviz.inspection.adversarial.attack import Attack
from cnnviz.inspection.studies.climbing import climb
from cnnviz.inspection.studies.embedding import embed
from cnnviz.inspection.studies.exciting import excite
from cnnviz.inspection.studies.explaining import check, explain
from cnnviz.inspection.studies.explanation import Asked
from cnnviz.inspection.studies.fooling import fool, measure_robustness
from cnnviz.inspection.studies.points import chosen_of
from cnnviz.inspection.studies.predicting import predict
from cnnviz.inspection.studies.projecting import first_points
from cnnviz.network.graph import chain
from cnnviz.network.layers import BatchNorm2d, Conv2d, Dense, Dropout, Flatten, Input, Output, ReLU

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORK = chain(
    ("input", Input((1, 9, 9))),
    ("conv", Conv2d(4)),
    ("norm", BatchNorm2d()),
    ("relu", ReLU()),
    ("flat", Flatten()),
    ("drop", Dropout()),
    ("fc", Dense(10)),
    ("output", Output()),
)
MOMENT = moment_of(NETWORK)
SAMPLE = sample_of(NETWORK)
SPLIT = Split(
    np.random.default_rng(1).integers(0, 256, (600, 1, 9, 9)).astype(np.uint8),
    np.random.default_rng(2).integers(0, 10, 600),
)


def nothing(*_: object) -> None:
    """A report that nobody reads."""


STUDIES: dict[str, Callable[[Callable[[], bool]], Any]] = {
    "integrated gradients": lambda end: explain(MOMENT, SAMPLE, Asked("integrated_gradients", 3), end),
    "occlusion": lambda end: explain(MOMENT, SAMPLE, Asked("occlusion", 3), end),
    "check": lambda end: check(MOMENT, SAMPLE, Asked("integrated_gradients", 3), end, nothing),
    "mistakes": lambda end: predict(MOMENT, SPLIT, "validation", nothing, end),
    "excites": lambda end: excite(MOMENT, SPLIT, "conv", nothing, end),
    "climbing": lambda end: climb(MOMENT, "conv", 1, "value", 0, nothing, end),
    "fool": lambda end: fool(MOMENT, SAMPLE, Attack(), end),
    "curve under attack": lambda end: measure_robustness(
        MOMENT, Split(SPLIT.images[:20], SPLIT.labels[:20]), "pgd", "linf", nothing, end
    ),
    "points": lambda end: first_points(MOMENT, chosen_of(SPLIT), "flat", None, nothing, end),
    "t-SNE": lambda end: embed(torch.randn(60, 5, generator=torch.Generator().manual_seed(0)), nothing, end),
}


def traces() -> tuple[Any, ...]:
    """Everything that a study could leave changed."""
    hooks = torch.nn.modules.module
    return (
        *((name, tensor._version, tensor.clone().numpy().tobytes()) for name, tensor in MOMENT.tensors.items()),
        *((tensor.grad is None, tensor.requires_grad) for tensor in MOMENT.tensors.values()),
        torch.get_rng_state().numpy().tobytes(),
        str(np.random.get_state()),
        random.getstate(),
        (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_num_threads()),
        (len(hooks._global_forward_hooks), len(hooks._global_forward_pre_hooks), len(hooks._global_backward_hooks)),
    )


@pytest.mark.parametrize("study", STUDIES)
def test_a_cancelled_study_leaves_no_trace(study: str) -> None:
    before, checks = traces(), 0

    def count(after: int) -> bool:
        nonlocal checks
        checks += 1
        return checks > after

    for after in (0, 1, 2, 7):
        checks = 0
        found = STUDIES[study](partial(count, after))
        assert found is None or checks <= after
        assert traces() == before
