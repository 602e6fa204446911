"""A network in oneDNN's blocked layout gives what its modules give, up to rounding."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import facts, valid_networks

from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import Conv2d, Dense, Flatten, Input, MaxPool2d, Output, ReLU
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.blocked import blocked, dense
from cnnviz.training.model import CompiledNetwork, build

BATCH = 3
PAIRS = (("input", Input((1, 12, 12))), ("conv1", Conv2d(8, (3, 3))), ("relu1", ReLU()), ("pool1", MaxPool2d()))


def images(shape: tuple[int, ...], count: int = BATCH) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(count, *shape, generator=generator).contiguous(memory_format=torch.channels_last)


def outputs(module: CompiledNetwork, x: torch.Tensor, dtype: torch.dtype, *, quick: bool) -> dict[str, torch.Tensor]:
    """Float32, by node."""
    functions = blocked(module, dtype) if quick else None
    found = {}
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        for name in module.shapes.used:
            found["logits"], found[name] = (
                dense(each).float() for each in module.logits_and_output(x, name, functions)
            )
    return found


def same(module: CompiledNetwork, x: torch.Tensor) -> None:
    exact = outputs(module.eval(), x, torch.float32, quick=False)
    for name, value in outputs(module, x, torch.float32, quick=True).items():
        assert torch.allclose(value, exact[name], rtol=1e-3, atol=1e-4 * float(exact[name].abs().max() + 1)), name
    half = outputs(module, x, torch.bfloat16, quick=False)
    for name, value in outputs(module, x, torch.bfloat16, quick=True).items():
        # as far from float32 as the modules are in bfloat16
        allowed = 2 * float((half[name] - exact[name]).abs().max()) + 0.02 * float(exact[name].abs().max())
        assert float((value - exact[name]).abs().max()) <= allowed, name


@given(valid_networks(), st.integers(0, 1000))
def test_random_networks(network: Network, seed: int) -> None:
    same(build(network, check(network, facts(network)), seed), images(facts(network).image))


@pytest.mark.parametrize("name", ["pytorch-tutorial", "alexnet-28", "squeezenet-28"])
def test_templates(name: str) -> None:
    network = TEMPLATES[name].project().network
    module = build(network, infer(network), 3)
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in torch's types
    same(module, images(module.shapes.nodes["input"].output or ()))


def test_images_and_what_lies_between_convolutions_and_pools_are_blocked_and_nothing_else() -> None:
    network = chain(
        *PAIRS, ("conv2", Conv2d(4, (2, 2))), ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output())
    )
    module = build(network, infer(network), 3).eval()
    with torch.inference_mode():
        functions = blocked(module, torch.float32)
        seen = {name: module.logits_and_output(images((1, 12, 12)), name, functions)[1] for name in network.nodes}
    assert {name for name, value in seen.items() if value.is_mkldnn} == {"input", "conv1", "relu1", "pool1"}


def test_a_parameter_that_is_no_number_is_seen() -> None:
    network = chain(*PAIRS, ("flatten", Flatten()), ("fc1", Dense(10)), ("output", Output()))
    module = build(network, infer(network), 3).eval()
    with torch.no_grad():
        module.get_submodule("conv1").bias[2] = float("nan")  # type: ignore[operator]
    assert outputs(module, images((1, 12, 12)), torch.float32, quick=True)["logits"].isnan().any()
