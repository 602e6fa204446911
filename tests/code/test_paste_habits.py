"""Habits of published sources: what is read of them computes what torch or Keras computes, or is one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from execute_kit import FLAT, HEAD, net, notes_of
from export_kit import assert_close, trained
from networks import CLASSES
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from cnnviz.code.read.pasted import Pasted

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def compared(text: str, image: tuple[int, int, int] = MNIST) -> Pasted:
    """What is read of a source; with the same weights, it computes what torch computes."""
    pasted = paste(text, image)
    network = pasted.network
    (name,) = network.of_kind(Input)
    size = network[name].infer(()).output
    space: dict[str, Any] = {"__name__": "source"}
    exec(compile(text, "source.py", "exec"), space)
    original = trained(space["model"]).eval()
    compiled = build(network, check(network, Facts(size, CLASSES))).eval()
    weights = [value for key, value in original.state_dict().items() if not key.startswith("unused")]
    state = compiled.state_dict()
    assert len(state) == len(weights)
    compiled.load_state_dict({key: one.reshape(state[key].shape) for key, one in zip(state, weights, strict=True)})
    images = torch.rand(2, *size)
    with torch.no_grad():
        assert_close(compiled(images)[0], original(images))
    return pasted


def kinds(pasted: Pasted) -> list[str]:
    return [pasted.network[name].kind for name in pasted.network.order]


CONVNEXT = """
class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(0.5 * torch.ones((dim)), requires_grad=True)

    def forward(self, x):
        input = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.norm(x)
        x = self.pwconv1(x)
        x = self.act(x)
        x = self.pwconv2(x)
        if self.gamma is not None:
            x = self.gamma * x
        x = x.permute(0, 3, 1, 2)
        return input + x
"""


def test_maps_with_their_channels_last_as_in_convnext() -> None:
    pasted = paste(net("self.stem = nn.Conv2d(1, 4, 4, 4)\nself.block = Block(4)\nself.fc = nn.Linear(196, 10)",
                       f"x = self.block(self.stem(x))\n{FLAT}", CONVNEXT), MNIST)  # fmt: skip
    assert " ".join(kinds(pasted)) == (
        "Input Conv2d Conv2d LayerNorm2d Conv2d GELU Conv2d LayerScale Add Flatten Dense Output"
    )
    names = {"block_dwconv", "block_norm", "block_pwconv1", "block_pwconv2", "block_gamma"}
    assert names <= set(pasted.network.nodes)
    assert getattr(pasted.network["block_gamma"], "init_value", 0) == 0.5


@pytest.mark.parametrize(
    ("init", "forward", "image"),
    [
        (
            "self.conv = nn.Conv2d(1, 4, 3)\nself.norm = nn.LayerNorm(4)\nself.fc = nn.Linear(4 * 26 * 26, 10)",
            f"x = self.norm(self.conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)\n{FLAT}",
            MNIST,
        ),
        (
            "self.a = nn.Conv2d(1, 4, 3)\nself.b = nn.Linear(4, 3)\nself.fc = nn.Linear(3 * 676, 10)",
            f"x = F.gelu(self.b(self.a(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2)\n{FLAT}",
            MNIST,
        ),
        (
            "self.a = nn.Conv2d(1, 2, 3, padding=1)\nself.b = nn.Conv2d(1, 2, 3, padding=1)\n"
            "self.fc = nn.Linear(2 * 784, 10)",
            f"x = (1 + torch.sigmoid(self.a(x))) * self.b(x)\n{FLAT}",
            MNIST,
        ),
        ("self.fc = nn.Linear(784, 10)", f"x = (x - 0.5) * 2\n{FLAT}", MNIST),
        ("self.fc = nn.Linear(784, 10)", f"x = 2 * x - 1\n{FLAT}", MNIST),
        (
            "self.a = nn.Linear(784, 20)\nself.drop = nn.Dropout2d(0.5)\nself.fc = nn.Linear(20, 10)",
            "x = self.drop(F.relu(self.a(torch.flatten(x, 1))))\nreturn self.fc(x)",
            MNIST,
        ),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:dropout2d")
def test_what_is_read_computes_the_same(init: str, forward: str, image: tuple[int, int, int]) -> None:
    compared(net(init, forward), image)


def test_a_log_softmax_that_is_a_module() -> None:
    text = net(
        "self.fc = nn.Linear(784, 10)\nself.out = nn.LogSoftmax(dim=1)", "return self.out(self.fc(x.flatten(1)))"
    )
    pasted = paste(text, MNIST)
    assert kinds(pasted) == ["Input", "Flatten", "Dense", "Output"]
    assert any("log-softmax" in sentence for sentence in notes_of(pasted))


def test_a_sequential_of_modules_that_pass_on_two_tensors() -> None:
    two = (
        "class Two(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.a = nn.Conv2d(1, 1, 3)\n"
        "        self.b = nn.Conv2d(1, 1, 3)\n    def forward(self, pair):\n        x, y = pair\n"
        "        return self.a(x), self.b(y)\n"
    )
    compared(
        net(
            "self.body = nn.Sequential(Two(), Two())\nself.fc = nn.Linear(2 * 576, 10)",
            f"x, y = self.body((x, x))\nx = torch.cat([x, y], 1)\n{FLAT}",
            two,
        )
    )


def test_settings_computed_with_tensors_are_known() -> None:
    pasted = paste(
        net(
            "rates = [rate.item() for rate in torch.linspace(0, 0.2, 3)]\n"
            "widths = (torch.arange(3) * 8 + 8).int().tolist()\n"
            "parts = [nn.Sequential(nn.LazyConv2d(w, 3), nn.Dropout(r)) for w, r in zip(widths, rates)]\n"
            "self.body = nn.Sequential(*parts)\n"
            "self.fc = nn.LazyLinear(10)",
            f"x = self.body(x)\n{FLAT}",
        ),
        MNIST,
    )
    network = pasted.network
    assert [getattr(network[name], "p", None) for name in network.order if network[name].kind == "Dropout"] == [
        0,
        0.1,
        0.2,
    ]
    widths = [getattr(network[name], "out_channels", 0) for name in network.order if network[name].kind == "Conv2d"]
    assert widths == [8, 16, 24]


def test_parts_that_a_function_from_elsewhere_joins_are_no_network() -> None:
    text = (
        "import torch.nn as nn\nfrom mylib import glue\ndef block(a, b):\n"
        "    return nn.Sequential(nn.Conv2d(a, b, 3), nn.ReLU())\nnet = glue(block(1, 4), block(4, 8))\n"
    )
    said = "Line 5: glue(block(1, 4), block(4, 8)) cannot be told without running the source."
    assert refusal(text) == said
    follows = "class Part(nn.Module):\n    def forward(self, x):\n        return x\n"
    assert refusal(text.replace("def block", f"{follows}def block")) == said.replace("Line 5", "Line 8")


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("x * tf.nn.relu6(x + 3) / 6.0", "Hardswish"),
        ("tf.nn.relu6(x + 3) / 6", "Hardsigmoid"),
        ("tf.keras.layers.Activation(gate)(x)", "Hardsigmoid"),
    ],
)
def test_a_hard_gate_of_keras(function: str, kind: str) -> None:
    text = (
        "import tensorflow as tf\nK = tf.keras.backend\ndef gate(x):\n    return K.relu(x + 3, max_value=6) / 6\n"
        f"i = tf.keras.Input((28, 28, 1))\nx = tf.keras.layers.Conv2D(4, 3)(i)\nx = {function}\n"
        "x = tf.keras.layers.Flatten()(x)\nm = tf.keras.Model(i, tf.keras.layers.Dense(10)(x))\n"
    )
    assert kinds(paste(text, MNIST)) == ["Input", "Conv2d", kind, "Flatten", "Dense", "Output"]
    assert "x + 3 has no counterpart" in refusal(text.replace(function, "x + 3"))


@pytest.mark.parametrize(
    ("body", "side"),
    [
        (net("self.a = nn.Conv2d(1, 8, 3)\nself.fc = nn.Linear(8 * 48 * 48, 10)", f"x = self.a(x)\n{FLAT}"), 50),
        (
            net(
                "self.a = nn.Conv2d(1, 8, 3)\nself.fc = nn.Linear(8 * 17 * 17, 10)",
                "x = F.max_pool2d(self.a(x), 2)\nx = x.view(-1, 8 * 17 * 17)\nreturn self.fc(x)",
            ),
            36,
        ),
        (f"{HEAD}model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 34 * 34, 10))\n", 36),
    ],
)
def test_the_size_of_the_images_follows_from_the_sizes_of_layers(body: str, side: int) -> None:
    pasted = compared(body)
    assert f"The source does not say how large the images are: 1×{side}×{side} is assumed." in notes_of(pasted)


def test_a_constructor_that_tries_its_layers_with_reshaped_noise() -> None:
    pasted = compared(
        net(
            "self.conv = nn.Conv2d(1, 4, 5)\nself.flat = None\nself.convs(torch.randn(50, 40).view(-1, 1, 50, 40))\n"
            "self.fc = nn.Linear(self.flat, 10)",
            "return self.fc(self.convs(x).view(-1, self.flat))",
        ).replace(
            "    def forward",
            "    def convs(self, x):\n        x = F.max_pool2d(self.conv(x), 3)\n        if self.flat is None:\n"
            "            self.flat = x[0].shape[0] * x[0].shape[1] * x[0].shape[2]\n        return x\n    def forward",
        )
    )
    (name,) = pasted.network.of_kind(Input)
    assert pasted.network[name].infer(()).output == (1, 50, 40)


def test_empty_sequentials_that_are_replaced_and_attributes_by_name() -> None:
    text = (
        f"{HEAD}class Part(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n"
        "        self.short = nn.Sequential()\n        self.short = nn.Sequential(nn.Conv2d(1, 1, 1))\n"
        "        for i in range(n):\n            self.__setattr__('level_%d' % i, nn.Conv2d(1, 1, 3, padding=1))\n"
        "        self.n = n\n    def forward(self, x):\n        y = self.short(x)\n        for i in range(self.n):\n"
        "            x = self.__getattr__('level_%d' % i)(x)\n        return x + y\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.part = Part(2)\n"
        "        self.fc = nn.Linear(784, 10)\n    def forward(self, x):\n"
        "        return self.fc(self.part(x).flatten(1))\n"
        "def test():\n    net = Net()\n    print(net)\nif __name__ == '__main__':\n    test()\n"
    )
    read = paste(text, MNIST).network
    assert {"part_short_0", "part_level_0", "part_level_1", "fc"} <= set(read.nodes)
    compared(f"{text}model = Net()\n")


def test_what_python_printed_below_the_source() -> None:
    shown = (
        "Net(\n  (fc): Linear(in_features=784, out_features=10, bias=True)\n)\n<torch.optim.SGD at 0x7f19a043cc10>\n"
    )
    text = net("self.fc = nn.Linear(784, 10)", FLAT)
    pasted = paste(f"{text}print(model)\n{shown}", MNIST)
    assert pasted.network == paste(text, MNIST).network
    line = text.count("\n") + 2
    assert f"Line {line}: the output of Python is left out." in notes_of(pasted)


def test_an_attribute_that_is_defined_nowhere_is_named() -> None:
    text = net("self.conv = nn.Conv2d(1, 4, 3)", "x = self.block8(self.conv(x))\nx = self.pool(x)\nreturn self.fc(x)")
    assert refusal(text) == "Line 10: self.block8 is not defined in the source."


def test_values_that_a_dropout_shares_in_evaluation_only() -> None:
    init, head = (
        "self.drop = nn.Dropout(0.5)\nself.conv = nn.Conv2d(1, 1, 3, padding=1)\nself.fc = nn.Linear(784, 10)",
        FLAT,
    )
    compared(net(init, f"y = self.drop(self.conv(x))\ny += x\nx = y\n{head}"))
    said = refusal(net(init, f"x = self.conv(x)\ny = self.drop(x)\ny += 1 * x\nx = x + y\n{head}"))
    assert said == "Line 14: y += 1 * x has no counterpart among the layers here."


MAKER = (
    "from keras.models import Sequential\nfrom keras.layers import Conv2D, Flatten, Dense\n"
    "class LeNet:\n    @staticmethod\n    def build(width, height, depth, classes):\n        model = Sequential()\n"
    "        model.add(Conv2D(4, 5, input_shape=(height, width, depth)))\n        model.add(Flatten())\n"
    "        model.add(Dense(classes))\n        return model\n"
)


def test_a_class_that_only_makes_a_sequential() -> None:
    assert refusal(MAKER) == "Line 9: classes cannot be told without running the source."
    pasted = paste(MAKER.replace("Dense(classes)", "Dense(10)"), MNIST)
    assert kinds(pasted) == ["Input", "Conv2d", "Flatten", "Dense", "Output"]
    made = paste(f"{MAKER}model = LeNet.build(20, 24, 3, 10)\n", MNIST)
    assert made.network["input"].infer(()).output == (3, 24, 20)
    assert "is a part of the class LeNet" in refusal(MAKER.replace("class LeNet", "class LeNet(Base)"))
