"""The generated PyTorch source, executed, computes what the program computes with the same weights."""

from __future__ import annotations

import ast
import keyword
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch
from export_kit import IMAGE, assert_close, checked, executed, kinds, made, one_of, renamed, trained, two_of
from fitting_layers import layers
from hypothesis import example, given
from hypothesis import strategies as st
from networks import CLASSES, gated, valid_networks
from torch import nn

from cnnviz.code.write.pytorch import pytorch_source
from cnnviz.code.write.pytorch_layers import RESERVED
from cnnviz.code.write.source import SourceError, identifiers
from cnnviz.network.check import check
from cnnviz.network.graph import Network, chain, connect, remove, rename
from cnnviz.network.layers import KINDS, Add, Dense, Dropout, Flatten, Output, ReLU
from cnnviz.network.report import Facts
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_torch_thread")


def assert_same(network: Network, batch: int = 2) -> None:
    report = checked(network)
    source = pytorch_source(network, report)
    compiled = trained(build(network, report, 3))
    state = compiled.state_dict()
    generated = executed(source).eval()
    generated.load_state_dict(renamed(state, source.names))
    images = torch.rand(batch, *report.nodes[report.used[0]].output or ())
    with torch.no_grad():
        expected = compiled(images)[0]
        assert_close(generated(images), expected)


@pytest.mark.parametrize("kind", kinds())
def test_every_kind(kind: str) -> None:
    assert_same(one_of(KINDS[kind]()))


@pytest.mark.parametrize("first", kinds())
def test_gradients_through_every_two_kinds(first: str) -> None:
    for second in kinds():
        network = two_of(KINDS[first](), KINDS[second]())
        if network is not None:
            generated = executed(pytorch_source(network, checked(network))).double()
            predicted, measured = _slopes(generated)
            assert predicted == pytest.approx(measured, rel=1e-4, abs=1e-5), second


def _slopes(module: nn.Module) -> tuple[float, float]:
    """How a sum of the outputs grows along a random direction of images and parameters: by autograd, by difference."""
    for part in module.modules():
        part.train(type(part).__name__ not in ("Dropout", "Dropout2d", "StochasticDepth"))
    generator = torch.Generator().manual_seed(7)

    def drawn(*size: int) -> torch.Tensor:
        return torch.randn(size, generator=generator, dtype=torch.float64)

    changed = [drawn(3, *IMAGE).requires_grad_(), *module.parameters()]
    with torch.no_grad():
        for one in changed[1:]:
            one.copy_(drawn(*one.shape) / one[0].numel() ** 0.5)
    directions = [drawn(*one.shape) for one in changed]
    weights = drawn(3, CLASSES)
    gradients = torch.autograd.grad((module(changed[0]) * weights).sum(), changed)
    predicted = sum(float((way * slope).sum()) for way, slope in zip(directions, gradients, strict=True))
    sums = []
    with torch.no_grad():
        for step in (1e-7, -2e-7):
            for one, way in zip(changed, directions, strict=True):
                one += step * way
            sums.append(float((module(changed[0]) * weights).sum()))
    return predicted, (sums[0] - sums[1]) / 2e-7


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template(name: str) -> None:
    assert_same(TEMPLATES[name].project().network)


@example(gated())
@given(valid_networks())
def test_random_networks(network: Network) -> None:
    assert_same(network)


@given(valid_networks(), st.data())
def test_any_names(network: Network, data: st.DataObject) -> None:
    odd = ["x", "self", "torch", "train", "forward", "__a", "_b", "a-b", "a_b", "import", "class-", "None", "type"]
    for name in list(network.nodes):
        if (new := data.draw(st.sampled_from([name, *odd]))) not in network.nodes:
            network = rename(network, name, new)
    assert_same(network)


@given(valid_networks())
def test_every_node_has_its_lines_and_every_line_its_node(network: Network) -> None:
    report = checked(network)
    source = pytorch_source(network, report)
    lines = source.text.split("\n")
    assert lines[-1] == "" and len(lines) - 1 == len(source.nodes)
    assert source.lines.keys() == set(report.used)
    for node in report.used[1:-1]:
        assert any(source.names[node] in lines[number] or "x = " in lines[number] for number in source.lines[node])
        assert any(str(report.nodes[node].output) in lines[number] for number in source.lines[node])


def test_the_source_stands_alone(tmp_path: Path) -> None:
    network = TEMPLATES["fast"].project().network
    source = pytorch_source(network, checked(network))
    file = tmp_path / "network.py"
    file.write_text(source.text, encoding="utf-8")
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(source.text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported == {"torch", "collections"}
    command = [sys.executable, "-I", "-W", "error", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.stderr) == ("torch.Size([2, 10])\n", "")
    lint = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--line-length=120",
        "--select=E,F,I,W,B,UP",
        str(file),
    ]
    done = subprocess.run(lint, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""


def test_the_source_reads_like_this() -> None:
    network = chain(
        ("input", made("Input", (1, 8, 8), 0, 1)),
        ("conv1", made("Conv2d", 4, (3, 5), (1, 2), (1, 2), bias=False)),
        ("relu1", ReLU()),
        ("conv2", made("Conv2d", 4, 3, padding="same")),
        ("add", Add()),
        ("drop-out", Dropout(0.25)),
        ("flatten", Flatten()),
        ("fc", Dense(10)),
        ("output", Output()),
    )
    network = connect(network, "relu1", "add")
    text = pytorch_source(network, checked(network)).text
    body = text[text.index("class Network") : text.index("if __name__")]
    assert (
        body
        == """class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=(3, 5), stride=(1, 2), padding=(1, 2), bias=False)
        self.relu1 = nn.ReLU()

        self.conv2 = nn.Conv2d(4, 4, kernel_size=3, padding="same")
        self.drop_out = nn.Dropout(0.25)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)  # (4, 8, 4)
        relu1 = self.relu1(x)  # (4, 8, 4)

        x = self.conv2(relu1)  # (4, 8, 4)
        x = x + relu1  # (4, 8, 4)
        x = self.drop_out(x)  # (4, 8, 4)
        x = self.flatten(x)  # (128,)
        x = self.fc(x)  # (10,)
        return x  # logits: nn.CrossEntropyLoss contains the softmax


network = Network()


"""
    )
    assert "drop_out is “drop-out”" in text


def test_images_that_are_read_twice_and_not_normalized() -> None:
    network = chain(
        ("x", made("Input", (4, 6, 6), 0, 1)), ("conv", made("Conv2d", 4, 3, padding=1)), ("add", Add()),
        ("flatten", Flatten()), ("fc", Dense(CLASSES)), ("output", Output()),
    )  # fmt: skip
    assert_same(connect(network, "x", "add"))


def test_a_network_with_errors_has_no_code() -> None:
    network = remove(TEMPLATES["fast"].project().network, ["conv1"])
    with pytest.raises(SourceError, match="no code for a network with errors: BatchNorm2d “norm1” has nothing to work"):
        pytorch_source(network, check(network, Facts((1, 28, 28), 10)))


def test_errors_of_the_data_alone_do_not_matter() -> None:
    network = TEMPLATES["fast"].project().network
    report = check(network, Facts((3, 32, 32), 100, memory=1))
    assert {problem.code for problem in report.errors} >= {"input_shape", "output_classes"}
    assert pytorch_source(network, report).text == pytorch_source(network, checked(network)).text


def test_names_that_mean_something_to_torch_are_all_reserved() -> None:
    meant = {name for name in dir(nn.Sequential()) if not name.startswith("_")}
    assert meant - RESERVED == set()


@given(st.lists(st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_-]{0,6}\Z"), unique=True, max_size=12))
def test_names_are_unique_python_names(ids: list[str]) -> None:
    names = identifiers(ids, RESERVED)
    assert list(names) == ids
    assert len(set(names.values())) == len(ids)
    for node, name in names.items():
        assert name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED
        assert not name.startswith("_")
        if node.isidentifier() and not node.startswith("_") and not keyword.iskeyword(node) and node not in RESERVED:
            assert name == node


@given(st.sampled_from(kinds()).flatmap(layers))
def test_parameters_of_any_value(layer: object) -> None:
    """Whatever values a layer has, Python reads back those that were written."""
    from cnnviz.network.layers import Layer

    assert isinstance(layer, Layer)
    network = one_of(layer)
    report = check(network, Facts(network["input"].infer(()).output, CLASSES))
    if not report.errors:
        assert_same(network)
