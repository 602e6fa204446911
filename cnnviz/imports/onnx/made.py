"""What an operator becomes, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.imports.onnx.constants import MOST_AXES
from cnnviz.imports.onnx.refusal import OnnxError
from cnnviz.imports.onnx.values import Extents, Flow, Held, Value
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cnnviz.imports.onnx.graph import Operation
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape


@dataclass(frozen=True, eq=False)
class Made:
    """A layer, with its weights by their names in the torch module.

    Arrays float32; a shape may differ from the layer's in axes of 1. ``before`` are layers that come before it.
    """

    layer: Layer
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    before: tuple[Layer, ...] = ()


class Asked:
    """An operator, or several that are one layer: ``operation`` is the last, ``values`` are those known so far.

    ``batch`` is the number of images that the file is for; None if it is for any number. Of a pattern, ``names`` are
    the names of its inputs in ``values``, and ``labels`` its labelled operators.
    """

    def __init__(
        self,
        operation: Operation,
        values: Mapping[str, Value],
        batch: int | None = None,
        names: Mapping[str, str] | None = None,
        labels: Mapping[str, Operation] | None = None,
    ) -> None:
        self.operation, self.batch = operation, batch
        self._values, self._names, self._labels = values, names or {}, labels or {}

    @property
    def flows(self) -> list[Flow]:
        """The inputs that depend on the images."""
        found = (self._values.get(name) for name in self.operation.inputs)
        return [value for value in found if isinstance(value, Flow)]

    @property
    def x(self) -> Flow:
        """The input that depends on the images: ``x`` of a pattern, or the first input."""
        value = self._values.get(self._names["x"] if "x" in self._names else self._input(0))
        if not isinstance(value, Flow):
            raise self.refused(Sentence("its first input is not computed from the images"))
        return value

    @property
    def shape(self) -> Shape:
        """The shape of :attr:`x`."""
        return self.x.shape

    def maps(self) -> tuple[int, int, int]:
        """The shape of :attr:`x` as channels, height and width."""
        if len(self.shape) != 3:
            raise self.refused(Sentence("it does not get maps with height and width"))
        return self.shape[0], self.shape[1], self.shape[2]

    def held(self, at: int | str) -> NDArray[Any]:
        """The constant at an input, or with a name in a pattern, in the shape and dtype of the file."""
        array = self.maybe_held(at)
        if array is None:
            raise self.refused(Sentence("an input that has to be a constant is computed"))
        return array

    def maybe_held(self, at: int | str) -> NDArray[Any] | None:
        """As :meth:`held`, in the shape and dtype of the file; None if the input is absent or no constant."""
        value = self._value(at)
        return value.array if isinstance(value, Held) else None

    def weights(self, at: int | str) -> NDArray[Any]:
        """A constant of real numbers: float32, in the shape of the file."""
        array = self.held(at)
        if array.dtype != np.float32:
            raise self.refused(Sentence("its weights are no real numbers"))
        return array

    def sizes(self, at: int | str) -> tuple[int | None, ...] | None:
        """Sizes of axes at an input, None for the batch; None if they are not known."""
        value = self._value(at)
        if isinstance(value, Extents):
            return value.sizes
        if isinstance(value, Held) and value.array.ndim <= 1 and value.array.size <= MOST_AXES:
            return tuple(int(size) for size in value.array.reshape(-1))
        return None

    def has(self, at: int) -> bool:
        """Whether an optional input is there."""
        return bool(self._input(at))

    def attribute(self, name: str, default: Any = None, label: str = "") -> Any:
        """An attribute of the operator, or of a labelled one of a pattern."""
        operation = self._labels[label] if label else self.operation
        value = operation.attributes.get(name, default)
        if name in operation.attributes and value is None:
            raise self.refused(Sentence("its attribute {name} is not read", name=quoted(name)))
        return value

    def require(self, name: str, *allowed: Any, default: Any) -> None:
        """Raise the error for an attribute that has none of the ``allowed`` values."""
        value = self.attribute(name, default)
        if value not in allowed:
            raise self.refused(Sentence("its attribute {name} is {value}", name=quoted(name), value=quoted(str(value))))

    def labelled(self, label: str) -> Asked:
        """A labelled operator of a pattern, alone."""
        return Asked(self._labels[label], self._values, self.batch)

    def refused(self, reason: Sentence) -> OnnxError:
        """The error that names the operator and the reason, a part of a sentence."""
        return OnnxError(
            Sentence(
                "{kind} “{name}” has no layer here: {reason}.",
                kind=quoted(self.operation.kind),
                name=self.operation.said,
                reason=reason,
            )
        )

    def _value(self, at: int | str) -> Value | None:
        """What is known of an input, or of a name in a pattern; None if it is absent."""
        return self._values.get(self._names.get(at, "") if isinstance(at, str) else self._input(at))

    def _input(self, at: int) -> str:
        return self.operation.inputs[at] if at < len(self.operation.inputs) else ""
