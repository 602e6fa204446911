"""The state dict of the PyTorch source that the program writes comes back into the network, for every kind of layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from export_kit import assert_close, checked, executed, kinds, made, one_of, trained

from cnnviz.code.write.pytorch import pytorch_source
from cnnviz.imports.weights.filling import filled
from cnnviz.imports.weights.matching import match
from cnnviz.imports.weights.opening import open_weights
from cnnviz.imports.weights.plan import Found
from cnnviz.network.graph import rename
from cnnviz.project.project import Project
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", kinds())
def test_the_weights_of_our_own_source_come_back_by_name(tmp_path: Path, kind: str) -> None:
    # names that Python does not have are written in another form
    network = rename(rename(one_of(made(kind)), "one", "the-one"), "head", "class")
    report = checked(network)
    theirs = trained(executed(pytorch_source(network, report)))
    torch.save(theirs.state_dict(), tmp_path / "weights.pth")
    file = open_weights(tmp_path / "weights.pth")
    plan = match(file.tensors, network)
    assert {pair.found for pair in plan.pairs} == {Found.NAME}
    assert not plan.left_over
    assert not plan.unfilled
    tensors, _ = filled(Project(network), file, plan)
    images = torch.rand(3, *report.nodes["input"].output or (), generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        assert_close(build_with(network, report, tensors)(images)[0], theirs(images))
