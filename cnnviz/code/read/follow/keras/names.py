"""What the names of Keras and TensorFlow mean: which belong to them, which are layers, and which modules have none."""

from __future__ import annotations

import re

from cnnviz.code.read.follow.keras.functions import is_function
from cnnviz.code.read.follow.keras.models import BASES
from cnnviz.code.read.follow.keras.tensors import JOINS
from cnnviz.code.read.follow.values import Path
from cnnviz.code.read.keras_layers import LAYERS
from cnnviz.code.read.keras_older import current_name
from cnnviz.code.read.origins import KERAS_NAMES

_OWNED = re.compile(r"(keras|tensorflow|tf_keras|keras_core)(\.|$)")
_NO_LAYERS = re.compile(
    r"keras\.(optimizers|losses|metrics|callbacks|datasets|utils|preprocessing|regularizers|initializers|constraints"
    r"|applications|saving|backend|random|tree|distribution|distillation|wrappers|legacy)\b|tensorflow\."
)


def is_owned(path: Path) -> bool:
    """Whether a path belongs to Keras or TensorFlow."""
    return _OWNED.match(path.name) is not None


def with_keras_name(path: Path) -> Path:
    """The path, with the name of Keras in place of other names for it."""
    return Path(KERAS_NAMES.sub("keras", path.name, count=1))


def has_no_layers(path: Path) -> bool:
    """Whether a path, :func:`with_keras_name`, lies in a module without layers."""
    return _NO_LAYERS.match(path.name) is not None


def is_layer(name: str) -> bool:
    """Whether this is the name of a class of layers or models."""
    return current_name(name) in LAYERS or name in (*BASES, *JOINS, "Input", "InputLayer", "Identity", "Lambda")


def brought_by_star(path: Path) -> bool:
    """Whether ``import *`` from the module of a path may bring its name."""
    module, _, name = path.name.rpartition(".")
    if module.endswith((".layers", ".models")) and name[:1].islower():
        # besides classes, these modules have only a few functions
        return is_function(name)
    return True
