"""Every kind of layer: outputs and gradients on the device compared with those of the processor in float64."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from cnnviz.cli.device.finding import Finding, Setting
from cnnviz.cli.device.forms import computing, forms
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain, connect, set_parameter
from cnnviz.network.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    GlobalMaxPool2d,
    Input,
    Layer,
    LocalResponseNorm,
    MaxPool2d,
    MultiheadSelfAttention,
    Output,
    RandomDropping,
    ReLU,
    Reshape,
    Upsample,
)
from cnnviz.network.report import Facts, Report
from cnnviz.training.device import Placement, place
from cnnviz.training.loop import precision, prepared
from cnnviz.training.model import build
from cnnviz.training.modules import SeededDropout, SeededDropout2d, SeededStochasticDepth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FACTS = Facts((1, 28, 28), 10)
BATCH, QUICK_BATCH = 32, 4
SMALL = ("conv", Conv2d(4, (7, 7), stride=(7, 7)))
"""Gives maps (4, 4, 4)."""
LARGE = ("conv", Conv2d(32, (2, 2), stride=(2, 2)))
"""Gives maps (32, 14, 14)."""
ONE_MAP = ("conv", Conv2d(1, (2, 2), stride=(2, 2)))
"""Gives one map of (14, 14). With one channel the strides fit every memory format."""
GEOMETRIES: Mapping[str, Layer] = {
    "3x3": Conv2d(64, (3, 3), padding="same"),
    "3x3, stride 2": Conv2d(64, (3, 3), stride=(2, 2), padding=(1, 1)),
    "5x5, dilation 2": Conv2d(32, (5, 5), padding="same", dilation=(2, 2)),
    "1x1": Conv2d(64, (1, 1)),
    "3x3 of each channel": Conv2d(32, (3, 3), padding="same", groups=32),
    "3x3 in 4 groups": Conv2d(64, (3, 3), padding=(1, 1), groups=4),
    "transposed, stride 2": ConvTranspose2d(16, (3, 3), (2, 2), (1, 1), (1, 1)),
    "max pool 3x3, stride 2": MaxPool2d((3, 3), (2, 2), (1, 1)),
    "max pool 3x3, stride 1": MaxPool2d((3, 3), (1, 1), (1, 1)),
    "max pool 3x3, ceil": MaxPool2d((3, 3), (2, 2), (1, 1), ceil_mode=True),
    "average pool 3x3, ceil": AvgPool2d((3, 3), (2, 2), (1, 1), ceil_mode=True),
    "average pool 3x3, stride 1": AvgPool2d((3, 3), (1, 1), (1, 1)),
    "average pool 3x3, no padding": AvgPool2d((3, 3), (2, 2), ceil_mode=True),
    "adaptive average 5x5": AdaptiveAvgPool2d((5, 5)),
    "adaptive average 7x7": AdaptiveAvgPool2d((7, 7)),
    "adaptive maximum 5x5": AdaptiveMaxPool2d((5, 5)),
    "adaptive maximum 7x7": AdaptiveMaxPool2d((7, 7)),
    "global maximum": GlobalMaxPool2d(),
    "response normalization": LocalResponseNorm(5),
    "bilinear": Upsample((2, 2), "bilinear"),
    "attention": MultiheadSelfAttention(4),
    "batch normalization": BatchNorm2d(),
    "ReLU": ReLU(),
}
"""Layers with sizes of larger networks, for which a GPU chooses other algorithms."""
TOLERANCES = {"float32": 1e-4, "repeatable": 1e-4, "TF32": 2e-2, "bfloat16": 0.1}
"""The largest allowed value of :func:`differences`, by the name of the precision."""
SIGMAS = 6.0
"""By how many standard deviations the share of dropped values may miss its probability."""
DROPPED_SHARE = 0.5
LONGEST_ERROR = 300
"""The most characters that are kept of an exception."""


def run(setting: Setting) -> Finding:
    """Compare in each precision of the device."""
    float32 = place(setting.device, "float32", None)
    placements = forms(float32)
    if float32.device.type == "cuda":
        placements["repeatable"] = float32
    count = QUICK_BATCH if setting.quick else BATCH
    worst: dict[str, tuple[float, str]] = {}
    wrong: dict[str, dict[str, Any]] = {}
    raised: dict[str, str] = {}
    for name, network in networks().items():
        report = check(network, FACTS)
        x = torch.randint(0, 256, (count, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
        expected = _computed(network, report, prepared(x, float32).double(), None)
        for form, placement in placements.items():
            try:
                with computing(form):
                    found = _computed(network, report, prepared(x.to(placement.device), placement), placement)
            except Exception as error:  # noqa: BLE001 - whatever a kernel raises is a finding
                raised[f"{name}, {form}"] = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
                continue
            errors = differences(found, expected)
            largest = max(errors, key=errors.__getitem__)
            worst[form] = max(worst.get(form, (0.0, "")), (errors[largest], f"{name}: {largest}"))
            over = {tensor: value for tensor, value in errors.items() if not value <= TOLERANCES[form]}
            if over:
                wrong.setdefault(form, {})[name] = over
    masks = {
        type(pair[0]).__name__: _masks(pair, float32)
        for pair in (
            [SeededDropout(DROPPED_SHARE, seed=3) for _ in range(2)],
            [SeededDropout2d(DROPPED_SHARE, seed=3) for _ in range(2)],
            [SeededStochasticDepth(DROPPED_SHARE, seed=3, mode="row") for _ in range(2)],
        )
    }
    good = not wrong and not raised and all(masks.values())
    errors_in_words = ", ".join(f"{form} {value:.1e} ({name})" for form, (value, name) in worst.items())
    sentence = f"{len(networks())} layers, forward and gradients; the largest difference is {errors_in_words}."
    if not good:
        bad = [*(f"{form}: {', '.join(names)}" for form, names in wrong.items()), *raised]
        sentence += f" Wrong: {'; '.join([*bad, *(name for name, fine in masks.items() if not fine)])}."
    return Finding(good, sentence, {"worst": worst, "wrong": wrong, "raised": raised, "masks": masks})


def networks() -> dict[str, Network]:
    """A small network around each kind with default settings, and around each of :data:`GEOMETRIES`; none drops
    values at random."""
    found = {kind: _around(SMALL, _standard(kind)) for kind in sorted(KINDS.keys() - {"Input", "Output"})}
    found |= {name: _around(LARGE, layer) for name, layer in GEOMETRIES.items()}
    return found | {"average pool 3x3 of one map": _around(ONE_MAP, AvgPool2d((3, 3), (2, 2), (1, 1)))}


def differences(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, float]:
    """The norm of the difference of each tensor, relative to the expected norm, or to a tenth of the largest expected
    norm if that is more."""
    least = 0.1 * max(float(each.norm()) for each in expected.values())
    return {
        name: float((found[name] - each).norm()) / max(float(each.norm()), least) for name, each in expected.items()
    }


def _standard(kind: str) -> Layer:
    if kind == "Reshape":
        return Reshape((2, 8, 4))
    return KINDS[kind]()


def _around(first: tuple[str, Layer], layer: Layer) -> Network:
    vector: list[tuple[str, Layer]] = [("vector", Flatten())] if isinstance(layer, Dense | BatchNorm1d) else []
    last: list[tuple[str, Layer]] = [("flatten", Flatten()), ("head", Dense(10)), ("output", Output())]
    network = chain(("input", Input()), first, *vector, ("one", layer), *last)
    if isinstance(layer, RandomDropping):
        network = set_parameter(network, "one", "p", 0.0)
    return connect(network, first[0], "one") if layer.most_inputs is None else network


def _computed(network: Network, report: Report, x: Tensor, placement: Placement | None) -> dict[str, Tensor]:
    """Logits, and gradients of images and parameters, as float64 on the CPU; ``placement`` None means float64."""
    module = build(network, report, 0).to(x.device)
    x = x.requires_grad_()
    if placement is None:
        logits = module.double()(x)[0]
    else:
        module.to(memory_format=placement.memory_format)  # type: ignore[call-overload] # missing in torch's types
        with precision(placement):
            logits = module.logits(x).float()
    labels = torch.arange(len(x), device=x.device) % 10
    cross_entropy(logits, labels).backward()  # type: ignore[no-untyped-call]
    tensors = {"logits": logits, "images": x.grad} | {name: each.grad for name, each in module.named_parameters()}
    return {name: tensor.detach().double().cpu() for name, tensor in tensors.items() if tensor is not None}


def _masks(pair: Sequence[SeededDropout], placement: Placement) -> bool:
    """Whether the right share of values is dropped, the others are scaled, and a seed gives the same values again."""
    x = torch.ones((256, 64, 8, 8), device=placement.device).to(memory_format=placement.memory_format)
    first, again = (each.train()(x).cpu() for each in pair)
    # one draw for each value, for each map, or for each image: all entries behind these leading axes are equal
    axes = {SeededDropout: 4, SeededDropout2d: 2, SeededStochasticDepth: 1}[type(pair[0])]
    draws = first.flatten(axes)[..., 0] if axes < first.dim() else first
    dropped = float((draws == 0).double().mean())
    as_often = abs(dropped - DROPPED_SHARE) <= SIGMAS * sqrt(DROPPED_SHARE * (1 - DROPPED_SHARE) / draws.numel())
    return as_often and bool(((first == 0) | (first == 2)).all()) and torch.equal(first, again)
