"""The tensors in an ONNX file. Their sizes are compared with the bytes that are there before anything is allocated."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto

from cnnviz.imports.onnx.refusal import OnnxError
from cnnviz.quoting import quoted
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

MOST_AXES = 16
_RAW: Mapping[int, np.dtype[Any]] = {
    TensorProto.FLOAT: np.dtype("<f4"),
    TensorProto.DOUBLE: np.dtype("<f8"),
    TensorProto.FLOAT16: np.dtype("<f2"),
    TensorProto.BFLOAT16: np.dtype("<u2"),
    TensorProto.INT64: np.dtype("<i8"),
    TensorProto.INT32: np.dtype("<i4"),
    TensorProto.INT8: np.dtype("i1"),
    TensorProto.UINT8: np.dtype("u1"),
    TensorProto.BOOL: np.dtype("?"),
}
"""The types that are read, as they are stored in bytes; bfloat16 is the upper half of a float32."""
_FIELDS: Mapping[int, str] = {
    TensorProto.FLOAT: "float_data",
    TensorProto.DOUBLE: "double_data",
    TensorProto.INT64: "int64_data",
    TensorProto.FLOAT16: "int32_data",
    TensorProto.BFLOAT16: "int32_data",
}
"""The field that holds the values of a type, if they are not stored as bytes; other types have ``int32_data``."""


def text(value: str | bytes) -> str:
    """A text of the file: protobuf returns bytes where it is not UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


_CONVERTED: Mapping[int, str] = {
    TensorProto.FLOAT16: "float16",
    TensorProto.BFLOAT16: "bfloat16",
    TensorProto.DOUBLE: "float64",
}
"""Types of weights that become float32."""


class Constant:
    """A tensor in the file, read when its values are first needed; ``kind`` is the number of its type."""

    def __init__(self, proto: TensorProto) -> None:
        if proto.data_location == TensorProto.EXTERNAL or proto.external_data:
            raise OnnxError(
                Sentence(
                    "“{name}” is stored in another file, and only this one is opened. Save the model as one file.",
                    name=quoted(text(proto.name)),
                )
            )
        self._proto = proto
        self.name = text(proto.name)
        self.kind: int = proto.data_type
        self.shape = tuple(proto.dims)
        if len(self.shape) > MOST_AXES or any(size < 0 for size in self.shape):
            raise self._damaged()

    @cached_property
    def array(self) -> NDArray[Any]:
        """The values in the stored shape: float32 for real numbers, int64 for whole numbers, bool."""
        proto, count = self._proto, prod(self.shape)
        dtype = _RAW.get(proto.data_type)
        if dtype is None:
            raise OnnxError(
                Sentence(
                    "“{name}” has values of the type {kind}, which is not read.",
                    name=quoted(self.name),
                    kind=_type_name(proto.data_type),
                )
            )
        if proto.HasField("raw_data"):
            content = proto.raw_data
            if len(content) != count * dtype.itemsize:
                raise self._damaged()
            stored = np.frombuffer(content, dtype)
        else:
            values = getattr(proto, _FIELDS.get(proto.data_type, "int32_data"))
            if len(values) != count:
                raise self._damaged()
            stored = self._from_numbers(values, dtype)
        return self._converted(stored).reshape(self.shape)

    def _from_numbers(self, values: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
        numbers = np.array(values)
        if self._proto.data_type in (TensorProto.FLOAT16, TensorProto.BFLOAT16):
            return numbers.astype(np.uint16).view(dtype)
        return numbers.astype(dtype)

    def _converted(self, stored: NDArray[Any]) -> NDArray[Any]:
        if self._proto.data_type == TensorProto.BFLOAT16:
            return (stored.astype(np.uint32) << 16).view(np.float32)
        if stored.dtype == bool:
            return stored
        with np.errstate(over="ignore"):
            return stored.astype(np.float32 if stored.dtype.kind == "f" else np.int64, copy=False)

    def _damaged(self) -> OnnxError:
        return OnnxError(
            Sentence(
                "The size of “{name}” does not agree with its values. The file is damaged.", name=quoted(self.name)
            )
        )


def conversions(constants: Iterable[Constant]) -> tuple[Sentence, ...]:
    """A note if weights are stored in another type of numbers than float32, which the program computes with."""
    kinds = sorted({_CONVERTED[each.kind] for each in constants if each.shape and each.kind in _CONVERTED})
    if not kinds:
        return ()
    return (Sentence("Its values are stored as {kinds}, and are converted to float32.", kinds=tuple(kinds)),)


def _type_name(number: int) -> str:
    types = TensorProto.DataType.DESCRIPTOR.values_by_number
    return str(types[number].name) if number in types else str(number)
