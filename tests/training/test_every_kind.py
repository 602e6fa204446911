"""What holds for each layer kind: it is told right, learns in both precisions, survives files and goes on exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from fitting_layers import FLAT
from oracle import BATCH, module_of, run
from training_kit import advance, assert_same, data, state_of, tensors

from cnnviz.network.check import check
from cnnviz.network.graph import Edge, Network, chain, connect, insert
from cnnviz.network.layers import KINDS, Conv2d, Dense, Flatten, Input, Layer, MaxPool2d, Output, Reshape
from cnnviz.network.report import Facts
from cnnviz.network.rewrite import as_drawn, pool_first
from cnnviz.project.file import from_json, to_json
from cnnviz.project.project import Project
from cnnviz.project.recipe import Recipe
from cnnviz.training.checkpoint import load, save
from cnnviz.training.model import build
from cnnviz.training.modules import BUILDERS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_torch_thread")

INNER = sorted(KINDS.keys() - {"Input", "Output"})
MNIST = Facts((1, 28, 28), 10)
MAPS = (4, 4, 4)
"""What comes into the layer that is looked at."""


def default(kind: str) -> Layer:
    """The layer as it is added; Reshape has the shape of its maps to be told."""
    return Reshape((2, 8, 4)) if kind == "Reshape" else KINDS[kind]()


def around(layer: Layer) -> Network:
    """A network in which ``one`` is the layer, on maps of 4×4×4, or the same as a vector where it wants one."""
    first: list[tuple[str, Layer]] = [("input", Input()), ("conv", Conv2d(MAPS[0], (7, 7), stride=(7, 7)))]
    if layer.kind in FLAT:
        first.append(("vector", Flatten()))
    last: list[tuple[str, Layer]] = [("flatten", Flatten()), ("head", Dense(10)), ("output", Output())]
    network = chain(*first, ("one", layer), *last)
    return connect(network, "conv", "one") if layer.most_inputs is None else network


def project(kind: str) -> Project:
    recipe = Recipe(batch_size=16, precision="float32", optimizer="adam", learning_rate=0.01)
    return Project(around(default(kind)), recipe=recipe)


def test_every_kind_can_be_built() -> None:
    assert BUILDERS.keys() == set(KINDS.values())


@pytest.mark.parametrize("kind", INNER)
def test_shapes_parameters_and_precision_are_torchs(kind: str) -> None:
    layer = default(kind)
    report = check(around(layer), MNIST)
    assert report.trainable
    told = report.nodes["one"]
    shapes = tuple(shape or () for shape in told.inputs)
    module = module_of(layer, shapes)
    result = run(layer, module, [torch.rand(BATCH, *shape) for shape in shapes])
    assert (result.dtype, tuple(result.shape[1:])) == (torch.float32, told.output)
    parameters = {} if module is None else dict(module.named_parameters())
    assert told.parameters == {name: tuple(one.shape) for name, one in parameters.items()}
    assert told.parameter_count == sum(one.numel() for one in parameters.values())
    own = build(around(layer), report)._modules["one"]
    assert own is not None
    assert {name: (one.shape, one.dtype) for name, one in own.named_parameters()} == {
        name: (one.shape, one.dtype) for name, one in parameters.items()
    }


@pytest.mark.parametrize("bfloat16", [False, True], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("kind", INNER)
def test_a_step_changes_every_parameter(kind: str, bfloat16: bool) -> None:
    network = around(default(kind))
    module = build(network, check(network, MNIST))
    before = {name: one.detach().clone() for name, one in module.named_parameters()}
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    images = torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        logits = module.logits(images.to(memory_format=torch.channels_last))
    torch.autograd.backward(torch.nn.functional.cross_entropy(logits.float(), torch.arange(8)))
    optimizer.step()
    for name, one in module.named_parameters():
        assert one.grad is not None and one.dtype == torch.float32
        assert torch.isfinite(one).all()
        if name.startswith("one."):
            assert not torch.equal(one, before[name]), name


@pytest.mark.parametrize("kind", INNER)
def test_a_kind_survives_a_file(kind: str) -> None:
    one = project(kind)
    assert from_json(to_json(one)).network == one.network


@pytest.mark.parametrize("kind", INNER)
def test_training_goes_on_from_a_checkpoint_with_the_same_bits(kind: str, tmp_path: Path) -> None:
    one = project(kind)
    state = state_of(one)
    advance(state, data(), 3)
    save(state, one, tmp_path / "run")
    advance(state, data(), 3)
    _, again = load(tmp_path / "run")
    advance(again, data(), 3)
    assert_same(tensors(state), tensors(again))


@pytest.mark.parametrize("kind", [kind for kind in INNER if KINDS[kind].family == "activation"])
def test_only_relu_changes_places_with_pooling(kind: str) -> None:
    network = around(default(kind))
    network = insert(network, Edge("one", "flatten"), "pool", MaxPool2d())
    used = check(network, MNIST).used
    assert (pool_first(network, used) != as_drawn(network, used)) == (kind == "ReLU")
