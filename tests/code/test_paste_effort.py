"""Classes that never end, or grow without end, are read as far as they matter, or are one sentence."""

from __future__ import annotations

import tracemalloc

import pytest
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste

HEAD = "import torch\nfrom torch import nn\n"


def net(init: str, forward: str = "return self.fc(torch.flatten(x, 1))") -> str:
    lines = "".join(f"    {line}\n" for line in init.split("\n"))
    steps = "".join(f"    {line}\n" for line in forward.split("\n"))
    return (
        f"{HEAD}class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n{lines}"
        f"    self.fc = nn.LazyLinear(10)\n  def forward(self, x):\n{steps}net = Net()\n"
    )


@pytest.mark.parametrize(
    "init",
    [
        "while True:\n  x = 1",
        "x = 0\nwhile x >= 0:\n  x += 1",
        "for i in range(10**9):\n  pass",
        "s = 'a'\nfor _ in range(100):\n  s = s + s",
        "s = [1]\nfor _ in range(100):\n  s = s + s",
        "s = [1]\nfor _ in range(100):\n  s.extend(s)",
        "s = [1]\nfor _ in range(100):\n  s += s",
        "s = [0] * 10**9\nt = 'a' * 10**9",
        "s = f'{1:1000000000}'\nt = '%1000000000d' % 1\nu = '{:1000000000}'.format(1)",
        "s = '{:{}}'.format(1, 10**11)\nt = '{0.real} {1[0]}'.format(1, 'a')\nu = '{'.format(1)",
        "s = [1, 2].index(3)",
        "s = []\nfor _ in range(60):\n  s = [s, s]\nt = []\nfor _ in range(60):\n  t = [t, t]\nprint(s == t, s < t)",
        "import copy\ns = [[]]\nfor _ in range(40):\n  s = [s, s]\ncopy.deepcopy(s)",
        "d = {}\nfor i in range(10**7):\n  d[i] = i",
        "n = 1\nfor i in range(10**6):\n  n = n * 7",
        "self.me = self",
        "self.more = nn.ModuleList([nn.ReLU() for _ in range(10**6)])",
    ],
)
def test_what_does_not_matter_is_given_up(init: str) -> None:
    assert len(paste(net(init), MNIST).network.nodes) == 4


@pytest.mark.parametrize(
    "call", ["long.join([''] * 20000)", "long.replace('x', long)", "('{0}' * 6000).format(long)", "'%s' * 9000 % many"]
)
def test_no_long_text_is_made_and_then_given_up(call: str) -> None:
    text = net(f"long = 'x' * 20000\nmany = (long,) * 9000\ns = {call}")
    tracemalloc.start()
    try:
        assert len(paste(text, MNIST).network.nodes) == 4
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (net("self.c = nn.Conv2d(1, 10**10**8, 3)", "return self.c(x)"), "Line 6: 10 ** 10 ** 8 cannot be told"),
        (
            net("s = ()\nfor _ in range(60):\n  s = (s, s)\nself.c = nn.Conv2d(1, s, 3)", "return self.c(x)"),
            "Line 9: tuple cannot be told",
        ),
        (net("pass", "while True:\n  x = torch.relu(x)"), "more than 2,000 layers"),
        (
            "import keras\nfrom keras import layers\ns = [3]\nfor _ in range(60):\n  s = [s, s]\n"
            "m = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(s)])",
            "Line 6: s cannot be told without running the source",
        ),
        (net("a, b = ([[[0] * 1000] * 1000] * 300 for _ in range(2))\na == b"), "too much in this source"),
        (net("a, b = ([[0] * 1000] * 1000 for _ in range(2))\n([a] * 300).count(b)"), "too much in this source"),
        (net("def f(n):\n  return f(n + 1)\nf(0)"), "nested too deeply"),
        (net("self.inner = Net()"), "nested too deeply"),
        (net("pass", "return self(x)"), "nested too deeply"),
        (net("self.s = nn.Sequential()\nself.s.append(self.s)", "return self.s(x)"), "nested too deeply"),
        (net("s = [i for i in range(10**5) for j in range(10**5)]"), "too much in this source"),
        (net("f = lambda: 0\n" + "f = (lambda g: lambda: (g(), g()))(f)\n" * 40 + "f()"), "too much in this source"),
        (net("a = " + "1 + " * 9000 + "1"), "nested too deeply"),
        (
            f"{HEAD}class B0(nn.Module):\n  def forward(self, x):\n    return x\n"
            + "".join(f"class B{n + 1}(B{n}, B{n}):\n  pass\n" for n in range(40))
            + "B40()",
            "B40 has no layers between its input and its output",
        ),
        ("x = 1\n" * 2_000_000 + net("pass"), "characters; more than"),
    ],
    ids=range(15),
)
def test_what_never_ends_is_a_sentence(text: str, sentence: str) -> None:
    assert sentence in refusal(text)
