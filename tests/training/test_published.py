"""The templates at published size are torchvision's architectures: parameters, outputs and cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.cli.torchvision_import import import_torchvision
from cnnviz.network.check import check
from cnnviz.network.layers import Conv2d, Dense, Input
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.facts import facts_of_data
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report

PARAMETERS = {
    "alexnet": 61_100_840,
    "vgg-16": 138_357_544,
    "googlenet": 6_624_904,
    "resnet-18": 11_689_512,
    "resnet-50": 25_557_032,
    "densenet-121": 7_978_856,
    "squeezenet": 1_235_496,
    "mobilenet-v2": 3_504_872,
    "shufflenet-v2": 2_278_604,
    "convnext": 28_589_128,
}


def _numbered(places: dict[int, str]) -> Callable[[str], str]:
    """For networks that torchvision keeps in lists: position -> id."""

    def name(path: str) -> str:
        part, number = path.split(".")
        return places[int(number) + (100 if part == "classifier" else 0)]

    return name


def _inception(path: str) -> str:
    if path == "fc":
        return path
    part = {"conv": "conv", "bn": "norm"}[path.rpartition(".")[2]]
    if stem := re.match(r"conv(\d)\.", path):
        return f"stem{stem[1]}_{part}"
    found = re.match(r"inception(\d[a-e])\.branch(\d)\.(?:(\d)\.)?", path)
    assert found is not None
    step = {"2": "ab", "3": "ab", "1": "", "4": ""}[found[2]][int(found[3] or 0) :][:1] if found[2] in "23" else ""
    return f"in{found[1]}_{found[2]}{step}_{part}"


def _residual(path: str) -> str:
    path = path.replace("downsample.0", "down_conv").replace("downsample.1", "down_norm")
    return re.sub(r"\bbn", "norm", path).replace(".", "_")


def _dense(path: str) -> str:
    if path == "classifier":
        return "fc"
    found = re.match(r"features\.denseblock(\d)\.denselayer(\d+)\.(\w+)", path)
    if found is not None:
        return f"block{found[1]}_{found[2]}_{found[3]}"
    return re.sub(r"transition(\d)\.", r"trans\1_", path.removeprefix("features."))


def _fire(path: str) -> str:
    if not (found := re.match(r"features\.(\d+)\.(squeeze|expand\dx\d)$", path)):
        return {"features.0": "conv1", "classifier.1": "conv10"}[path]
    number = {3: 2, 4: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8, 12: 9}[int(found[1])]
    return f"fire{number}_{found[2].removesuffix('x1').removesuffix('x3')}"


def _inverted(path: str) -> str:
    if path == "classifier.1":
        return "fc"
    kinds = ("conv", "norm")
    if end := re.match(r"features\.(0|18)\.([01])$", path):
        return f"{'stem' if end[1] == '0' else 'last'}_{kinds[int(end[2])]}"
    found = re.match(r"features\.(\d+)\.conv\.(\d)(?:\.([01]))?$", path)
    assert found is not None
    units = ("depth", "project", "project") if found[1] == "1" else ("expand", "depth", "project", "project")
    unit = units[int(found[2])]
    kind = kinds[int(found[3])] if found[3] else kinds[int(found[2]) - units.index("project")]
    return f"block{found[1]}_{unit}_{kind}"


def _shuffled(path: str) -> str:
    if path == "fc":
        return path
    kinds = ("conv", "norm")
    if end := re.match(r"conv([15])\.([01])$", path):
        return f"{'stem' if end[1] == '1' else 'last'}_{kinds[int(end[2])]}"
    found = re.match(r"stage(\d)\.(\d)\.branch([12])\.(\d)$", path)
    assert found is not None
    left = {"0": "left1_conv", "1": "left1_norm", "2": "left2_conv", "3": "left2_norm"}
    right = {
        "0": "right1_conv", "1": "right1_norm", "3": "right2_conv", "4": "right2_norm",
        "5": "right3_conv", "6": "right3_norm",
    }  # fmt: skip
    return f"stage{found[1]}_{found[2]}_{(left if found[3] == '1' else right)[found[4]]}"


def _next(path: str) -> str:
    ends = {"features.0.0": "stem_conv", "features.0.1": "stem_norm", "classifier.0": "norm", "classifier.2": "fc"}
    if path in ends:
        return ends[path]
    if down := re.match(r"features\.([246])\.([01])$", path):
        return f"down{int(down[1]) // 2}_{('norm', 'conv')[int(down[2])]}"
    found = re.match(r"features\.([1357])\.(\d)(?:\.block\.([0235]))?$", path)
    assert found is not None
    part = {"0": "depth", "2": "norm", "3": "expand", "5": "project", None: "scale"}[found[3]]
    return f"stage{(int(found[1]) + 1) // 2}_{found[2]}_{part}"


ALEXNET = {0: "conv1", 3: "conv2", 6: "conv3", 8: "conv4", 10: "conv5", 101: "fc6", 104: "fc7", 106: "fc8"}
_VGG_CONVOLUTIONS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
_VGG_NAMES = [
    f"conv{stage}_{number}" for stage, count in enumerate((2, 2, 3, 3, 3), 1) for number in range(1, count + 1)
]
VGG = {**dict(zip(_VGG_CONVOLUTIONS, _VGG_NAMES, strict=True)), 100: "fc6", 103: "fc7", 106: "fc8"}

NAMES: dict[str, Callable[[str], str]] = {
    "alexnet": _numbered(ALEXNET),
    "vgg-16": _numbered(VGG),
    "googlenet": _inception,
    "resnet-18": _residual,
    "resnet-50": _residual,
    "densenet-121": _dense,
    "squeezenet": _fire,
    "mobilenet-v2": _inverted,
    "shufflenet-v2": _shuffled,
    "convnext": _next,
}
"""Path of a torchvision module -> id of our node."""


OTHER_NAMES = {
    "squeezenet": "squeezenet1_1",
    "mobilenet-v2": "mobilenet_v2",
    "shufflenet-v2": "shufflenet_v2_x1_0",
    "convnext": "convnext_tiny",
}
"""The names in torchvision of networks whose template is called differently."""


def _checked(name: str) -> tuple[Network, Report]:
    project = TEMPLATES[name].project()
    return project.network, check(project.network, facts_of_data(project))


def _torchvision(name: str) -> nn.Module:
    import_torchvision()
    from torchvision import models

    options = {"aux_logits": False, "transform_input": False, "init_weights": False} if name == "googlenet" else {}
    made: nn.Module = getattr(models, OTHER_NAMES.get(name, name.replace("-", "")))(weights=None, **options)
    return made.eval()


@torch.no_grad()
def _random_statistics(model: nn.Module) -> None:
    """Running means and variances of no particular value, as a trained network has them."""
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.weight.uniform_(0.5, 1.5, generator=generator)
            module.bias.normal_(0, 0.1, generator=generator)


@pytest.mark.parametrize("name", PARAMETERS)
def test_it_has_the_published_parameters_and_no_error(name: str) -> None:
    _, report = _checked(name)
    assert [problem.sentence() for problem in report.errors] == []
    assert report.parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", PARAMETERS)
def test_its_outputs_are_those_of_torchvision_with_the_same_weights(name: str) -> None:
    network, report = _checked(name)
    torch.manual_seed(0)
    model = _torchvision(name)
    _random_statistics(model)
    tensors: dict[str, Tensor] = {}
    for path, tensor in model.state_dict().items():
        module, _, parameter = path.rpartition(".")
        node = NAMES[name](module)
        # in ConvNeXt the linear layers of each position are convolutions of 1 x 1 here, and factors have no module
        own = "weight" if parameter == "layer_scale" else parameter
        tensors[f"{node}.{own}"] = tensor.reshape(report.nodes[node].parameters.get(own, tuple(tensor.shape)))
    compiled = build_with(network, report, tensors)
    images = torch.rand(2, 3, 224, 224)
    start = network[network.of_kind(Input)[0]]
    assert isinstance(start, Input)
    mean, std = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (start.mean, start.std))
    with torch.inference_mode():
        expected = model((images - mean) / std)
        logits, _ = compiled(images)
    assert logits.shape == (2, 1000)
    difference = (logits - expected).abs().max().item()
    assert difference < 1e-5 * expected.abs().max().item()
    assert expected.std(dim=1).min() > 0.01 * expected.abs().max(), "outputs that differ from class to class"


@pytest.mark.parametrize("name", PARAMETERS)
def test_its_macs_are_half_the_operations_that_torch_counts(name: str) -> None:
    network, report = _checked(name)
    with torch.device("meta"):
        model = _torchvision(name)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(torch.empty(1, 3, 224, 224))
    counts = counter.get_flop_counts()
    root = type(model).__name__
    counted = {
        NAMES[name](path): sum(counts[f"{root}.{path}"].values())
        for path, module in model.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    }
    weighted = [*network.of_kind(Conv2d), *network.of_kind(Dense)]
    assert {one: 2 * report.nodes[one].macs for one in weighted} == counted
    assert sum(counted.values()) == counter.get_total_flops()
