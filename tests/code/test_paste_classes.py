"""Classes of PyTorch source: what is read of them has the weights and the outputs of what torch executes."""

from __future__ import annotations

from typing import Any

import pytest
from execute_kit import HEAD, body, compared
from networks import CLASSES
from paste_kit import MNIST, refusal

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.graph import chain
from cnnviz.network.layers import Dense, Input, Output
from cnnviz.network.report import Facts
from cnnviz.project.templates import TEMPLATES

pytestmark = pytest.mark.usefixtures("one_torch_thread")
TUTORIAL = (
    HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x


model = Net()
"""
)


def test_the_tutorials_class() -> None:
    pasted = compared(TUTORIAL)
    kinds = [pasted.network[name].kind for name in pasted.network.order]
    assert " ".join(kinds) == (
        "Input Conv2d ReLU MaxPool2d Conv2d ReLU MaxPool2d Flatten Dense ReLU Dense ReLU Dense Output"
    )
    assert {"conv1", "pool", "pool_2", "flatten", "fc3"} <= set(pasted.network.nodes)
    # the size of the images follows from the view
    assert pasted.network["input"] == Input((3, 32, 32), (0.0,), (1.0,))
    assert not pasted.blocks and not pasted.choices


MNIST_EXAMPLE = (
    HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.fc1 = nn.Linear(1600, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)

def main():
    args = parse()
    model = Net().to(args.device)
    for epoch in range(1, args.epochs + 1):
        for data, target in loader:
            loss = F.nll_loss(model(data), target)
            if args.dry_run:
                break
    if args.save:
        torch.save(model.state_dict(), "net.pt")

if __name__ == "__main__":
    main()
"""
)


def test_the_class_of_a_program_that_trains_it_is_the_template() -> None:
    pasted = paste(MNIST_EXAMPLE, MNIST)
    template = TEMPLATES["pytorch-tutorial"].project().network

    def weights(network: Any) -> list[Any]:
        report = check(network, Facts(MNIST, CLASSES))
        return [report.nodes[name].parameters for name in network.order]

    assert weights(pasted.network) == weights(template)
    assert [note.code for note in pasted.notes] == ["size_assumed", "log_softmax_left_out"]


RESIDUAL = (
    HEAD
    + """
class Block(nn.Module):
    expansion = 1

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != self.expansion * outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = self.bn1(self.conv1(x))
        out += self.shortcut(x)
        return F.relu(out)


class Net(nn.Module):
    def __init__(self, block, counts, classes=10):
        super().__init__()
        self.width = 4
        self.stem = nn.Conv2d(1, 4, 3)
        for place, count in enumerate(counts):
            setattr(self, f"layer{place}", self._stage(block, 4 * 2 ** place, count, 1 + (place > 0)))
        self.head = nn.Linear(8 * block.expansion, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def _stage(self, block, width, count, stride):
        layers = []
        for stride in [stride] + [1] * (count - 1):
            layers.append(block(self.width, width, stride))
            self.width = width * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.stem(x)
        for name in ("layer0", "layer1"):
            x = getattr(self, name)(x)
        return self.head(x.mean([2, 3]))


def small():
    return Net(Block, [1, 2])


def large():
    return Net(Block, (2, 2))
"""
)


def test_classes_inside_are_blocks() -> None:
    pasted = compared(RESIDUAL + "model = small()")
    names = {block.id: block.name for block in pasted.blocks}
    inside = {block.name: names.get(block.parent or "", "") for block in pasted.blocks}
    assert inside == {"layer0": "", "layer1": "", "layer1.0": "layer1", "layer1.1": "layer1"}
    (first,) = [block for block in pasted.blocks if block.name == "layer1.0"]
    assert first.members == {
        *("layer1_0_conv1", "layer1_0_bn1", "layer1_0_shortcut_0", "layer1_0_shortcut_1"),
        *("layer1_0_add1", "layer1_0_relu1"),
    }


def test_one_of_several_networks_is_chosen() -> None:
    first, other = paste(RESIDUAL, MNIST), paste(RESIDUAL, MNIST, "large")
    assert first.choices == other.choices == ("small", "large")
    assert (first.choice, other.choice) == ("small", "large")
    assert len(other.network.nodes) > len(first.network.nodes)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("F.relu(self.fc1(x))", "mystery(self.fc1(x))"), "Line 19: mystery(self.fc1(x)) cannot be told"),
        (("F.relu(self.fc1(x))", "self.fc1(x) * 2"), "Line 19: self.fc1(x) * 2 has no counterpart"),
        (("return x", "return self.fc4(self.fc4(x))"), "Line 22: self.fc4 is not defined in the source."),
        (("x = self.fc3(x)", "x = self.fc3(x) if x.sum() > 0 else x"), "Line 21: x.sum() has no counterpart"),
        (("nn.Linear(84, 10)", "nn.Linear(84, classes)"), "Line 13: classes cannot be told"),
        (("self.pool = nn.MaxPool2d(2, 2)", "self.pool = nn.LSTM(2, 2)"), "Line 9: LSTM is no layer"),
        (("return x", "return x, x"), "the network returns a tuple"),
        (("16 * 5 * 5)\n        x =", "999)\n        x ="), "Line 18: x.view(-1, 999) needs 999 values"),
        (("x = self.fc3(x)", "if self.training:\n            x = self.fc3(x)"), "something else in training"),
        (("x = self.fc3(x)", "if flag:\n            x = self.fc3(x)"), "Line 21: whether flag holds"),
    ],
)
def test_what_is_not_known_is_named(change: tuple[str, str], sentence: str) -> None:
    assert change[0] in TUTORIAL
    assert sentence in refusal(TUTORIAL.replace(*change))


def test_a_layer_with_weights_that_is_used_twice() -> None:
    again = TUTORIAL.replace("return x", "return self.fc4(self.fc4(x))")
    again = again.replace("self.fc3 =", "self.fc4 = nn.Linear(10, 10)\n        self.fc3 =")
    assert "Line 23: fc4 is used more than once, with the same weights each time." in refusal(again)


@pytest.mark.parametrize("classes", ["Net", "nn.Module", "(nn.Conv2d, Net)"])
def test_a_class_derives_from_another(classes: str) -> None:
    compared(body(f"x = self.conv(x) if issubclass(Net, {classes}) else x"))


def test_whether_a_class_derives_from_a_class_of_torch_may_not_be_known() -> None:
    text = body("return self.conv(x) if issubclass(Part, nn.Module) else x").replace(
        "class Net", "class Part(nn.Conv2d):\n    pass\nclass Net"
    )
    assert "whether issubclass(Part, nn.Module) holds cannot be told" in refusal(text)


def test_a_chain_in_a_class_is_the_chain() -> None:
    text = "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.net = nn.Sequential(\n"
    text += "nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5408, 10))\n"
    text += "  def forward(self, x):\n    return self.net(x)\n"
    network = paste(text, MNIST).network
    assert network == chain(*((name, network[name]) for name in network.order))
    assert isinstance(network[network.order[-1]], Output)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("model.forward = lambda x: x", "Net has no layers between its input and its output"),
        ("model.conv.weight = model.fc.weight", "Line 15: model.conv.weight changes the layers"),
        ("model.conv.register_forward_hook(print)", "Line 15: model.conv.register_forward_hook changes the layers"),
        ("nn.Conv2d = Mine", "has no counterpart"),
        ("model.seq._modules.pop('0')", "Line 15: model.seq._modules.pop('0') changes the layers"),
        ("model.seq.pop(0)", "Line 15: model.seq.pop changes the layers"),
        ("if deep:\n    model.conv = nn.Conv2d(1, 3, 3)", "Line 16: whether and how often model.conv runs"),
        ("if deep:\n    model.seq[0] = nn.Tanh()", "Line 16: whether and how often model.seq[0] runs"),
        ("model = model * 2", "Line 15: model * 2 changes the layers"),
        ("model.seq[0] = Strange()", "Strange() cannot be told"),
    ],
)
def test_what_changes_the_network_afterwards_is_named(change: str, sentence: str) -> None:
    init = "self.conv = nn.Conv2d(1, 2, 3, padding=1)\nself.seq = nn.Sequential(nn.ReLU())"
    source = body("x = self.seq(self.conv(x))", init).replace("model(torch", "#")
    if change.startswith("nn."):
        source = source.replace("class Net", f"{change}\nclass Net")
        assert "nn.Conv2d" in refusal(source)
    else:
        assert sentence in refusal(f"{source}{change}\n")


@pytest.mark.parametrize(
    "change",
    [
        "model.conv = nn.Conv2d(1, 3, 3)",
        "model.conv.stride = (2, 2)",
        "model.seq[0] = nn.Tanh()",
        "model.seq.append(nn.Conv2d(2, 2, 1))",
        "model.seq.add_module('more', nn.Sigmoid())",
        "model.seq = nn.Sequential(*list(model.seq.children())[:-1], nn.SiLU())",
        "setattr(model, 'conv', nn.Sequential(model.conv, nn.BatchNorm2d(2)))",
        "for name, part in model.named_children():\n    if name == 'seq':\n        part[0] = nn.ELU()",
        "Net.forward = lambda self, x: self.fc(torch.flatten(self.conv(x), 1))",
        "import copy\nmodel = copy.deepcopy(model)\nmodel.conv = nn.Identity()",
        "for p in model.parameters():\n    p.requires_grad = False",
    ],
)
def test_what_changes_the_network_afterwards_is_followed(change: str) -> None:
    init = "self.conv = nn.Conv2d(1, 2, 3, padding=1)\nself.seq = nn.Sequential(nn.ReLU())"
    source = body("x = self.seq(self.conv(x))", init).replace("model(torch", f"{change}\nmodel(torch")
    compared(source)


def test_a_shallow_copy_shares_what_it_contains() -> None:
    sizes = "import copy\nsizes = [[2], 8]\nmore = copy.copy(sizes)\nmore[0].append(3)\nmore[1] = 9"
    compared(body("x = self.seq(x)", f"{sizes}\nself.seq = nn.Conv2d(1, sizes[0][-1], sizes[1])"))


def test_a_partial_method_gets_its_object_first() -> None:
    source = body("x = self.seq(x)", "self.seq = nn.Sequential(self.two(1), Net.two(self, 2))")
    methods = "    def make(self, channels, size=1):\n        return nn.Conv2d(channels, size, 1)\n"
    methods += "    two = functools.partialmethod(make, 1)\n"
    compared(source.replace("class Net(nn.Module):\n", f"import functools\nclass Net(nn.Module):\n{methods}"))


def test_a_sequential_with_a_class_in_it() -> None:
    source = body("x = self.conv(x)").replace(
        "model(torch", "model = nn.Sequential(nn.Conv2d(1, 1, 1), model)\nmodel(torch"
    )
    network = paste(source, MNIST).network
    assert [network[name].kind for name in network.order] == ["Input", "Conv2d", "Conv2d", "Flatten", "Dense", "Output"]


@pytest.mark.parametrize(
    "size",
    [
        "int(out.view(1, -1).size(1))",
        "out.numel()",
        "out.shape[1] * out.shape[2] * out.shape[3]",
        "out.flatten(1).shape[-1]",
    ],
)
def test_sizes_that_a_constructor_tries_out(size: str) -> None:
    init = "self.conv = nn.Conv2d(1, 4, 3)\nself.fc1 = nn.Linear(self.count(1, 8, 8), 6)"
    helper = (
        "    def count(self, *shape):\n        with torch.no_grad():\n"
        "            out = F.max_pool2d(self.conv(torch.zeros(1, *shape)), 2)\n"
        f"        return {size}\n"
    )
    text = body("x = F.max_pool2d(self.conv(x), 2)\nx = self.fc1(x.flatten(1))", init)
    text = text.replace("    def forward", f"{helper}    def forward")
    assert compared(text).network["fc1"] == Dense(6)


def test_the_size_of_the_images_of_a_dataset() -> None:
    text = body("x = self.conv(x)").replace("model(torch", "data = torchvision.datasets.CIFAR10('data')\n#")
    text = text.replace("nn.Conv2d(1, 2", "nn.Conv2d(3, 2")
    pasted = paste(text, MNIST)
    assert pasted.network["input"] == Input((3, 32, 32), (0.0,), (1.0,)) and not pasted.notes


def test_a_lightning_module() -> None:
    text = body("x = self.conv(x)").replace("nn.Module", "pl.LightningModule")
    assert paste(f"import pytorch_lightning as pl\n{text}", MNIST).framework == "pytorch"
