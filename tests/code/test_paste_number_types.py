"""Tensors of known numbers in PyTorch source have the number types of torch, in what is computed and in place."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import torch
from paste_kit import MNIST, computed, refusal
from torch import nn

from cnnviz.code.read.follow.interpreter import Interpreter
from cnnviz.code.read.follow.torch.framework import Torch
from cnnviz.code.read.follow.torch.plain_numbers import Numbers
from cnnviz.code.read.follow.values import Unknown
from cnnviz.code.read.paste import paste

TENSORS = (
    "torch.tensor([7, -2, 3])",
    "torch.tensor([2])",
    "torch.tensor(3)",
    "torch.tensor(-2)",
    "torch.tensor([2.5, -1.75, 4])",
    "torch.tensor(0.5)",
    "torch.tensor([2.7, -2.7, 1.0], dtype=torch.int64)",
    "torch.tensor(2.7, dtype=torch.int)",
    "torch.tensor([5, 6, 7], dtype=torch.float32)",
    "torch.tensor(4, dtype=torch.double)",
    "torch.tensor([100, 3, 5], dtype=torch.uint8)",
    "torch.tensor([100, 3, 5], dtype=torch.int8)",
    "torch.arange(3)",
    "torch.arange(1, 4, dtype=torch.float)",
    "torch.linspace(0, 1, 3)",
    "torch.tensor([0.4]).long()",
    "torch.tensor([3]).float()",
    "torch.tensor([3.25, 1]).to(torch.int32)",
)
NUMBERS = ("2", "-2", "0.5", "3.0")
SIGNS = ("+", "-", "*", "/", "//", "%", "**")


def followed(source: str) -> Any:
    """The value of ``value`` that the interpreter finds; None if it is not known."""
    run = Interpreter(Torch())
    run.follow(ast.parse(f"import torch\n{source}"))
    found = run.module.names.get("value")
    return None if isinstance(found, Unknown) else found


def executed(source: str) -> Any:
    """The value of ``value`` in torch; None if torch raises an exception."""
    space: dict[str, Any] = {"torch": torch}
    try:
        exec(compile(source, "source.py", "exec"), space)
    except (RuntimeError, ZeroDivisionError):
        return None
    return space["value"]


def agrees(source: str) -> bool:
    """Whether the interpreter finds the value; finding another one than torch has, or another type, fails."""
    found, expected = followed(source), executed(source)
    if found is None:
        return False
    assert expected is not None, source
    assert isinstance(found, Numbers), source
    assert str(expected.dtype) == f"torch.{found.number_type}", source
    values = expected.tolist() if expected.ndim else [expected.item()]
    assert found.is_single == (expected.ndim == 0), source
    assert list(found.values) == pytest.approx(values, rel=1e-5), source
    assert [type(value) for value in found.values] == [type(value) for value in values], source
    return True


@pytest.mark.parametrize("made", TENSORS)
def test_a_tensor_of_numbers_computes_as_torch_does(made: str) -> None:
    assert agrees(f"value = {made}")
    known = [agrees(f"value = {made} {sign} {other}") for sign in SIGNS for other in (*NUMBERS, *TENSORS)]
    known += [agrees(f"value = {number} {sign} {made}") for sign in SIGNS for number in NUMBERS]
    # not known are only results out of range, divisions by 0, powers, and shapes that do not fit
    assert sum(known) > len(known) / 2
    for function in ("round", "floor", "ceil", "sqrt", "log2", "diff"):
        agrees(f"value = torch.{function}({made})")
    for method in ("int", "long", "float", "double", "round"):
        agrees(f"value = {made}.{method}()")


@pytest.mark.parametrize(
    "source",
    [
        "value = torch.arange(0) * 8 + 8",
        "value = 2 - torch.arange(0)",
        "value = torch.arange(0) * torch.tensor([3])",
        "value = torch.arange(0)\nvalue += 1",
    ],
)
def test_a_tensor_without_numbers_stays_without(source: str) -> None:
    assert agrees(source)


@pytest.mark.parametrize("made", TENSORS)
def test_an_operation_in_place_keeps_the_type(made: str) -> None:
    known = [agrees(f"value = {made}\nvalue {sign}= {other}") for sign in SIGNS for other in (*NUMBERS, *TENSORS)]
    assert any(known)
    # in torch another name, the vector of a part and a part of the vector have the new numbers as well
    for sign in ("+", "*"):
        assert not agrees(f"other = {made}\nvalue = other\nother {sign}= 2\nvalue = value + 0")
        if "[" in made and "." not in made.split("]")[0]:
            assert not agrees(f"whole = {made}\nvalue = whole[:]\nwhole {sign}= 2\nvalue = value + 0")
            assert not agrees(f"whole = {made}\npart = whole[0]\npart {sign}= 2\nvalue = whole + 0")


NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {made}
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4 * 26 * 26, 10)
    def forward(self, x):
        {computed}
        return self.fc(self.conv(x).flatten(1))
"""


def net(computed: str, made: str = "pass") -> str:
    return NET.format(computed=computed, made=made)


def same_as_executed(text: str, plain: str) -> None:
    """A source is read as another one, which computes the same in torch."""
    images = torch.rand(2, 1, 28, 28)
    results = []
    for source in (text, plain):
        torch.manual_seed(0)
        space: dict[str, Any] = {"torch": torch, "nn": nn}
        exec(compile(source, "source.py", "exec"), space)
        results.append(space["Net"]()(images))
    torch.testing.assert_close(*results)
    assert computed(paste(text, MNIST).network) == computed(paste(plain, MNIST).network)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("x = (x - torch.tensor(0.5)) / torch.tensor([0.25])", "x = (x - 0.5) / 0.25"),
        ("x = x * torch.tensor([2.7], dtype=torch.int64)", "x = x * 2"),
        ("x = torch.tensor(4, dtype=torch.float64) * x", "x = 4 * x"),
        ("x = x + torch.tensor([0.5], dtype=torch.long)", "pass"),
        ("x = x * (torch.tensor([5]) / 2)", "x = x * 2.5"),
        ("if torch.tensor([0.5], dtype=torch.int64).item():\n            x = torch.relu(x)", "pass"),
        ("x = x.to(torch.float32)", "pass"),
    ],
)
def test_numbers_in_forward_have_the_type_of_torch(written: str, plain: str) -> None:
    same_as_executed(net(written), net(plain))


@pytest.mark.parametrize(
    "written",
    [
        "s = torch.tensor([3])\n        s /= 2\n        x = x * s",
        "s = torch.tensor([3])\n        s *= 0.5\n        x = x * s",
        "x = x * 2 ** torch.tensor([-1])",
        "x = x * torch.tensor([0.5], dtype=torch.float64)",
        "x = x * torch.tensor([300], dtype=torch.uint8)",
        "x = x.to(torch.int64)",
        "x = x.type(torch.uint8)",
        "x = x.to(dtype=torch.long)",
        "x = x.type(torch.bool)",
    ],
)
def test_what_torch_refuses_or_cuts_off_is_said(written: str) -> None:
    assert "Line " in refusal(net(written))


@pytest.mark.parametrize(
    ("made", "learned"),
    [
        ("torch.ones(4, 1, 1)", True),
        ("torch.ones(4, 1, 1, dtype=torch.float64)", True),
        ("torch.full((4, 1, 1), 1.0)", True),
        ("torch.full((4, 1, 1), 1)", False),
        ("torch.ones(4, 1, 1, dtype=torch.int64)", False),
        ("torch.full((4, 1, 1), 2.7, dtype=torch.int32)", False),
        ("torch.full((4, 1, 1), 1) * 0.5", True),
        ("torch.full((4, 1, 1), 4) / 2", True),
        ("torch.full((4, 1, 1), 4) * 2", False),
    ],
)
def test_integers_are_not_learned(made: str, learned: bool) -> None:
    text = net("x = x", f"self.scale = nn.Parameter({made})").replace("self.conv(x)", "(self.conv(x) * self.scale)")
    if learned:
        assert "LayerScale" in [layer.kind for layer, _ in computed(paste(text, MNIST).network)]
        eval(f"nn.Parameter({made})", {"nn": nn, "torch": torch})
    else:
        assert "Line " in refusal(text)
        with pytest.raises(RuntimeError, match="floating point"):
            eval(f"nn.Parameter({made})", {"nn": nn, "torch": torch})
