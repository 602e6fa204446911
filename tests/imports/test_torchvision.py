"""State dicts of torchvision are taken over into the templates of its networks by name, and compute the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from cnnviz.cli.torchvision_import import import_torchvision
from cnnviz.imports.weights.choosing import fitting_template
from cnnviz.imports.weights.filling import filled
from cnnviz.imports.weights.matching import match
from cnnviz.imports.weights.opening import open_weights
from cnnviz.imports.weights.plan import Found
from cnnviz.imports.weights.torchvision_names import TEMPLATES as NAMES
from cnnviz.imports.weights.torchvision_names import template_of
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _made(name: str) -> Any:
    """A network of torchvision with random weights and statistics; its own initialization would take long."""
    import_torchvision()
    from torchvision import models

    options: dict[str, Any] = {"init_weights": False, "aux_logits": True} if name == "googlenet" else {}
    with torch.device("meta"):
        network = getattr(models, name)(weights=None, **options)
    network = network.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(7)
    for key, tensor in network.state_dict().items():
        if tensor.ndim == 1:
            tensor.uniform_(0.5 if "running_var" in key else -0.5, 1.5, generator=generator)
        elif tensor.ndim > 1:
            # the scale that keeps values from growing or vanishing on the way
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        else:
            tensor.fill_(3)
    return network


@pytest.mark.parametrize("name", NAMES)
def test_the_state_dict_of_torchvision_gives_torchvisions_outputs(tmp_path: Path, name: str) -> None:
    theirs = _made(name)
    torch.save(theirs.state_dict(), tmp_path / "weights.pth")
    project = TEMPLATES[template_of(name)].project()
    file = open_weights(tmp_path / "weights.pth")
    plan = match(file.tensors, project.network)
    assert {pair.found for pair in plan.pairs} == {Found.NAME}
    assert not plan.unfilled
    assert all(left.stored.name.startswith("aux") for left in plan.left_over)
    tensors, notes = filled(project, file, plan)
    assert not notes
    ours = build_with(project.network, infer(project.network), tensors)
    images = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    with torch.inference_mode():
        expected: Tensor = theirs((images - mean) / deviation)
        logits, _ = ours(images)
    scale = expected.abs().max()
    assert scale > 1e-3
    torch.testing.assert_close(logits / scale, expected / scale, rtol=0, atol=1e-5)


def test_the_template_is_found_by_its_weights(tmp_path: Path) -> None:
    torch.save(
        {"state_dict": {f"module.{k}": v for k, v in _made("resnet18").state_dict().items()}}, tmp_path / "w.pth"
    )
    assert fitting_template(open_weights(tmp_path / "w.pth")) == "resnet-18"
    torch.save({"a.weight": torch.zeros(3, 3)}, tmp_path / "w.pth")
    assert fitting_template(open_weights(tmp_path / "w.pth")) == ""
