"""What source does to a Sequential after it is made: read where it is simple, and named where it is not."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from paste_kit import MNIST, refusal
from torch import nn

from cnnviz.code.read.paste import paste
from cnnviz.code.read.remarks import PasteError
from cnnviz.network.shapes import infer

TORCH = "m = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(5408, 10))\n"
KERAS = "m = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])\n"
CHANGED = "changes the layers in a way that is not read here"
SOMETIMES = "whether and how often"


def kinds(text: str) -> str:
    network = paste(text, MNIST).network
    return " ".join(network[name].kind for name in network.nodes if network[name].kind not in ("Input", "Output"))


def read_as_executed(text: str) -> bool:
    """Whether PyTorch source is read as torch executes it; False if it is refused. Reading it otherwise fails."""
    try:
        found = kinds(text)
    except PasteError:
        return False
    space: dict[str, Any] = {"nn": nn, "torch": torch}
    exec(compile(text, "source.py", "exec"), space)
    names = {"Linear": "Dense"}
    layers = [layer for layer in space["m"].modules() if not isinstance(layer, nn.Sequential)]
    assert found == " ".join(names.get(type(layer).__name__, type(layer).__name__) for layer in layers)
    read = paste(text, MNIST).network
    weights = [shape for name in read.nodes for shape in infer(read).nodes[name].parameters.values()]
    assert sorted(weights) == sorted(tuple(weight.shape) for weight in space["m"].parameters())
    return True


def notes(text: str) -> list[str]:
    return [note.code for note in paste(text, MNIST).notes if note.code != "size_assumed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TORCH + "m.append(nn.ReLU())", "Conv2d Flatten Dense ReLU"),
        (TORCH + "m.append(nn.ReLU()).append(nn.Tanh())", "Conv2d Flatten Dense ReLU Tanh"),
        ("m = nn.Sequential(nn.Flatten()).append(nn.ReLU()).insert(0, nn.Tanh())", "Tanh Flatten ReLU"),
        ("nn.Sequential(nn.Sequential(nn.Flatten()).extend([nn.ReLU()]).eval(), nn.Tanh())", "Flatten ReLU Tanh"),
        ("m = nn.Sequential(nn.Flatten()).append(nn.ReLU())\nm.append(nn.Tanh())", "Flatten ReLU Tanh"),
        ("head = nn.Sequential(nn.ReLU())\nm = nn.Sequential(nn.Flatten()).append(head)", "Flatten ReLU"),
        (TORCH + "m.add_module('last', nn.ReLU())", "Conv2d Flatten Dense ReLU"),
        (TORCH + "m.register_module('last', nn.ReLU())", "Conv2d Flatten Dense ReLU"),
        (TORCH + "m.extend([nn.ReLU(), nn.Tanh()])", "Conv2d Flatten Dense ReLU Tanh"),
        (TORCH + "more = nn.Sequential(nn.ReLU())\nm.extend(more)", "Conv2d Flatten Dense ReLU"),
        (TORCH + "m.insert(1, nn.ReLU())", "Conv2d ReLU Flatten Dense"),
        (TORCH + "m.insert(-1, nn.ReLU())", "Conv2d Flatten ReLU Dense"),
        (TORCH + "m = m.to('cuda')\nm = torch.compile(m)\nm.append(nn.ReLU())", "Conv2d Flatten Dense ReLU"),
        (TORCH + "m = None\nm.append(nn.ReLU())", "Conv2d Flatten Dense"),
        (TORCH.replace("m =", "m: nn.Module =") + "m.append(nn.ReLU())", "Conv2d Flatten Dense ReLU"),
        (TORCH.replace("m =", "m = net =") + "net.append(nn.ReLU())", "Conv2d Flatten Dense ReLU"),
        ("body = nn.Sequential()\nm = nn.Sequential(body, nn.Tanh())\nbody.append(nn.ReLU())", "ReLU Tanh"),
        ("m = nn.Sequential()\nhead = nn.Sequential(nn.ReLU())\nm.append(head)", "ReLU"),
        ("with far():\n  m = Sequential()\n  m.add(ReLU())\n  m.add(Flatten())", "ReLU Flatten"),
        ("def a():\n  m = Sequential()\n  m.add(ReLU())\n  m.add(Flatten())\n  return m", "ReLU Flatten"),
        ("m = Sequential()\nm.add(ReLU())\nm = Sequential()\nm.add(Flatten())", "Flatten"),
        ("parts = [nn.ReLU(), nn.Flatten()]\nm = nn.Sequential(*parts)", "ReLU Flatten"),
        ("m = nn.Sequential(*[nn.ReLU(), nn.Flatten()], nn.Tanh())", "ReLU Flatten Tanh"),
        ("parts = []\nparts.append(nn.ReLU())\nm = nn.Sequential(*parts)\nparts.append(nn.Tanh())", "ReLU"),
        ("parts = [ReLU()]\nparts.append(Flatten())\nm = keras.Sequential(parts)", "ReLU Flatten"),
    ],
)
def test_what_is_added_is_read(text: str, expected: str) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    "change",
    [
        "m[0] = nn.Conv2d(1, 8, 5)",
        "m[0][0] = nn.ReLU()",
        "del m[1]",
        "m.pop(0)",
        "m.pop(-1)",
        "m = m.pop()",
        "m.pop().trainable = False",
        "last = m\nlast.pop()",
        "m.layers.pop()",
        "last = m.layers.pop()",
        "m += nn.Sequential(nn.ReLU())",
        "m *= 2",
        "m = m[:-1]",
        "m = m + m",
        "m[2].bias = None",
        "m.head = nn.Linear(10, 10)",
        "setattr(m, 'head', nn.Linear(10, 10))",
        "m._modules['0'] = nn.ReLU()",
        "m.insert(at, nn.ReLU())",
        "m.insert(7, nn.ReLU())",
        "m.extend(more)",
        "m.add_module('0', nn.ReLU())",
        "m.add_module(name, nn.ReLU())",
        "m.append(module=nn.ReLU())",
        "grow = m.append",
        "net = m\nnet.append(nn.ReLU())",
        "def more(net):\n    net.append(nn.ReLU())\nmore(m)",
    ],
)
def test_what_else_changes_it_is_read_or_named(change: str) -> None:
    assert CHANGED in refusal(KERAS + change)
    if "layers.pop" not in change:
        assert read_as_executed(TORCH + change) or CHANGED in refusal(TORCH + change)


@pytest.mark.parametrize(
    "text",
    [
        KERAS + "m.pop()",
        KERAS + "m.pop(rebuild=False)\nm.add(layers.ReLU())",
        KERAS + "last = m.pop()\nm.add(layers.Dense(7))",
        KERAS + "m.pop()\nm.pop()\nm.add(layers.ReLU())\nm.add(layers.Flatten())\nm.add(layers.Dense(5))",
        KERAS + "for _ in range(2):\n    m.pop()\nm.add(layers.Flatten())",
        KERAS + "m.add(layers.Dense(3, activation='relu'))\nm.pop()",
        "m = keras.Sequential([layers.Conv2D(8, 3, input_shape=(20, 20, 1)), layers.Flatten()])\nm.pop()",
        "parts = [keras.Input((28, 28, 1)), layers.Flatten(), layers.ReLU()]\nparts.pop()\nm = keras.Sequential(parts)",
        "m = keras.Sequential()\nm.add(keras.Input((28, 28, 1)))\nm.add(layers.ReLU())\nm.add(layers.ReLU())\nm.pop()",
    ],
)
@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_the_last_layer_is_removed_as_keras_does(text: str) -> None:
    from keras import Sequential, layers

    space: dict[str, Any] = {}
    exec(compile(f"import keras\nfrom keras import layers\n{text}", "source.py", "exec"), space)
    model = space["m"]
    assert isinstance(model, Sequential)
    read = paste(text, MNIST).network
    names = {layers.Conv2D: "Conv2d"}
    assert kinds(text) == " ".join(names.get(type(layer), type(layer).__name__) for layer in model.layers)
    _, height, width, channels = model.input_shape
    assert infer(read).nodes["input"].output == (channels, height, width)
    weights = [math.prod(shape) for name in read.nodes for shape in infer(read).nodes[name].parameters.values()]
    assert sorted(weights) == sorted(math.prod(weight.shape) for weight in model.weights)


@pytest.mark.parametrize(
    "text",
    [
        "m = keras.Sequential([layers.Conv2D(8, 3, input_shape=(20, 20, 1))])\nm.pop()\nm.add(layers.Flatten())",
        "m = keras.Sequential()\nm.pop()\nm.add(layers.Flatten())",
        "m = keras.Sequential()\nfor _ in range(1):\n    m.add(layers.Conv2D(8, 3, input_shape=(20, 20, 1)))\n"
        "    m.pop()\nm.add(layers.Flatten())",
    ],
)
def test_the_only_layer_is_not_removed(text: str) -> None:
    # its input_shape would stay in the model
    said = refusal(text)
    assert "m.pop()" in said and (CHANGED in said or SOMETIMES in said)


def test_a_change_in_the_same_expression_is_named() -> None:
    assert refusal("m = nn.Sequential(nn.Flatten()).insert(at, nn.ReLU())") == (
        f"Line 1: nn.Sequential(nn.Flatten()).insert(at, nn.ReLU()) {CHANGED}."
    )
    assert refusal("m = nn.Sequential(nn.Flatten()).pop(0)") == f"Line 1: nn.Sequential(nn.Flatten()).pop {CHANGED}."
    assert not notes("head = nn.Sequential(nn.ReLU())\nm = nn.Sequential(nn.Flatten()).append(head)")


def test_a_change_of_what_a_function_made_is_named() -> None:
    made = "def make():\n  m = Sequential()\n  m.add(ReLU())\n  return m\n"
    assert kinds(made + "m = make()\nm.fit(x)") == "ReLU"
    assert refusal(made + "m = make()\nm.add(Flatten())") == f"Line 6: m.add(Flatten()) {CHANGED}."
    assert kinds("a.m = nn.Sequential(nn.ReLU())\na.m.append(nn.Tanh())") == "ReLU Tanh"


CERTAIN = {
    "for n in range(3):\n  m.append(nn.ReLU())": " ReLU ReLU ReLU",
    "with far():\n  m.append(nn.ReLU())": " ReLU",
    "try:\n  m.append(nn.ReLU())\nfinally:\n  pass": " ReLU",
    "try:\n  pass\nexcept ValueError:\n  m.append(nn.ReLU())": "",
    "def more():\n  m.append(nn.ReLU())": "",
}
"""What certainly happens, or does not, in PyTorch source, and the layers that it adds."""


@pytest.mark.parametrize(
    "change",
    [
        "for n in range(3):\n  m.append(nn.ReLU())",
        "while more():\n  m.append(nn.ReLU())",
        "if deep:\n  m.append(nn.ReLU())",
        "if deep:\n  pass\nelse:\n  m.append(nn.ReLU())",
        "with far():\n  m.append(nn.ReLU())",
        "try:\n  m.append(nn.ReLU())\nfinally:\n  pass",
        "try:\n  pass\nexcept ValueError:\n  m.append(nn.ReLU())",
        "match deep:\n  case 1:\n    m.append(nn.ReLU())",
        "def more():\n  m.append(nn.ReLU())",
    ],
)
def test_what_may_run_never_or_often_is_named(change: str) -> None:
    for source in (TORCH, KERAS):
        text = source + change.replace("append", "append" if source == TORCH else "add")
        if change in CERTAIN and (source == TORCH or not CERTAIN[change]):
            assert kinds(text) == f"Conv2d Flatten Dense{CERTAIN[change]}"
            continue
        line = text[: text.index("m.a")].count("\n") + 1
        assert f"Line {line}: {SOMETIMES}" in refusal(text)
    assert SOMETIMES in refusal("parts = []\nfor n in many:\n  parts.append(nn.ReLU())\nnn.Sequential(*parts)")
    assert SOMETIMES in refusal("def a():\n  m = Sequential()\n  if b:\n    return m\n  m.add(ReLU())")


@pytest.mark.parametrize("pattern", ["{'width': n}", "{'width': 2, **n}", "[2, *n]", "int(n)", "n"])
def test_a_pattern_assigns_its_names(pattern: str) -> None:
    made = "nn.Sequential(nn.Flatten(), nn.Linear(784, n))"
    for text in (f"case {pattern}:\n    pass\n{made}", f"case {pattern}:\n    {made}"):
        assert refusal(f"n = 8\nmatch settings():\n  {text}")


@pytest.mark.parametrize(
    "change",
    [
        "m.extend(sequential=[nn.ReLU()])",
        "m.insert(index=2, module=nn.ReLU())",
        "m.insert(module=nn.ReLU(), index=2)",
        "m.add_module(module=nn.ReLU(), name='r')",
    ],
)
def test_modules_are_added_by_named_arguments(change: str) -> None:
    assert kinds(f"m = nn.Sequential(nn.Flatten(), nn.Linear(784, 9))\n{change}") == "Flatten Dense ReLU"


def test_modules_are_numbered_among_modules_not_among_all_attributes() -> None:
    text = (
        "class Net(nn.Sequential):\n  def __init__(self):\n    super().__init__(nn.Flatten(), nn.Linear(784, 32))\n"
        "    self.depth = 3\n    self.extend([nn.ReLU(), nn.Linear(32, 10)])\n"
        "    self.append(nn.Dropout(0.2))\nm = Net()"
    )
    assert kinds(text) == "Flatten Dense ReLU Dense Dropout"


@pytest.mark.parametrize("change", ["m.extend()", "m.insert(0)", "m.__setattr__('a')", "m.__getattr__()"])
def test_too_few_arguments_of_a_method_change_nothing(change: str) -> None:
    assert kinds(f"m = nn.Sequential(nn.Flatten(), nn.Linear(784, 9))\n{change}") == "Flatten Dense"


def test_all_that_is_named_is_named_at_once_and_nothing_follows_from_it() -> None:
    assert refusal("m = nn.Sequential(nn.Flatten(), nn.LSTM(3), nn.Linear(9, 9))\nm[0] = nn.ReLU()\nm.pop(1)") == (
        "Line 1: LSTM is no layer that is known here.\n"
        f"Line 2: m[0] = nn.ReLU() {CHANGED}.\n"
        f"Line 3: m.pop(1) {CHANGED}."
    )


@pytest.mark.parametrize(
    "use",
    [
        "m.fit(x, y)",
        "m.compile(loss=a)",
        "print(m[0].weight)",
        "m[0].weight.data[0] = 1",
        "m.layers[0].trainable = False",
        "for part in m:\n  print(part)",
        "m.eval()",
        "losses = []\nlosses.append(train(m))",
    ],
)
def test_what_only_uses_it_is_not_spoken_of(use: str) -> None:
    assert kinds(TORCH + use) == kinds(KERAS + use) == "Conv2d Flatten Dense"
    assert notes(TORCH + use) == notes(KERAS + use) == []


def test_what_may_have_changed_it_is_said() -> None:
    assert notes(TORCH + "m = pruned(m)\nm, rate = prepared(m, rate)") == ["not_followed", "not_followed"]
    assert notes(TORCH + "m = m.cuda()") == []


@pytest.mark.parametrize(
    "text",
    [
        "n = 8\nn *= 2\n{}",
        "n = 8\nn, k = 16, 3\n{}",
        "n = 8\nfor n in (16, 32):\n  print(n)\n{}",
        "for n in (8, 16):\n  {}",
        "n = 8\ndef make(n):\n  return {}",
        "n = 8\nmake = lambda n: n\n{}",
        "n = 8\n{}\nn = 16",
        "{}\nn = 8",
        "n = 8\nn: int = 16\n{}",
        "n = 8\nif (n := 16) > 3:\n  pass\n{}",
        "n = 8\nwith far() as n:\n  pass\n{}",
        "n = 8\nimport sizes as n\n{}",
        "n = 8\ndef other():\n  global n\n  n = 16\n{}",
        "n = [8]\nn[0] = 16\n{}",
        "if deep:\n  n = 8\nelse:\n  n = 16\n{}",
    ],
)
def test_a_name_that_is_assigned_several_times_is_read_as_executed_or_not_known(text: str) -> None:
    made = "nn.Sequential(nn.Conv2d(1, n, 3))"
    assert read_as_executed(text.format(made if "return" in text else f"m = {made}")) or (
        "n cannot be told without running the source" in refusal(text.format(made))
    )


@pytest.mark.parametrize(
    "text",
    [
        "n = 8\n{}",
        "n: int = 8\n{}",
        "k = 4\nn = k * 2\n{}",
        "n = 8\ndef other(n):\n  n = 16\n{}",
        "n = 8\nclass Other:\n  n = 16\n{}",
        "n = 16\ndef make():\n  n = 8\n  return {}",
        "n = 8\ndef make():\n  return {}",
    ],
)
def test_a_name_that_is_assigned_once_is_known(text: str) -> None:
    network = paste(text.format("nn.Sequential(nn.Conv2d(1, n, 3))"), MNIST).network
    assert getattr(network["conv1"], "out_channels", None) == 8


@pytest.mark.parametrize(
    "text",
    [
        "a0 = [nn.ReLU()]\n" + "".join(f"a{n + 1} = [*a{n}, *a{n}]\n" for n in range(50)) + "nn.Sequential(*a50)",
        "a0 = [nn.ReLU()]\n" + "".join(f"a{n + 1} = [*a{n}]\n" for n in range(900)) + "nn.Sequential(*a900)",
        "a0 = []\n" + "".join(f"a{n + 1} = [*a{n}, *a{n}]\n" for n in range(50)) + "nn.Sequential(*a50)",
        "p = []\n" + "p.extend([])\n" * 1400 + "nn.Sequential(" + "*p, " * 4000 + "nn.ReLU())",
        "p = []\n" + "if a:\n  p.x = 1\n" * 1400 + "nn.Sequential(" + "*p, " * 4000 + "nn.ReLU())",
        "p = []\n" + "q = p\n" * 3000 + "nn.Sequential(" + "*p, " * 4000 + "nn.ReLU())",
        "m = nn.Sequential()\nm.append(m)",
        "m = nn.Sequential()\nm.extend(m)",
        "m = nn.Sequential(nn.ReLU())\n" + "m.extend([nn.ReLU(), nn.ReLU()])\n" * 1500,
        "a = nn.Sequential()\nb = nn.Sequential(a)\na.append(b)\nm = nn.Sequential(a)",
        "if a:\n  pass\n" + "elif a:\n  pass\n" * 900 + "nn.Sequential(nn.LSTM())",
    ],
    ids=lambda text: text[:24],
)
def test_hostile_changes_are_a_sentence_or_without_effect(text: str) -> None:
    try:
        found = kinds(text)
    except PasteError:
        return
    assert found == "ReLU"


def test_a_softmax_is_read_along_its_axis() -> None:
    assert kinds("nn.Sequential(nn.Flatten(), nn.Softmax(dim=-1), nn.ReLU())") == "Flatten Softmax ReLU"
    assert kinds("nn.Sequential(nn.Softmax(dim=-3), nn.Softmax(1), nn.Flatten())") == "Softmax Softmax Flatten"
    assert "Softmax has dim=-1, which has no counterpart" in refusal("nn.Sequential(nn.Softmax(dim=-1), nn.Flatten())")
    assert "Softmax has dim=-3, which has no counterpart" in refusal("nn.Sequential(nn.Flatten(), nn.Softmax(dim=-3))")


def test_a_log_softmax_at_the_end_is_left_out_and_said() -> None:
    text = "nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.LogSoftmax(dim=1))"
    assert (kinds(text), notes(text)) == ("Flatten Dense", ["log_softmax_left_out"])
    assert "LogSoftmax is no layer" in refusal("nn.Sequential(nn.LogSoftmax(dim=1), nn.Flatten())")


def test_padding_by_torchs_words() -> None:
    for word, padding in (("valid", (0, 0)), ("same", "same")):
        network = paste(f"nn.Sequential(nn.Conv2d(1, 4, 3, padding='{word}'))", MNIST).network
        assert getattr(network["conv1"], "padding", None) == padding


def test_a_layer_without_a_name_is_named_once() -> None:
    assert refusal("nn.Sequential(nn.Linear(784, 10))") == "Line 1: Dense needs a flat input, but gets 1×28×28."
    assert "Dense “head” needs a flat input" in refusal("nn.Sequential(OrderedDict(head=nn.Linear(784, 10)))")


@pytest.mark.parametrize(
    "text",
    [
        "lin = nn.Linear(784, 784)\nm = nn.Sequential(nn.Flatten(), lin, nn.ReLU(), lin, nn.Linear(784, 10))",
        "part = nn.Sequential(nn.Flatten(), nn.Linear(784, 784))\nm = nn.Sequential(part, part, nn.Linear(784, 10))",
        "d = Dense(9)\nm = keras.Sequential([keras.Input((28, 28, 1)), Flatten(), d, d, Dense(10)])",
    ],
)
def test_a_layer_that_would_share_its_weights_is_named(text: str) -> None:
    assert "this Dense stands in the chain more than once" in refusal(text)


def test_a_layer_without_weights_may_stand_in_many_places() -> None:
    text = "r = nn.ReLU()\nm = nn.Sequential(nn.Conv2d(1, 8, 3), r, nn.Conv2d(8, 8, 3), r, nn.Flatten())"
    assert kinds(text) == "Conv2d ReLU Conv2d ReLU Flatten"
