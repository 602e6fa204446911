"""Random sources are executed by torch and by Keras, and what is read of them computes the same with the same weights.

``HYPOTHESIS_PROFILE=thorough`` runs a thousand of each.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import keras
import pytest
import torch
from export_kit import assert_close, trained
from hypothesis import event, given
from hypothesis import strategies as st
from keras_kit import give_weights, maps_last
from networks import CLASSES
from torch import nn

from cnnviz.code.read.paste import paste
from cnnviz.code.read.remarks import PasteError
from cnnviz.network.check import check
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts, Report
from cnnviz.training.model import build

if TYPE_CHECKING:
    from cnnviz.network.graph import Network

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.timeout(3600),
    # both warn of what is unusual, such as a softmax over a single value
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
Arguments = dict[str, st.SearchStrategy[Any]]
small, pairs = st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))
either = small | pairs
truth = st.booleans()
rate = st.sampled_from([0.1, 0.3, 0.5])

TORCH: dict[str, tuple[Arguments, Arguments]] = {
    "Conv2d": (
        {"out_channels": st.sampled_from([4, 8]), "kernel_size": either},
        {
            "stride": either,
            "padding": st.integers(0, 2) | st.sampled_from(["same", "valid"]),
            "dilation": small,
            "groups": st.sampled_from([1, 2, 4]),
            "bias": truth,
            "padding_mode": st.just("zeros"),
        },
    ),
    "ConvTranspose2d": (
        {"out_channels": st.sampled_from([4, 8]), "kernel_size": either},
        {
            "stride": either,
            "padding": st.integers(0, 1),
            "output_padding": st.integers(0, 1),
            "groups": st.sampled_from([1, 2]),
            "bias": truth,
            "dilation": small,
        },
    ),
    **dict.fromkeys(
        ("MaxPool2d", "AvgPool2d"),
        ({"kernel_size": either}, {"stride": either | st.none(), "padding": st.integers(0, 1), "ceil_mode": truth}),
    ),
    **dict.fromkeys(("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"), ({"output_size": either}, {})),
    "Flatten": ({}, {"start_dim": st.sampled_from([1, -3, -1, 2]), "end_dim": st.sampled_from([-1, 1, 3])}),
    "Linear": ({"out_features": st.sampled_from([8, 16])}, {"bias": truth}),
    "Unflatten": ({"dim": st.just(1), "unflattened_size": st.sampled_from([(4, 2, 2), (2, 2, -1), (8, 1, 1)])}, {}),
    **dict.fromkeys(("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid"), ({}, {"inplace": truth})),
    **dict.fromkeys(("Sigmoid", "Tanh", "Identity"), ({}, {})),
    "LeakyReLU": ({}, {"negative_slope": rate, "inplace": truth}),
    "PReLU": ({}, {"num_parameters": st.sampled_from([1, 4, 8]), "init": st.just(0.25)}),
    "ELU": ({}, {"alpha": rate}),
    "GELU": ({}, {"approximate": st.sampled_from(["none", "tanh"])}),
    "Softplus": ({}, {"beta": rate, "threshold": st.sampled_from([1.0, 20])}),
    "Softmax": ({}, {"dim": st.sampled_from([1, -1, -3, 2])}),
    **dict.fromkeys(("Dropout", "Dropout2d"), ({}, {"p": rate, "inplace": truth})),
    **dict.fromkeys(
        ("BatchNorm2d", "BatchNorm1d"),
        ({}, {"eps": rate, "momentum": rate, "affine": truth, "track_running_stats": st.just(True)}),
    ),
    "InstanceNorm2d": ({}, {"eps": rate, "momentum": rate, "affine": truth}),
    "GroupNorm": ({"num_groups": st.sampled_from([1, 2, 4])}, {"eps": rate, "affine": truth}),
    "LayerNorm": ({}, {"eps": rate, "elementwise_affine": truth, "bias": st.just(True)}),
    "LocalResponseNorm": ({"size": small}, {"alpha": rate, "beta": rate, "k": rate}),
    "Upsample": ({}, {"scale_factor": small | st.just(2.0), "mode": st.sampled_from(["nearest", "bilinear"])}),
    "ZeroPad2d": ({"padding": small | st.tuples(small, small, small, small)}, {}),
}
SIZES = {
    "Conv2d": "in_channels",
    "ConvTranspose2d": "in_channels",
    "Linear": "in_features",
    "BatchNorm2d": "num_features",
    "BatchNorm1d": "num_features",
    "InstanceNorm2d": "num_features",
    "GroupNorm": "num_channels",
    "LayerNorm": "normalized_shape",
}
"""Arguments that repeat what comes in."""
words = st.sampled_from(["valid", "same", "VALID", "Same"])
WORDS = ("relu", "relu6", "tanh", "elu", "selu", "leaky_relu", "softplus", "linear", "gelu", "mish", "hard_silu")
activation = st.sampled_from([None, *WORDS, "hard_sigmoid"])
KERAS: dict[str, tuple[Arguments, Arguments]] = {
    "Conv2D": (
        {"filters": st.sampled_from([4, 8]), "kernel_size": either},
        {
            "strides": either,
            "padding": words,
            "data_format": st.sampled_from([None, "channels_last"]),
            "dilation_rate": small,
            "groups": st.sampled_from([1, 2]),
            "activation": activation,
            "use_bias": truth,
        },
    ),
    "Conv2DTranspose": (
        {"filters": st.sampled_from([4, 8]), "kernel_size": either},
        {"strides": either, "padding": st.sampled_from(["valid", "same"]), "activation": activation, "use_bias": truth},
    ),
    "DepthwiseConv2D": (
        {"kernel_size": either},
        {
            "strides": small,
            "padding": words,
            "depth_multiplier": st.integers(1, 2),
            "activation": activation,
            "use_bias": truth,
        },
    ),
    "MaxPooling2D": ({}, {"pool_size": either, "strides": either | st.none(), "padding": words}),
    # at “same”, Keras on torch repeats the edge; on TensorFlow it leaves out what is beyond, as is read
    "AveragePooling2D": ({"pool_size": either}, {"strides": either | st.none(), "padding": st.just("valid")}),
    **dict.fromkeys(("GlobalMaxPooling2D", "GlobalAveragePooling2D"), ({}, {"keepdims": truth})),
    "Dense": ({"units": st.sampled_from([8, 16])}, {"activation": activation, "use_bias": truth}),
    "Flatten": ({}, {"data_format": st.sampled_from([None, "channels_last", "channels_first"])}),
    "Reshape": ({"target_shape": st.sampled_from([(2, 2, 4), (4, 2, 2), (1, 1, 16), (2, 4, 1), (4, 4, 1)])}, {}),
    "Permute": ({"dims": st.sampled_from([(3, 1, 2), (2, 3, 1), (2, 1, 3)])}, {}),
    "Dropout": ({"rate": rate}, {}),
    "SpatialDropout2D": ({"rate": rate}, {}),
    "BatchNormalization": (
        {},
        {"axis": st.sampled_from([-1, 3]), "momentum": rate, "epsilon": rate, "center": truth, "scale": truth},
    ),
    "LayerNormalization": ({}, {"axis": st.sampled_from([-1, (1, 2, 3), [-3, -2, -1]]), "epsilon": rate}),
    "GroupNormalization": ({"groups": st.sampled_from([1, 2, 4, -1])}, {"epsilon": rate, "axis": st.just(-1)}),
    "Activation": ({"activation": activation}, {}),
    "ReLU": ({}, {"negative_slope": rate | st.just(0.0), "max_value": st.sampled_from([None, 6, 6.0])}),
    "LeakyReLU": ({}, {"negative_slope": rate}),
    "PReLU": ({}, {"shared_axes": st.sampled_from([None, (1, 2), [1, 2, 3], [1]])}),
    "ELU": ({}, {"alpha": rate}),
    "Softmax": ({}, {"axis": st.sampled_from([-1, 1, 3])}),
    "UpSampling2D": ({}, {"size": either, "interpolation": st.sampled_from(["nearest", "bilinear"])}),
    "ZeroPadding2D": ({}, {"padding": small | pairs | st.just(((1, 2), (0, 1)))}),
}


@st.composite
def calls(draw: st.DrawFn, kinds: dict[str, tuple[Arguments, Arguments]]) -> list[tuple[str, dict[str, Any]]]:
    """Classes with their arguments, any of the optional ones left out."""
    made = []
    for name in draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=6)):
        needed, optional = kinds[name]
        chosen = draw(st.lists(st.sampled_from(sorted(optional)), unique=True)) if optional else []
        arguments = {one: draw(value) for one, value in needed.items()}
        made.append((name, arguments | {one: draw(optional[one]) for one in optional if one in chosen}))
    return made


def written(name: str, arguments: dict[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def read(text: str) -> tuple[Network, Report] | None:
    """What is read; None where a sentence says why it cannot be."""
    try:
        network = paste(text, (4, 6, 7)).network
    except PasteError as error:
        event(f"a sentence: {error.remarks[0].code}")
        return None
    report = check(network, Facts(network[network.of_kind(Input)[0]].infer(()).output, CLASSES))
    return network, report


@given(calls(TORCH), st.sampled_from([(4, 6, 7), (8, 4, 4), (1, 5, 5)]))
def test_random_torch_sources(layers: list[tuple[str, dict[str, Any]]], image: tuple[int, int, int]) -> None:
    images = value = torch.rand(2, *image)
    modules: list[nn.Module] = []
    lines: list[str] = []
    for name, arguments in [*layers, ("Flatten", {}), ("Linear", {"out_features": CLASSES})]:
        size = tuple(value.shape[1:]) if name == "LayerNorm" else value.shape[1]
        whole = {**({SIZES[name]: size} if name in SIZES else {}), **arguments}
        try:
            module = trained(getattr(nn, name)(**whole))
            with torch.no_grad():
                value = module(value)
        except (RuntimeError, ValueError, IndexError, NotImplementedError):
            # torch itself does not take it
            continue
        modules.append(module)
        lines.append(f"nn.{written(name, whole)}")
    found = read(f"m = nn.Sequential({', '.join(lines)})\nm(torch.rand(2, {', '.join(map(str, image))}))")
    if found is None:
        return
    network, report = found
    original = nn.Sequential(*modules).eval()
    assert report.parameters == sum(one.numel() for one in original.parameters())
    if report.errors:
        return
    event("outputs are compared")
    compiled = build(network, report).eval()
    compiled.load_state_dict(dict(zip(compiled.state_dict(), original.state_dict().values(), strict=True)))
    with torch.no_grad():
        assert_close(compiled(images)[0], original(images))


@given(calls(KERAS), st.sampled_from([(4, 6, 7), (8, 4, 4), (1, 5, 5)]))
def test_random_keras_sources(chosen: list[tuple[str, dict[str, Any]]], image: tuple[int, int, int]) -> None:
    images = torch.rand(2, *image)
    value = torch.from_numpy(maps_last(images))
    lines = [f"keras.Input({(*image[1:], image[0])})"]
    for place, (name, arguments) in enumerate([*chosen, ("Flatten", {}), ("Dense", {"units": CLASSES})]):
        line = f"keras.layers.{written(name, {**arguments, 'name': f'one{place}'})}"
        try:
            with torch.no_grad():
                value = eval(line, {"keras": keras})(value)
        except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError):
            # Keras itself does not take it
            continue
        lines.append(line)
    text = f"m = keras.Sequential([{', '.join(lines)}])"
    found = read(text)
    if found is None:
        return
    network, report = found
    space: dict[str, Any] = {"keras": keras}
    try:
        exec(text, space)
    except ValueError:
        # some words in capitals are taken by the layer and refused by the model
        return
    model = space["m"]
    moving = sum(prod(shape) for node in report.nodes.values() for key, shape in node.buffers.items() if "run" in key)
    assert report.parameters + moving == model.count_params()
    if report.errors or "Permute" in text or not comparable(network):
        return
    event("outputs are compared")
    compiled = trained(build(network, report))
    give_weights(model, network, report, compiled.state_dict())
    with torch.no_grad():
        assert_close(model(maps_last(images)), compiled(images)[0])


def comparable(network: Network) -> bool:
    """Whether weights can be handed on by name: no values in Keras' order meet weights but those of a Dense."""
    order = [network[name] for name in network.order]
    flat = [place for place, layer in enumerate(order) if layer.kind == "Flatten"]
    behind = order[flat[0] + 1 :]
    rest = [layer for layer in behind if not layer.elementwise]
    return len(flat) == 1 and [layer.kind for layer in rest] == ["Dense", "Output"]
