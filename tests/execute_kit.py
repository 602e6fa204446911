"""PyTorch sources that torch executes, to compare with what is read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from export_kit import assert_close, trained
from networks import CLASSES
from paste_kit import MNIST
from torch import nn

from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.layers import Input
from cnnviz.network.report import Facts
from cnnviz.training.model import build

if TYPE_CHECKING:
    from cnnviz.code.read.pasted import Pasted

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
FLAT = "x = torch.flatten(x, 1)\nreturn self.fc(x)"


def executed(text: str, name: str = "model") -> nn.Module:
    """What torch makes of a source."""
    space: dict[str, Any] = {"__name__": "source"}
    exec(compile(text, "source.py", "exec"), space)
    made: nn.Module = space[name]
    return made


def compared(text: str, name: str = "model") -> Pasted:
    """What is read of a source; its outputs are those of the executed source with the same weights."""
    pasted = paste(text, MNIST)
    network = pasted.network
    image = network[network.of_kind(Input)[0]].infer(()).output
    report = check(network, Facts(image, CLASSES))
    original = trained(executed(text, name)).eval()
    assert report.parameters == sum(one.numel() for one in original.parameters())
    compiled = build(network, report).eval()
    wanted = {key.replace(".", "_"): value for key, value in original.state_dict().items()}
    found = {key.replace(".", "_"): key for key in compiled.state_dict()}
    assert {key: found_shape(compiled, found[key]) for key in found} == {k: tuple(v.shape) for k, v in wanted.items()}
    compiled.load_state_dict({found[key]: value for key, value in wanted.items()})
    images = torch.rand(2, *image)
    with torch.no_grad():
        assert_close(compiled(images)[0], original(images))
    return pasted


def found_shape(module: nn.Module, key: str) -> tuple[int, ...]:
    return tuple(module.state_dict()[key].shape)


def body(forward: str, init: str = "self.conv = nn.Conv2d(1, 2, 3, padding=1)") -> str:
    """A small network with this ``forward``, which ends with a Dense."""
    lines = "".join(f"        {line}\n" for line in init.split("\n"))
    steps = "".join(f"        {line}\n" for line in forward.split("\n"))
    return (
        f"{HEAD}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n{lines}"
        f"        self.fc = nn.LazyLinear(10)\n    def forward(self, x):\n{steps}"
        "        return self.fc(torch.flatten(x, 1))\n"
        "model = Net()\nmodel(torch.zeros(2, 1, 8, 8))\n"
    )


def net(init: str, forward: str, more: str = "") -> str:
    """A network with these lines in its constructor and in ``forward``, after ``more`` lines of the module."""
    init, forward = (text.replace("\n", "\n        ") for text in (init, forward))
    return (
        f"{HEAD}{more}\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {init}\n"
        f"    def forward(self, x):\n        {forward}\nmodel = Net()\n"
    )


def notes_of(pasted: Pasted) -> list[str]:
    """What is said beside a network that was read."""
    return [note.sentence() for note in pasted.notes]
