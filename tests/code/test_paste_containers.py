"""Lists, dicts and sets that a source changes: each of their names has the value of Python, or is not known."""

from __future__ import annotations

from typing import Any

import pytest
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.network.layers import Dense


def source(lines: str, width: str) -> str:
    """A network with a Linear as wide as the expression ``width`` after these lines."""
    body = "".join(f"    {line}\n" for line in lines.split("\n"))
    return (
        "import torch\nfrom torch import nn\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
        f"{body}    self.fc = nn.Linear(784, 10 + {width})\n"
        "  def forward(self, x):\n    return self.fc(torch.flatten(x, 1))\nnet = Net()\n"
    )


@pytest.mark.parametrize(
    ("lines", "width"),
    [
        ("a = [1]\nb = a\na *= 2", "len(b)"),
        ("a = [1]\nb = a\na += (2,)", "len(b)"),
        ("a = {'x': 1}\nb = a\na |= {'y': 2}", "len(b)"),
        ("a = {1}\nb = a\na |= {2}", "len(b)"),
        ("a = {1, 2}\nb = a\na -= {2}", "len(b)"),
        ("def f(a):\n  a *= 2\nb = [0]\nf(b)", "len(b)"),
        ("a = (1,)\nb = a\na *= 2", "len(b)"),
        ("a = [3, 1, 2]\nb = a\na.sort()", "b[0]"),
        ("a = [3, 1, 2]\nb = a\na.remove(3)", "b[0]"),
        ("a = hasattr([1], '__iter__')", "int(a)"),
        ("a = hasattr([1], 'shape')", "int(a)"),
    ],
)
def test_a_change_has_the_effect_of_python(lines: str, width: str) -> None:
    text = source(lines, width)
    space: dict[str, Any] = {}
    exec(compile(text, "source.py", "exec"), space)
    assert paste(text, MNIST).network["fc"] == Dense(space["net"].fc.out_features)


@pytest.mark.parametrize(
    ("lines", "width"),
    [
        ("a = [3, 1]\na.sort(key=lambda x: x)", "a[0]"),
        ("a = [[3], 1]\na.sort()", "a[1]"),
        ("a = [3, 1]\na.remove(torch.rand(1))", "a[0]"),
        ("a = {'x': 1}\na.popitem()", "len(a)"),
        ("a = [1]\na *= torch.ones(2)", "len(a)"),
        ("from collections import OrderedDict\na = OrderedDict(x=1, y=2)\na.move_to_end('x')", "list(a.values())[0]"),
        ("a = {1}\na.discard(1)", "len(a)"),
        ("a = {1}\na.update({2})", "len(a)"),
        ("a = [1]\na.__setitem__(0, 5)", "a[0]"),
        ("a = [1]\nfor x in a:\n  if len(a) < 3:\n    a.append(x)", "len(a)"),
        ("class P:\n  def __eq__(self, other):\n    return True\na = P() == P()", "int(a)"),
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n  n: int = 1\na = P() == P()", "int(a)"),
    ],
)
def test_a_change_that_is_not_followed_is_said(lines: str, width: str) -> None:
    assert "cannot be told" in refusal(source(lines, width))


@pytest.mark.parametrize(
    "count",
    [
        *("len(self.s)", "len(self.s._modules)", "len(list(self.s.children()))", "len(list(self.s.named_modules()))"),
        *("len(list(self.s.keys()))", "len(list(self.s.values()))", "len(list(self.s.items()))"),
    ],
)
def test_what_is_in_a_module_after_a_change_that_is_not_followed(count: str) -> None:
    assert "cannot be told" in refusal(source("self.s = nn.ModuleDict({'a': nn.ReLU()})\nself.s.pop('a')", count))
