"""What is computed of a file's constants without images is what ONNX says of its operators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.imports.onnx.graph import Operation
from cnnviz.imports.onnx.values import Held, folded

LAST, BEFORE_FIRST = 2**63 - 1, -(2**63)


def computed(kind: str, *arrays: Any, **attributes: Any) -> list[Any]:
    operation = Operation(kind, "", (), (), attributes, {})
    value = folded(operation, [Held(np.asarray(array)) for array in arrays])
    assert isinstance(value, Held)
    found: list[Any] = value.array.tolist()
    return found


def test_whole_numbers_are_divided_toward_0() -> None:
    assert computed("Div", [7, -7, 7, -7, 0], [2, 2, -2, -2, 3]) == [3, -3, -3, 3, 0]
    assert computed("Div", np.array([-7], np.float32), np.array([2], np.float32)) == [-3.5]


@pytest.mark.parametrize(
    ("start", "end", "step", "found"),
    [(1, LAST, 1, [1, 2, 3]), (-1, BEFORE_FIRST, -1, [3, 2, 1, 0]), (0, BEFORE_FIRST, 1, []), (0, -1, 2, [0, 2])],
)
def test_slices(start: int, end: int, step: int, found: list[int]) -> None:
    assert computed("Slice", [0, 1, 2, 3], [start], [end], [0], [step]) == found


def test_slices_of_old_files_have_attributes_of_which_the_axes_may_be_left_out() -> None:
    """https://onnx.ai/onnx/operators/onnx__Slice.html, version 1: without "axes" the first ones are meant."""
    data = [[1, 2, 3], [4, 5, 6]]
    assert computed("Slice", data, starts=[0, 1], ends=[2, LAST], axes=[0, 1]) == [[2, 3], [5, 6]]
    assert computed("Slice", data, starts=[1], ends=[2]) == [[4, 5, 6]]
