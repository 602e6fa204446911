"""Finds out from settings and layers of Keras source whether maps have their channels first or last."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.scopes import nodes_of
from cnnviz.code.read.syntax import Names, NotAConstant, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.code.read.origins import Origins

ChannelAxis = Literal["channels_first", "channels_last"]
"""The format of maps in Keras."""
SETTERS = ("set_image_data_format", "set_image_dim_ordering")
"""Functions that set the default format."""
_WORDS: Mapping[str, ChannelAxis] = MappingProxyType(
    {
        "channels_first": "channels_first",
        "channels_last": "channels_last",
        # Keras 1 calls the formats by the initials of Theano and TensorFlow
        "th": "channels_first",
        "tf": "channels_last",
    }
)


@dataclass(frozen=True)
class Formats:
    """``default`` is the format of layers that do not state one, ``maps`` the format of the maps in this network."""

    default: ChannelAxis = "channels_last"
    maps: ChannelAxis = "channels_last"
    stated: bool = False
    """Whether the source states a format."""

    @property
    def channels_first(self) -> bool:
        """Whether the maps of this network are (channels, height, width) in Keras too."""
        return self.maps == "channels_first"

    @property
    def channel_axes(self) -> tuple[int, int]:
        """The axis of the channels, counted from the beginning (the batch is axis 0) and from the end."""
        return (1, -3) if self.channels_first else (3, -1)


def formats_of(
    layers: Iterable[ast.Call], origins: Origins, names: Names, fallback: ChannelAxis = "channels_last"
) -> Formats:
    """The formats in a network of these layers, ``fallback`` if the source sets none; raises PasteError if they cannot
    be found out."""
    layers = tuple(layers)
    chosen = _default(min((layer.lineno for layer in layers), default=0), origins, names)
    default = chosen or fallback
    for layer in layers:
        for keyword in layer.keywords:
            if keyword.arg == "data_format":
                stated = _format(keyword.value, names)
                if stated is not None:
                    return Formats(default, stated, True)
    return Formats(default, default, chosen is not None)


def format_named(word: object) -> ChannelAxis | None:
    """The format that a word means, in any case, as in Keras; None for anything else."""
    return _WORDS.get(word.lower()) if isinstance(word, str) else None


def format_in(calls: Iterable[ast.Call]) -> ChannelAxis | None:
    """The format that the arguments of any call state; None if there is none, or if it is not known."""
    stated = {
        name
        for call in calls
        for keyword in call.keywords
        if keyword.arg in ("data_format", "dim_ordering")
        and isinstance(keyword.value, ast.Constant)
        and (name := format_named(keyword.value.value)) is not None
    }
    return stated.pop() if len(stated) == 1 else None


def _default(first_line: int, origins: Origins, names: Names) -> ChannelAxis | None:
    """The default set by ``keras.config.set_image_data_format`` before the first layer, which is in ``first_line``."""
    default: ChannelAxis | None = None
    for placed in origins.survey.statements:
        for node in nodes_of(placed.statement):
            if not isinstance(node, ast.Call) or origins.name(node) not in SETTERS:
                continue
            if placed.scope is not origins.survey.module or placed.blocks:
                raise PasteError(Remark("sometimes", node.lineno, {"value": written(node)}))
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            stated = _format(arguments[0], names) if arguments else None
            if stated is None:
                raise PasteError(Remark("unknown_value", node.lineno, {"value": written(node)}))
            if node.lineno < first_line:
                default = stated
    return default


def _format(node: ast.expr, names: Names) -> ChannelAxis | None:
    try:
        value = names.constant(node)
    except NotAConstant:
        return None
    return format_named(value)
