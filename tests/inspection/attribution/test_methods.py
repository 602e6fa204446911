"""Methods of attribution equal those of captum, and are exact on linear networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from captum.attr import (
    InputXGradient,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    Occlusion,
    Saliency,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from inspection_kit import moment_of, sample_of
from networks import valid_networks
from torch import nn

from cnnviz.inspection.attribution import methods
from cnnviz.inspection.studies.explanation import layers_with_maps
from cnnviz.jobs import CancelledError
from cnnviz.network.graph import Network, chain
from cnnviz.network.layers import Dense, Flatten, Input, Output
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import CompiledNetwork, build_with

if TYPE_CHECKING:
    from cnnviz.inspection.moment import Moment

RANDOM = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


class Logits(nn.Module):
    """A compiled network as captum takes it: images in, logits out."""

    def __init__(self, module: CompiledNetwork) -> None:
        super().__init__()
        self.compiled = module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.compiled(x)[0]
        return logits


def made(network: Network) -> tuple[Moment, CompiledNetwork, torch.Tensor]:
    moment = moment_of(network)
    module = build_with(moment.network, moment.shapes, moment.tensors)
    x = torch.from_numpy(sample_of(network).image).float().div(255).unsqueeze(0)
    return moment, module, x


def copy(x: torch.Tensor) -> torch.Tensor:
    return x.clone().requires_grad_()


def close(mine: torch.Tensor, theirs: torch.Tensor) -> None:
    """Equal within 1e-5 of the largest value."""
    theirs = theirs.detach()
    scale = max(1e-6, float(theirs.abs().max()))
    torch.testing.assert_close(mine / scale, theirs / scale, rtol=0, atol=1e-5)


@RANDOM
@given(valid_networks(), st.integers(0, 9))
def test_gradients_equal_captums(network: Network, wanted: int) -> None:
    _, module, x = made(network)
    logits = methods.logits_of(module, x)
    assume(logits.isfinite().all())
    target = wanted % logits.shape[1]
    model = Logits(module)
    close(methods.gradient(module, x, target), Saliency(model).attribute(copy(x), target, abs=False)[0])
    close(methods.gradient_times_input(module, x, target), InputXGradient(model).attribute(copy(x), target)[0])
    theirs = IntegratedGradients(model).attribute(copy(x), target=target, n_steps=20, method="gausslegendre")
    close(methods.integrated_gradients(module, x, target, 20), theirs[0].float())


@RANDOM
@given(valid_networks(), st.integers(1, 9), st.integers(1, 4))
def test_occlusion_equals_captums(network: Network, side: int, stride: int) -> None:
    _, module, x = made(network)
    side = min(side, *x.shape[2:])
    stride = min(stride, side)
    channels = x.shape[1]
    theirs = Occlusion(Logits(module)).attribute(
        copy(x), sliding_window_shapes=(channels, side, side), strides=(channels, stride, stride), target=0
    )
    assume(theirs.isfinite().all())
    close(methods.occlusion(module, x, 0, side, stride), theirs[0, 0].float())


@pytest.mark.parametrize("layer", ["conv1", "relu2", "conv3"])
def test_grad_cam_equals_captums(layer: str) -> None:
    network = TEMPLATES["fast"].project().network
    _, module, x = made(network)
    part = module._modules[layer]
    assert part is not None
    theirs = LayerGradCam(Logits(module), part).attribute(copy(x), 3, relu_attributions=True)
    enlarged = LayerAttribution.interpolate(theirs, x.shape[2:], "bilinear")
    close(methods.grad_cam(module, x, 3, layer), enlarged[0, 0])


@RANDOM
@given(valid_networks(), st.integers(0, 9))
def test_grad_cam_equals_captums_on_random_networks(network: Network, wanted: int) -> None:
    moment, module, x = made(network)
    layers = layers_with_maps(moment)
    assume(layers and methods.logits_of(module, x).isfinite().all())
    layer = layers[wanted % len(layers)]
    part = module._modules[layer]
    assert part is not None
    theirs = LayerGradCam(Logits(module), part).attribute(copy(x), 0, relu_attributions=True)
    close(
        methods.grad_cam(module, x, 0, layer),
        LayerAttribution.interpolate(theirs.detach(), x.shape[2:], "bilinear")[0, 0],
    )


def test_smooth_gradients_are_the_mean_of_gradients_of_noisy_images() -> None:
    _, module, x = made(TEMPLATES["fast"].project().network)
    mine = methods.smooth_gradient(module, x, 2, 40, 0.15, torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(3)
    noise = torch.cat([torch.randn((count, *x.shape[1:]), generator=generator) for count in (32, 8)]) * 0.15
    theirs = torch.stack([methods.gradient(module, x + one, 2) for one in noise]).mean(0)
    close(mine, theirs)


def test_every_method_is_exact_on_a_linear_network() -> None:
    network = chain(
        ("input", Input(shape=(1, 6, 6))), ("flatten", Flatten()), ("fc", Dense(out_features=3)), ("out", Output())
    )
    moment, module, x = made(network)
    layer = network["input"]
    assert isinstance(layer, Input)
    weight = moment.tensors["fc.weight"][1].view(1, 6, 6) / layer.std[0]
    close(methods.gradient(module, x, 1), weight)
    generator = torch.Generator().manual_seed(0)
    close(methods.smooth_gradient(module, x, 1, 9, 0.2, generator), weight)
    for found in (
        methods.gradient_times_input(module, x, 1),
        methods.integrated_gradients(module, x, 1, 3),
        methods.occlusion(module, x, 1, 1).unsqueeze(0),
    ):
        close(found, weight * x[0])


def test_integrated_gradients_are_complete_and_the_error_falls_with_the_steps() -> None:
    _, module, x = made(TEMPLATES["fast"].project().network)
    black = torch.zeros_like(x)
    difference = float(methods.logits_of(module, x)[0, 4] - methods.logits_of(module, black)[0, 4])
    errors = [
        abs(float(methods.integrated_gradients(module, x, 4, steps).double().sum()) - difference)
        for steps in (2, 16, 128)
    ]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 0.01 * abs(difference)


def test_a_cancelled_method_stops() -> None:
    _, module, x = made(TEMPLATES["fast"].project().network)
    with pytest.raises(CancelledError):
        methods.occlusion(module, x, 0, 4, cancelled=lambda: True)
    with pytest.raises(CancelledError):
        methods.integrated_gradients(module, x, 0, 8, cancelled=lambda: True)
