"""Translates the arguments of Keras 1, such as in ``Convolution2D(32, 3, 3, border_mode='same')``."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import Remark
from cnnviz.code.read.syntax import Names, NotAConstant, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnnviz.code.read.origins import Origins

_RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "nb_filter": "filters",
        "subsample": "strides",
        "border_mode": "padding",
        "dim_ordering": "data_format",
        "atrous_rate": "dilation_rate",
        "bias": "use_bias",
        "init": "kernel_initializer",
        "W_regularizer": "kernel_regularizer",
        "b_regularizer": "bias_regularizer",
        "W_constraint": "kernel_constraint",
        "b_constraint": "bias_constraint",
        "gamma_init": "gamma_initializer",
        "beta_init": "beta_initializer",
        "output_dim": "units",
        "p": "rate",
    }
)
"""Arguments of Keras 1 and their names since Keras 2."""
_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "Convolution2D": "Conv2D",
        "AtrousConvolution2D": "Conv2D",
        "Convolution2DTranspose": "Conv2DTranspose",
        "SeparableConvolution2D": "SeparableConv2D",
    }
)
"""Other names of classes."""
_CONVOLUTION = ("filters", "nb_row", "nb_col", "kernel_initializer", "activation", "weights", "padding", "strides")
_POSITIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Conv2D": (*_CONVOLUTION, "data_format"),
        "SeparableConv2D": (*_CONVOLUTION, "data_format"),
        "Dense": ("units", "kernel_initializer", "activation"),
        "BatchNormalization": ("epsilon", "mode", "axis", "momentum"),
    }
)
"""The arguments of Keras 1 in order, where the order is another one today."""
_KERAS_1_ARGUMENTS = frozenset(
    {
        *("border_mode", "nb_filter", "nb_row", "nb_col", "subsample", "dim_ordering", "output_dim", "W_regularizer"),
        *("nb_epoch", "samples_per_epoch", "nb_val_samples", "b_regularizer"),
    }
)
"""Arguments of layers and of ``fit`` that only Keras 1 has."""
_KERAS_1_FUNCTIONS = ("set_image_dim_ordering", "image_dim_ordering")
_ORDERINGS: Mapping[Any, str | None] = MappingProxyType(
    {"th": "channels_first", "tf": "channels_last", "default": None}
)


def current_name(name: str) -> str:
    """Today's name of a class."""
    return _CLASSES.get(name, name)


def is_keras_1(calls: Sequence[ast.Call]) -> bool:
    """Whether a source with these calls is written for Keras 1."""
    return any(
        any(keyword.arg in _KERAS_1_ARGUMENTS for keyword in call.keywords)
        or (isinstance(call.func, ast.Attribute) and call.func.attr in _KERAS_1_FUNCTIONS)
        for call in calls
    )


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call. ``two_meanings`` says that Keras 1 read them in another way than Keras does today."""

    args: Sequence[Any]
    named: Mapping[str, Any]
    two_meanings: bool = False


def current_arguments(
    name: str,
    given: Arguments,
    keras_1: bool,
    constant: Callable[[Any], Any],
    pair: Callable[[Any, Any], Any],
    word: Callable[[str | None], Any],
) -> Arguments:
    """The arguments of a class with their names and positions of today.

    ``keras_1`` says whether the source is written for Keras 1. ``constant`` is the value of an argument or None,
    ``pair`` and ``word`` make arguments.
    """
    args, named = list(given.args), dict(given.named)
    keras_1 = keras_1 or not _KERAS_1_ARGUMENTS.isdisjoint(named)
    reordered = len(args) > 1 and name in _POSITIONS
    if name in ("Conv2D", "SeparableConv2D"):
        sides = [type(constant(side)) is int for side in args[1:3]]
        reordered = sides == [True, True] and not {"kernel_size", "strides"} & named.keys()
    # Conv2D(32, 3, 3) has windows of 3×3 in Keras 1, and a stride of 3 today; other classes are read as today
    two_meanings = reordered and not keras_1 and name in ("Conv2D", "SeparableConv2D")
    if keras_1 and reordered:
        named = {**dict(zip(_POSITIONS[name], args, strict=False)), **named}
        args = []
    current: dict[str, Any] = {}
    for argument, value in named.items():
        if argument == "mode" and constant(value) == 0:
            continue
        if argument == "dim_ordering" and (known := constant(value)) in _ORDERINGS:
            current["data_format"] = word(_ORDERINGS[known])
        else:
            current[_RENAMED.get(argument, argument)] = value
    if "nb_row" in current and "nb_col" in current:
        current["kernel_size"] = pair(current.pop("nb_row"), current.pop("nb_col"))
    return Arguments(args, current, two_meanings)


class OlderKeras:
    """Translates calls in a source. ``notes`` are remarks about calls with two meanings.

    ``keras_1`` says whether the source is written for Keras 1.
    """

    def __init__(self, origins: Origins, names: Names) -> None:
        self._origins, self._names = origins, names
        self.notes: list[Remark] = []
        self._made: dict[ast.Call, ast.Call] = {}
        self.keras_1 = is_keras_1(origins.survey.calls)

    def call(self, node: ast.Call) -> ast.Call:
        """A call with today's arguments: the same object each time, and ``node`` itself where nothing changes."""
        if node not in self._made:
            self._made[node] = self._translated(node)
        return self._made[node]

    def _translated(self, node: ast.Call) -> ast.Call:
        def pair(first: ast.expr, second: ast.expr) -> ast.expr:
            return ast.copy_location(ast.Tuple([first, second], ast.Load()), node)

        def word(value: str | None) -> ast.expr:
            return ast.copy_location(ast.Constant(value), node)

        name = current_name(self._origins.name(node))
        given = Arguments(node.args, {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg})
        current = current_arguments(name, given, self.keras_1, self._constant, pair, word)
        if current.two_meanings:
            self.notes.append(Remark("side_or_stride", node.lineno, {"value": written(node)}))
        if (current.args, current.named) == (given.args, given.named):
            return node
        unpacked = [keyword for keyword in node.keywords if keyword.arg is None]
        keywords = [ast.keyword(argument, value) for argument, value in current.named.items()]
        return ast.copy_location(ast.Call(node.func, list(current.args), [*keywords, *unpacked]), node)

    def _constant(self, node: ast.expr) -> Any:
        try:
            return self._names.constant(node)
        except NotAConstant:
            return None
