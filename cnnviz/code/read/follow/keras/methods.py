"""Methods of Keras models and layers that a source calls."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.keras.models import Stack, children
from cnnviz.code.read.follow.values import Given, Instance, NotKnown, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine


def _add(run: Machine, model: Instance, given: Given) -> Value:
    (layer,) = given.bind("layer").values()
    if not isinstance(model.data, Stack):
        raise NotKnown
    run.change(model, given.node)
    model.data.layers.append(layer)
    return None


def _pop(run: Machine, model: Instance, given: Given) -> Value:
    # the ``input_shape`` of the only layer would stay in the model
    if not isinstance(model.data, Stack) or len(model.data.layers) < 2:
        run.spoil(model, given.node, "changed")
        raise NotKnown
    run.change(model, given.node)
    return model.data.layers.pop()


def _build(run: Machine, model: Instance, given: Given) -> Value:
    (shape,) = given.bind(input_shape=None).values()
    if isinstance(model.data, Stack):
        model.data.built = shape
    return None


def _get_layer(run: Machine, model: Instance, given: Given) -> Value:
    name, index = given.bind(name=None, index=None).values()
    if type(index) is int:
        layers = run.found(model, "layers", given.node)
        if isinstance(layers, tuple) and -len(layers) <= index < len(layers):
            return layers[index]
    elif isinstance(name, str):
        for place, layer in children(model):
            if name in (layer.attributes.get("name"), place):
                return layer
    raise NotKnown


def _nothing(run: Machine, model: Instance, given: Given) -> Value:
    return None


def _unknown(run: Machine, model: Instance, given: Given) -> Value:
    return Unknown(given.node)


HARMLESS = frozenset(
    {"trainable", "training", "name", "_name", "built", "supports_masking", "input_spec", "stop_training"}
)
"""Attributes that may be set: this does not change what a layer computes."""
CHANGING = frozenset(
    {
        *("append", "extend", "insert", "remove", "clear", "reverse", "add_module", "register_module", "_modules"),
        *("_layers", "__setattr__", "__delattr__", "__setitem__", "__delitem__", "__dict__"),
    }
)
"""Attributes through which the layers of a model change in a way that is not followed."""

METHODS: Mapping[str, Callable[[Machine, Instance, Given], Value]] = MappingProxyType(
    {
        "add": _add,
        "pop": _pop,
        "build": _build,
        "get_layer": _get_layer,
        **dict.fromkeys(("compile", "summary", "save", "save_weights", "load_weights"), _nothing),
        **dict.fromkeys(("fit", "fit_generator", "evaluate", "predict", "predict_classes", "count_params"), _unknown),
        **dict.fromkeys(("add_weight", "get_weights", "set_weights", "get_config", "to_json", "add_loss"), _unknown),
    }
)
"""For each method the function that does what it does to the network."""
