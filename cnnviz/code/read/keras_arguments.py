"""The arguments of a Keras layer while it is read."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call, Opaque

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.code.read.chain import ReadChain
    from cnnviz.code.read.keras_format import Formats
    from cnnviz.network.shape import Shape

ACTIVATIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "relu": ("ReLU", {}),
        "relu6": ("ReLU6", {}),
        "leaky_relu": ("LeakyReLU", {"negative_slope": 0.2}),
        "elu": ("ELU", {}),
        "selu": ("SELU", {}),
        "gelu": ("GELU", {}),
        "ops.gelu": ("GELU", {"approximate": "tanh"}),
        "silu": ("SiLU", {}),
        "swish": ("SiLU", {}),
        "mish": ("Mish", {}),
        "hard_silu": ("Hardswish", {}),
        "hard_swish": ("Hardswish", {}),
        "sigmoid": ("Sigmoid", {}),
        "hard_sigmoid": ("Hardsigmoid", {}),
        "tanh": ("Tanh", {}),
        "softplus": ("Softplus", {}),
        "softmax": ("Softmax", {}),
    }
)
"""The layer kind and its parameters for each activation in Keras, by its name. ``keras.ops.gelu`` approximates by
default, ``keras.activations.gelu`` does not."""

_WITHOUT_EFFECT = frozenset(
    {
        *("name", "dtype", "trainable", "activity_regularizer", "seed", "fused"),
        *("input_shape", "input_dim", "batch_input_shape", "batch_size"),
    }
)
"""Arguments that change nothing in the network."""
_NOT_KEPT = ("_initializer", "_regularizer", "_constraint")
"""The ends of the names of arguments that are left out with a note."""


class KerasArguments:
    """The arguments of one layer. Readers take the arguments that they know; at the end none may be left."""

    def __init__(
        self, read: ReadChain, call: Call, signature: tuple[str, ...], formats: Formats, following: Any
    ) -> None:
        self.read, self.call, self.signature, self.formats = read, call, signature, formats
        self.following = following
        """The axes of a Permute that follows directly; None if there is none."""
        self.left: dict[str, Any] = dict(call.arguments)
        self.name = self._own_name()

    def _own_name(self) -> str | None:
        name = self.left.get("name")
        return name if isinstance(name, str) else None

    def take(self, argument: str, default: Any = None) -> Any:
        """Take the value of an argument; raises PasteError if it is not a constant."""
        value = self.left.pop(argument, default)
        if isinstance(value, Opaque):
            raise PasteError(Remark("unknown_value", self.call.line, {"value": value.text}))
        return value

    def need(self, argument: str) -> Any:
        """Take the value of a required argument; raises PasteError if it is missing."""
        if argument not in self.left:
            raise PasteError(Remark("missing_argument", self.call.line, {"name": self.call.name, "argument": argument}))
        return self.take(argument)

    def refuse(self, argument: str, value: object) -> PasteError:
        """The error for a value that has no counterpart in cnnviz."""
        values = {"name": self.call.name, "argument": argument, "value": str(value)}
        return PasteError(Remark("bad_value", self.call.line, values))

    def require(self, argument: str, *allowed: Any) -> None:
        """Take an argument that has no counterpart in cnnviz; raises PasteError unless its value is ``allowed``."""
        value = self.take(argument, allowed[0])
        if value not in allowed:
            raise self.refuse(argument, value)

    def word(self, argument: str, default: str | None) -> Any:
        """Take the value of an argument whose case does not matter in Keras, in lower case."""
        value = self.take(argument, default)
        return value.lower() if isinstance(value, str) else value

    def finish(self, ignored: tuple[str, ...] = ()) -> None:
        """Raise PasteError if arguments are left that matter for the network."""
        if "data_format" in self.signature and (own := self.data_format()) != self.formats.maps:
            raise self.refuse("data_format", own)
        for argument, value in self.left.items():
            if argument in _WITHOUT_EFFECT or argument in ignored or value is None:
                continue
            if argument.endswith(_NOT_KEPT):
                self.read.note("not_kept", self.call.line, argument=argument, name=self.call.name)
                continue
            raise PasteError(Remark("unknown_argument", self.call.line, {"name": self.call.name, "argument": argument}))

    def data_format(self) -> Any:
        """The ``data_format`` of this layer."""
        return self.word("data_format", None) or self.formats.default

    def add(self, kind: str, ignored: tuple[str, ...] = (), **parameters: Any) -> None:
        """Finish, and add a layer of this kind; then the layer for its argument ``activation``, if there is one."""
        activation = self.left.pop("activation", None)
        self.finish(ignored)
        self.read.add(kind, self.call, parameters, self.name)
        add_activation(self.read, self.call, activation, None)

    @property
    def shape(self) -> Shape | None:
        """The output shape of the last layer that was added, (C, H, W) or (N,); None if it is not known.

        Until :meth:`add` is called it is the input shape of this layer.
        """
        return self.read.shape


def add_activation(read: ReadChain, call: Call, value: Any, name: str | None) -> None:
    """Add the activation with this name in Keras; raises PasteError."""
    word = value.name if isinstance(value, Opaque) else value
    if word in (None, "linear"):
        return
    if not isinstance(word, str) or word not in ACTIVATIONS:
        text = value.text if isinstance(value, Opaque) else str(value)
        raise PasteError(Remark("unknown_activation", call.line, {"value": text}))
    kind, parameters = ACTIVATIONS[word]
    if kind == "Softmax" and read.order == "torch" and read.shape is not None and len(read.shape) == 3:
        # Keras' softmax runs along the last axis, which is that of the columns here
        raise PasteError(Remark("bad_value", call.line, {"name": call.name, "argument": "activation", "value": word}))
    read.add(kind, call, parameters, name)


def pair_of(arguments: KerasArguments, argument: str, value: Any) -> tuple[int, int]:
    """A pair of numbers from 1 on: ``value`` itself, or a single number twice; raises PasteError."""
    pair = (value, value) if isinstance(value, int) else value
    if not isinstance(pair, tuple) or len(pair) != 2 or any(not isinstance(part, int) or part < 1 for part in pair):
        raise arguments.refuse(argument, value)
    return pair
