"""torchvision's own files, with the call that makes the network: the same weights and outputs, or one sentence."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from export_kit import assert_close
from paste_kit import refusal

from cnnviz.cli.torchvision_import import import_torchvision
from cnnviz.code.read.paste import paste
from cnnviz.network.check import check
from cnnviz.network.report import Facts
from cnnviz.network.shapes import infer
from cnnviz.training.model import build

pytestmark = pytest.mark.usefixtures("one_torch_thread")
IMAGE = (3, 224, 224)


def source(file: str, call: str) -> str:
    found = find_spec("torchvision")
    assert found is not None and found.origin is not None
    text = (Path(found.origin).parent / "models" / f"{file}.py").read_text(encoding="utf-8")
    return f"{text}\nmodel = {call}\n"


def made(call: str) -> Any:
    """torchvision's network, without values."""
    import_torchvision()
    from torchvision import models

    # RegNet computes its widths with tensors
    with torch.device("cpu" if call.startswith("regnet") else "meta"):
        return eval(call, vars(models).copy())


def filled(network: Any) -> Any:
    """The network with small random weights; torchvision's own initialization would take long."""
    network = network.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(7)
    for key, tensor in network.state_dict().items():
        if tensor.ndim > 1:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        elif tensor.ndim == 1:
            tensor.uniform_(0.5 if "running_var" in key else -0.5, 1.5, generator=generator)
        else:
            tensor.fill_(3)
    return network


def values(network: Any) -> dict[str, torch.Tensor]:
    return {key.replace(".", "_"): value for key, value in network.state_dict().items()}


def as_convolution(key: str) -> bool:
    """Whether a weight is that of a Linear of ConvNeXt on maps with their channels last."""
    return key.endswith(("block_3_weight", "block_5_weight"))


@pytest.mark.parametrize(
    ("file", "call"),
    [
        ("alexnet", "alexnet()"),
        ("vgg", "vgg11_bn()"),
        ("squeezenet", "squeezenet1_1()"),
        ("mobilenetv2", "mobilenet_v2()"),
        ("mobilenetv3", "mobilenet_v3_small()"),
        ("shufflenetv2", "shufflenet_v2_x0_5()"),
        ("mnasnet", "mnasnet0_5()"),
        ("resnet", "resnet18()"),
        ("resnet", "resnet50(num_classes=10)"),
        ("densenet", "densenet121()"),
        ("googlenet", "googlenet(aux_logits=False, init_weights=False)"),
        ("efficientnet", "efficientnet_b0()"),
        ("regnet", "regnet_y_400mf()"),
        ("convnext", "convnext_tiny()"),
    ],
)
def test_the_same_weights_and_outputs(file: str, call: str) -> None:
    network = paste(source(file, call), IMAGE).network
    shapes = infer(network)
    original = made(call)
    wanted = values(original)
    found = {
        f"{name}.{key}": tuple(shape)
        for name, node in shapes.nodes.items()
        for key, shape in {**node.parameters, **node.buffers}.items()
    }
    # a parameter of a class has no name of its own beside that of its layer
    names = {key: key.removesuffix(".weight" if "layer_scale" in key else "").replace(".", "_") for key in found}
    assert {names[key]: shape for key, shape in found.items()} == {
        key: (*value.shape, 1, 1)
        if as_convolution(key)
        else tuple(value[:, 0, 0].shape if "_scale" in key else value.shape)
        for key, value in wanted.items()
    }
    if sum(value.numel() for value in wanted.values()) > 30_000_000:
        return
    wanted = values(filled(original))
    compiled = build(network, check(network, Facts(IMAGE, 1000))).eval()
    state = compiled.state_dict()
    compiled.load_state_dict({key: wanted[names[key]].reshape(value.shape) for key, value in state.items()})
    images = torch.rand(1, *IMAGE)
    with torch.no_grad():
        assert_close(compiled(images)[0], original(images))


@pytest.mark.parametrize(
    ("file", "call", "sentence"),
    [
        ("googlenet", "googlenet(init_weights=False)", "something else in training than in evaluation"),
        ("vision_transformer", "vit_b_16()", "self.class_token.expand(n, -1, -1) has no counterpart"),
    ],
)
def test_the_construct_that_stands_in_the_way(file: str, call: str, sentence: str) -> None:
    said = refusal(source(file, call))
    assert sentence in said and "\n" not in said
