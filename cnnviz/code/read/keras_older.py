"""Translates the arguments of Keras 1, such as in ``Convolution2D(32, 3, 3, border_mode='same')``."""

from __future__ import annotations

import ast
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.remarks import Remark
from cnnviz.code.read.syntax import Names, NotAConstant, written

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_ONLY_FIRST = frozenset(
    {
        *("border_mode", "nb_filter", "nb_row", "nb_col", "subsample", "dim_ordering", "output_dim", "W_regularizer"),
        *("nb_epoch", "samples_per_epoch", "nb_val_samples", "b_regularizer"),
    }
)
"""Arguments of layers and of ``fit`` that only Keras 1 has."""
_ONLY_FIRST_FUNCTIONS = ("set_image_dim_ordering", "image_dim_ordering")
_ORDERINGS: Mapping[str, str] = MappingProxyType({"th": "channels_first", "tf": "channels_last"})


class OlderKeras:
    """Translates calls of layers. ``notes`` are remarks about calls with two meanings.

    ``first`` says whether the source is written for Keras 1.
    """

    def __init__(self, origins: Origins, names: Names) -> None:
        self._origins, self._names = origins, names
        self.notes: list[Remark] = []
        self._made: dict[ast.Call, ast.Call] = {}
        self.first = any(
            keyword.arg in _ONLY_FIRST for call in origins.survey.calls for keyword in call.keywords
        ) or any(origins.name(call) in _ONLY_FIRST_FUNCTIONS for call in origins.survey.calls)

    def name(self, name: str) -> str:
        """Today's name of a class."""
        return _CLASSES.get(name, name)

    def call(self, node: ast.Call) -> ast.Call:
        """A call with today's arguments: the same object each time, and ``node`` itself where nothing changes."""
        if node not in self._made:
            self._made[node] = self._translated(node)
        return self._made[node]

    def _translated(self, node: ast.Call) -> ast.Call:
        name = self.name(self._origins.name(node))
        given = {keyword.arg for keyword in node.keywords}
        args, keywords = list(node.args), list(node.keywords)
        first = self.first or bool(given & _ONLY_FIRST)
        moved = len(args) > 1 and name in _POSITIONS
        if name in ("Conv2D", "SeparableConv2D"):
            moved = len(args) > 2 and all(map(self._is_side, args[1:3])) and not given & {"kernel_size", "strides"}
            if moved and not first:
                self.notes.append(Remark("side_or_stride", node.lineno, {"value": written(node)}))
        if first and moved:
            keywords = [*map(ast.keyword, _POSITIONS[name], args), *keywords]
            args = []
        elif not given & {*_RENAMED, "nb_row", "mode"}:
            return node
        made = _with_kernel([self._renamed(keyword) for keyword in keywords if not self._is_usual(keyword)], node)
        return ast.copy_location(ast.Call(node.func, args, made), node)

    def _is_usual(self, keyword: ast.keyword) -> bool:
        """Whether an argument says the only thing that layers do today."""
        return keyword.arg == "mode" and isinstance(keyword.value, ast.Constant) and keyword.value.value == 0

    def _is_side(self, node: ast.expr) -> bool:
        try:
            return type(self._names.constant(node)) is int
        except NotAConstant:
            return False

    def _renamed(self, keyword: ast.keyword) -> ast.keyword:
        argument, value = keyword.arg, keyword.value
        if argument in ("dim_ordering", "data_format"):
            try:
                word = self._names.constant(value)
            except NotAConstant:
                word = None
            value = ast.copy_location(ast.Constant(_ORDERINGS.get(word, None if word == "default" else word)), value)
        return ast.keyword(_RENAMED.get(argument or "", argument), value)


def _with_kernel(keywords: list[ast.keyword], node: ast.Call) -> list[ast.keyword]:
    """The keywords with ``nb_row`` and ``nb_col`` as ``kernel_size``."""
    sides = {keyword.arg: keyword.value for keyword in keywords if keyword.arg in ("nb_row", "nb_col")}
    if len(sides) < 2:
        return keywords
    kernel = ast.copy_location(ast.Tuple([sides["nb_row"], sides["nb_col"]], ast.Load()), node)
    rest = [keyword for keyword in keywords if keyword.arg not in sides]
    return [*rest, ast.keyword("kernel_size", kernel)]
