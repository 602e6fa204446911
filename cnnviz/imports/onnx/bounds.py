"""Looks through the bytes of an ONNX file before protobuf parses it, so that parsing takes bounded memory.

An empty message takes two bytes in a file and a hundred in memory. So the fields of all messages are counted, by the
descriptions that the package onnx has of them; the bytes of tensors are not looked at, and nothing is copied.
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from onnx import ModelProto

from cnnviz.imports.onnx.refusal import OnnxError, damaged
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_FIELDS = 400_000
"""An operator takes some thirty."""
DEEPEST = 32
"""How deep messages are nested at most; subgraphs nest them."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types of protobuf's fields."""
_WIRE_BITS, _WIRE_MASK = 3, 0b111
"""The lowest bits of a field's tag are its wire type; the others are its number."""
_MORE, _VARINT_BITS, _LONGEST_VARINT = 0x80, 7, 10
"""A byte of a varint holds so many bits of the number, and this bit if another byte follows; and the most bytes."""


def check(content: bytes) -> None:
    """Raise :class:`~cnnviz.imports.onnx.refusal.OnnxError` for bytes that are no messages, or too many."""
    waiting: list[tuple[memoryview, Any, int]] = [(memoryview(content), ModelProto.DESCRIPTOR, 0)]
    count = 0
    while waiting:
        view, kind, depth = waiting.pop()
        inner = _messages(kind)
        for number, part in _fields(view):
            count += 1
            if count > MOST_FIELDS or depth > DEEPEST:
                raise OnnxError(Sentence("It has far more operators than any network here."))
            if part and number in inner:
                waiting.append((part, inner[number], depth + 1))


@cache
def _messages(kind: Any) -> Mapping[int, Any]:
    """The fields of a kind of message that hold messages, and the kinds of these, by number."""
    return {field.number: field.message_type for field in kind.fields if field.message_type is not None}


def _fields(view: memoryview) -> Iterator[tuple[int, memoryview | None]]:
    """The number of each field of a message, and its bytes; None for a number."""
    at, end = 0, len(view)
    while at < end:
        tag, at = _varint(view, at)
        number, wire = tag >> _WIRE_BITS, tag & _WIRE_MASK
        if wire == _BYTES:
            length, at = _varint(view, at)
            if length > end - at:
                raise damaged()
            yield number, view[at : at + length]
            at += length
        elif wire == _VARINT:
            _, at = _varint(view, at)
            yield number, None
        elif wire in (_FIXED32, _FIXED64):
            at += 32 // 8 if wire == _FIXED32 else 64 // 8
            yield number, None
        else:
            raise damaged()


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    """The number at a place, and the place after it."""
    if at < len(view) and view[at] < _MORE:
        # most numbers take one byte, and there may be hundreds of thousands
        return view[at], at + 1
    value = 0
    for index in range(_LONGEST_VARINT):
        if at >= len(view):
            break
        byte = view[at]
        at += 1
        value |= (byte & ~_MORE) << (index * _VARINT_BITS)
        if byte < _MORE:
            return value, at
    raise damaged()
