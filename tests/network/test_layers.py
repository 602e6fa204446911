"""The layer catalogue: what a layer may be, and what it says of itself."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import pytest
from fitting_layers import layers
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.network.layers import KINDS, Conv2d, Dense, Input, Layer, MaxPool2d, ParameterError

if TYPE_CHECKING:
    from cnnviz.parameters import Parameter

EVERY_PARAMETER = [
    pytest.param(kind, parameter, id=f"{kind}-{parameter.name}")
    for kind in KINDS
    for parameter in KINDS[kind].parameters()
]
GARBAGE: list[Any] = [None, "x", "", [], (), {}, object(), float("nan"), float("inf"), [None], ("3", "3"), [[1, 1]]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_defaults_and_describes_itself(kind: str) -> None:
    layer = KINDS[kind]()
    assert layer.kind == kind
    assert layer.summary.endswith(".")
    assert layer.formula
    assert layer.caption().split()[0] == kind
    for parameter in layer.parameters():
        assert parameter.help.endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_links_to_the_source_that_it_follows(kind: str) -> None:
    assert re.search(r"https?://\S+", KINDS[kind].__doc__ or "")


@pytest.mark.parametrize(("kind", "parameter"), EVERY_PARAMETER)
def test_nothing_that_is_no_value_becomes_a_parameter(kind: str, parameter: Parameter) -> None:
    for value in GARBAGE:
        with pytest.raises(ParameterError, match=parameter.name):
            KINDS[kind](**{parameter.name: value})


@pytest.mark.parametrize(("kind", "parameter"), EVERY_PARAMETER)
def test_a_parameter_ends_at_its_limits(kind: str, parameter: Parameter) -> None:
    if parameter.form in ("switch", "choice"):
        return
    for limit in (parameter.low, parameter.high):
        KINDS[kind](**{parameter.name: _filled(parameter, limit)})
    beyond = 1 if parameter.form not in ("number", "numbers") else 1e-3 * (parameter.high - parameter.low)
    for limit in (parameter.low - beyond, parameter.high + beyond):
        with pytest.raises(ParameterError) as caught:
            KINDS[kind](**{parameter.name: _filled(parameter, limit)})
        assert str(caught.value).startswith(f"{kind}: {parameter.name} must be ")


@given(layers())
def test_a_layer_is_a_value(layer: Layer) -> None:
    assert dataclasses.replace(layer) == layer
    assert hash(dataclasses.replace(layer)) == hash(layer)


@given(st.integers(1, 64))
def test_one_number_stands_for_both_sides(size: int) -> None:
    both: Any = size
    assert Conv2d(kernel_size=both) == Conv2d(kernel_size=(size, size))
    assert MaxPool2d(stride=both).stride == (size, size)


def test_lists_become_tuples_and_whole_numbers_real_ones() -> None:
    shape: Any = [3, 32, 32]
    layer = Input(shape=shape, mean=(0,), std=(1,))
    assert layer == Input((3, 32, 32), (0.0,), (1.0,))
    assert isinstance(layer.mean[0], float)


def test_a_switch_is_no_number() -> None:
    yes: Any = True
    with pytest.raises(ParameterError):
        Dense(yes)
    with pytest.raises(ParameterError):
        Conv2d(stride=(yes, 1))


def _filled(parameter: Parameter, value: float) -> Any:
    one: Any = value if parameter.form in ("number", "numbers") else int(value)
    count = {"pair": 2, "padding": 2, "sides": 4, "shape": 3, "numbers": 1}.get(parameter.form)
    return one if count is None else (one,) * count
