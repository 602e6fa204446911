"""What source leaves out has the defaults of torch and Keras, as their own signatures tell them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import keras
import pytest
import torch
from torch import nn

from cnnviz.code.read.keras_layers import LAYERS
from cnnviz.code.read.paste import paste
from cnnviz.code.read.remarks import PasteError
from cnnviz.code.read.torch_layers import CLASSES
from cnnviz.code.write.pytorch_layers import CLASSES as GENERATED

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.network.graph import Network

MAPS = (8, 12, 12)
TORCH: dict[str, object] = {
    **dict.fromkeys(("in_channels", "num_features", "num_channels", "embed_dim"), 8),
    "out_channels": 4,
    "num_heads": 2,
    "kernel_size": 3,
    "output_size": 2,
    "in_features": 1152,
    "out_features": 10,
    "dim": 1,
    "unflattened_size": (8, 12, 12),
    "num_groups": 4,
    "groups": 4,
    "p": 0.3,
    "channels": 8,
    "normalized_shape": MAPS,
    "size": 3,
    "padding": 1,
}
KERAS: dict[str, object] = {
    "filters": 4,
    "kernel_size": 3,
    "pool_size": 2,
    "output_size": 2,
    "units": 10,
    "rate": 0.3,
    "target_shape": (12, 12, 8),
    "dims": (3, 1, 2),
    "activation": "relu",
    "scale": 1 / 255,
}
WANTED: dict[str, dict[str, object]] = {
    "Upsample": {"scale_factor": 3},
    "Normalization": {"mean": 0.5, "variance": 0.25},
    "PReLU": {},
}
"""Arguments that have a default and cannot be left out, or not here."""


def generated(name: str) -> Any:
    """A class of generated source."""
    namespace: dict[str, Any] = {"torch": torch, "nn": nn}
    exec(GENERATED[name], namespace)
    return namespace[name]


OWN = {
    "SelfAttention": nn.MultiheadAttention,
    "LayerNorm2d": nn.LayerNorm,
    **{name: generated(name) for name in ("LayerScale", "StochasticDepth")},
}
NOT_READ = {"Permute", "Cropping2D"}
"""Only together with others that the generated source has."""


def torch_signature(name: str) -> dict[str, Any]:
    made: Any = OWN.get(name) or getattr(nn, name)
    return _signature(made)


def keras_signature(name: str) -> dict[str, Any]:
    return _signature(getattr(keras.layers, name))


def _signature(made: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(made).parameters.values()
    return {one.name: one.default for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)}


def torch_text(name: str, *positional: object, **named: object) -> str:
    before = "nn.Flatten(), " if name.removeprefix("Lazy") in ("Linear", "Unflatten", "BatchNorm1d") else ""
    module = "" if name in OWN else "nn."
    return f"nn.Sequential({before}{module}{_call(name, positional, named)})"


def keras_text(name: str, *positional: object, **named: object) -> str:
    before = "layers.Flatten(), " if name in ("Dense", "LayerNormalization") else ""
    if name == "PReLU":
        named = {"shared_axes": (1, 2), **named}
    return f"keras.Sequential([keras.Input((12, 12, 8)), {before}layers.{_call(name, positional, named)}])"


def _call(name: str, positional: tuple[object, ...], named: dict[str, object]) -> str:
    parts = [*map(repr, positional), *(f"{key}={value!r}" for key, value in named.items())]
    return f"{name}({', '.join(parts)})"


def read(text: str) -> Network:
    return paste(text, MAPS).network


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_what_torch_source_leaves_out(name: str) -> None:
    signature, known = torch_signature(name), CLASSES[name].signature
    for argument, default in known.items():
        assert signature[argument] == default or signature[argument] is inspect.Parameter.empty, argument
    needed = {one: TORCH[one] for one in signature if one in known and signature[one] is inspect.Parameter.empty}
    needed |= WANTED.get(name, {})
    needed |= {"BatchNorm1d": {"num_features": 1152}, "LayerNorm2d": {"normalized_shape": 8}}.get(name, {})
    expected = read(torch_text(name, **needed))
    for argument in known.keys() - needed.keys():
        assert read(torch_text(name, **needed, **{argument: signature[argument]})) == expected, argument


@pytest.mark.parametrize("name", sorted(LAYERS.keys() - NOT_READ))
def test_what_keras_source_leaves_out(name: str) -> None:
    signature = keras_signature(name)
    needed = {one: KERAS[one] for one in signature if signature[one] is inspect.Parameter.empty}
    needed |= WANTED.get(name, {})
    if name == "GroupNormalization":
        # the default of 32 groups needs more maps than these
        assert "32 groups, but 8 channels" in _wrong(keras_text(name))
        needed["groups"] = 4
    expected = read(keras_text(name, **needed))
    for argument in signature.keys() - needed.keys() - {"shared_axes", "seed", "dtype", "name"}:
        if argument.endswith(("_initializer", "_regularizer", "_constraint")) or signature[argument] is None:
            continue
        try:
            same = read(keras_text(name, **needed, **{argument: signature[argument]})) == expected
        except PasteError as error:
            # what is not known here is named, whatever its value
            same = error.remarks[0].code == "unknown_argument" and argument not in LAYERS[name][0]
        assert same, argument


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_arguments_of_torch_by_position(name: str) -> None:
    known = list(CLASSES[name].signature)
    assert known == list(torch_signature(name))[: len(known)]


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_arguments_of_keras_by_position(name: str) -> None:
    known = list(LAYERS[name][0])
    assert known == list(keras_signature(name))[: len(known)]


def _wrong(text: str) -> str:
    with pytest.raises(PasteError) as refused:
        paste(text, MAPS)
    return str(refused.value)
