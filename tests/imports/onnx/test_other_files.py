"""Files of other programs are read operator by operator."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
import torch
from export_kit import assert_close, one_of
from hypothesis import given
from networks import valid_networks
from onnx import TensorProto, helper, numpy_helper
from onnx_kit import LAYERS, exported, images_for, is_continuous, outputs_of, subject, subject_of_network
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.imports.onnx.reading import read
from cnnviz.imports.onnx.refusal import OnnxError
from cnnviz.network.layers import AdaptiveMaxPool2d, Input, LocalResponseNorm
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES
from cnnviz.training.model import build_with

if TYPE_CHECKING:
    from onnx import ModelProto

    from cnnviz.imports.imported import Imported
    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer


def without_metadata(model: ModelProto) -> ModelProto:
    """The model as a program leaves it that knows nothing of cnnviz."""
    bare: ModelProto = onnx.ModelProto.FromString(model.SerializeToString())
    del bare.metadata_props[:]
    for node in bare.graph.node:
        del node.metadata_props[:]
        node.name = ""
    return bare


def logits_of(found: Imported, images: np.ndarray[Any, Any]) -> Tensor:
    network = found.project.network
    module = build_with(network, infer(network), found.weights)
    with torch.inference_mode():
        logits: Tensor = module(torch.from_numpy(images))[0]
    return logits


def assert_computes_the_same(model: ModelProto) -> Imported:
    """What is read computes what onnxruntime computes from the file."""
    found = read(model.SerializeToString())
    images = images_for(found.project.network, 3)
    assert_close(logits_of(found, images), torch.from_numpy(outputs_of(model, images)[0]))
    return found


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_every_kind_is_read_without_metadata(layer: Layer) -> None:
    given = subject_of_network(one_of(layer))
    found = assert_computes_the_same(without_metadata(exported(given)))
    if not layer.kind.startswith(("Adaptive", "ConvTranspose")) and not getattr(layer, "ceil_mode", False):
        # an adaptive pooling may be an ordinary one, the others may need zeros around them
        kinds = sorted(node.layer.kind for node in found.project.network.nodes.values())
        expected = sorted(node.layer.kind for node in given.network.nodes.values())
        dropping = dict.fromkeys(("Dropout2d", "StochasticDepth"), "Dropout")
        assert kinds == sorted(dropping.get(kind, kind) for kind in expected)


@pytest.mark.parametrize("name", ["pytorch-tutorial", "attention", "googlenet-28", "resnet-18-28", "densenet-121-28"])
def test_templates_are_read_without_metadata(name: str) -> None:
    given = subject(TEMPLATES[name].project())
    found = assert_computes_the_same(without_metadata(exported(given)))
    assert len(found.project.network.nodes) == len(given.network.nodes)


@given(valid_networks().filter(is_continuous))
def test_any_network_is_read_without_metadata(network: Network) -> None:
    assert_computes_the_same(without_metadata(exported(subject_of_network(network))))


def exported_by_torch(module: nn.Module, shape: tuple[int, ...], opset: int = 17, **options: Any) -> ModelProto:
    file: Any = io.BytesIO()
    with warnings.catch_warnings():
        # the exporter of graphs that are traced is the one that needs no other package
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (torch.zeros(1, *shape),), file, dynamo=False, opset_version=opset, **options)
    return onnx.load_from_string(file.getvalue())


class Tutorial(nn.Module):
    """Functional calls, a pool used twice, view."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1, self.fc2 = nn.Linear(16 * 4 * 4, 20), nn.Linear(20, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(functional.relu(self.conv1(x)))
        x = self.pool(functional.relu(self.conv2(x)))
        x = x.view(-1, 16 * 4 * 4)
        logits: Tensor = self.fc2(functional.relu(self.fc1(x)))
        return functional.log_softmax(logits, dim=1)


class Everything(nn.Module):
    """What PyTorch writes as several operators."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.group, self.layer, self.instance = nn.GroupNorm(2, 8), nn.LayerNorm([8, 14, 14]), nn.InstanceNorm2d(8)
        self.prelu, self.exact, self.bent, self.hard = nn.PReLU(8), nn.GELU(), nn.GELU("tanh"), nn.Hardswish()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear")
        self.head = nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(self.bent(self.exact(self.group(self.conv(x)))), 2)
        x = functional.silu(self.prelu(self.layer(x))) + self.hard(x)
        x = functional.avg_pool2d(self.up(self.instance(x)), 3, ceil_mode=True)
        x = functional.softplus(functional.pad(x, (1, 0, 2, 1)))
        logits: Tensor = self.head(functional.adaptive_avg_pool2d(x, 1).flatten(1))
        return logits


class Block(nn.Module):
    """A residual block with a batch normalization."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        normal: Tensor = self.relu(x + self.relu(self.bn1(self.conv1(x))))
        return normal


class Residual(nn.Module):
    """Blocks in stages."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3)
        self.layer1 = nn.Sequential(Block(4), Block(4))
        self.fc = nn.Linear(4, 10)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.layer1(self.conv1(x)).mean((2, 3)))
        return logits


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("opset", [12, 17, 20])
@pytest.mark.parametrize("module", [Tutorial, Everything])
def test_exports_of_torch(module: type[nn.Module], opset: int, dynamic: bool) -> None:
    options = {"dynamic_axes": {"x": {0: "batch"}}, "input_names": ["x"]} if dynamic else {}
    torch.manual_seed(2)
    torch_module = module().eval()
    model = exported_by_torch(torch_module, (1, 28, 28), opset, **options)
    found = read(model.SerializeToString())
    images = images_for(found.project.network, 3)
    here = logits_of(found, images)
    with torch.inference_mode():
        there = torch_module(torch.from_numpy(images))
    assert_close(here.log_softmax(1) if module is Tutorial else here, there)
    assert ("softmax at the end" in " ".join(map(str, found.notes))) == (module is Tutorial)


def test_names_and_blocks_of_torch() -> None:
    found = read(exported_by_torch(Residual(), (3, 8, 8), do_constant_folding=False).SerializeToString())
    network, layout = found.project.network, found.project.layout
    assert {"conv1", "layer1_0_conv1", "layer1_0_bn1", "layer1_1_add", "fc"} <= network.nodes.keys()
    assert {block.name for block in layout.blocks.values()} == {"layer1", "layer1.0", "layer1.1"}
    inner = next(block for block in layout.blocks.values() if block.name == "layer1.1")
    assert {"layer1_1_conv1", "layer1_1_bn1", "layer1_1_add"} < inner.members


def _reshaped(batch: int | str, shape: list[int]) -> bytes:
    """A file that reshapes images before a Gemm."""
    source = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 1, 4, 4])
    end = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["flat"], "view"),
        helper.make_node("Gemm", ["flat", "w"], ["y"]),
    ]
    weights = [
        helper.make_tensor("shape", TensorProto.INT64, [len(shape)], shape),
        helper.make_tensor("w", TensorProto.FLOAT, [16, 3], [0.5] * 48),
    ]
    content: bytes = helper.make_model(helper.make_graph(nodes, "g", [source], [end], weights)).SerializeToString()
    return content


@pytest.mark.parametrize(
    ("batch", "shape"), [("N", [-1, 16]), ("N", [0, -1]), ("N", [0, 16]), (5, [5, -1]), (5, [5, 16])]
)
def test_a_reshape_that_keeps_the_batch(batch: int | str, shape: list[int]) -> None:
    network = read(_reshaped(batch, shape)).project.network
    assert [node.layer.kind for node in network.nodes.values()] == ["Input", "Flatten", "Dense", "Output"]


@pytest.mark.parametrize(("batch", "shape"), [("N", [1, -1]), ("N", [-1, 8]), ("N", [2, -1]), (5, [1, -1])])
def test_a_reshape_that_mixes_images_is_refused(batch: int | str, shape: list[int]) -> None:
    with pytest.raises(OnnxError, match="Reshape “view” has no layer here: it mixes the images of a batch"):
        read(_reshaped(batch, shape))


def _of_keras(*, average: bool) -> ModelProto:
    """A file as the exporters of Keras write it: channels last at both ends, channels first between."""
    chance = np.random.default_rng(4)

    def held(name: str, *shape: int) -> TensorProto:
        return numpy_helper.from_array(chance.normal(size=shape).astype(np.float32), name)

    source = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 8, 6, 3])
    end = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    step: dict[str, Any] = {"strides": [2, 2]}
    nodes = [
        helper.make_node("Mul", ["x", "half"], ["scaled"], "rescaling"),
        helper.make_node("Transpose", ["scaled"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["first", "kernel"], ["maps"], "conv", auto_pad="SAME_UPPER", **step),
        helper.make_node("Relu", ["maps"], ["positive"]),
        helper.make_node(
            "MaxPool", ["positive"], ["pooled"], auto_pad="SAME_UPPER", kernel_shape=[2, 2], strides=[2, 2]
        ),
        helper.make_node("Transpose", ["pooled"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Sigmoid", ["last"], ["squeezed"]),
    ]
    if average:
        nodes.append(helper.make_node("ReduceMean", ["squeezed", "axes"], ["flat"], "average", keepdims=0))
    else:
        nodes.append(helper.make_node("Reshape", ["squeezed", "shape"], ["flat"]))
    nodes += [
        helper.make_node("MatMul", ["flat", "matrix"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
        helper.make_node("Softmax", ["sum"], ["y"]),
    ]
    held_values = [
        held("kernel", 5, 3, 3, 3),
        held("matrix", 5 if average else 20, 4),
        held("bias", 4),
        helper.make_tensor("half", TensorProto.FLOAT, [], [0.5]),
        helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 20]),
        helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2]),
    ]
    return helper.make_model(
        helper.make_graph(nodes, "keras", [source], [end], held_values),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )


@pytest.mark.parametrize("average", [False, True])
def test_channels_that_are_last(average: bool) -> None:
    model = _of_keras(average=average)
    found = read(model.SerializeToString())
    network = found.project.network
    (start,) = (network[name] for name in network.of_kind(Input))
    assert start == Input((3, 8, 6), (0.0,), (2.0,))
    images = images_for(network, 3)
    there = outputs_of(model, np.ascontiguousarray(images.transpose(0, 2, 3, 1)))[0]
    assert_close(logits_of(found, images).softmax(1), torch.from_numpy(there))
    assert [str(note) for note in found.notes] == [
        "Its images have their channels last; here the channels come first.",
        "The softmax at the end is left out, as the Output contains it.",
    ]


def test_a_layer_that_reads_channels_last_as_first_is_refused() -> None:
    model = _of_keras(average=False)
    model.graph.node[6].op_type = "GlobalMaxPool"
    with pytest.raises(OnnxError, match="the channels of its input are last"):
        read(model.SerializeToString())


@pytest.mark.parametrize("change", ["axis", "dilations"])
def test_a_pooling_that_only_resembles_an_adaptive_one_is_refused(change: str) -> None:
    model = without_metadata(exported(subject_of_network(one_of(AdaptiveMaxPool2d((5, 4))))))
    gathers = [node for node in model.graph.node if node.op_type == "Gather"]
    (pool,) = (node for node in model.graph.node if node.op_type == "MaxPool")
    assert len(gathers) == 2
    if change == "axis":
        del gathers[1].attribute[:]
        gathers[1].attribute.append(helper.make_attribute("axis", 2))
    else:
        pool.attribute.append(helper.make_attribute("dilations", [2, 2]))
    with pytest.raises(OnnxError):
        read(model.SerializeToString())


def test_means_of_maps_farther_away_are_no_response_normalization() -> None:
    model = without_metadata(exported(subject_of_network(one_of(LocalResponseNorm(4)))))
    (means,) = (node for node in model.graph.node if node.op_type == "AveragePool")
    means.attribute.append(helper.make_attribute("dilations", [2, 1]))
    with pytest.raises(OnnxError):
        read(model.SerializeToString())


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (0, "Its network has no input; a network here has one."),
        (2, "Its network has 2 inputs, “x0”, “x1”; a network here has one."),
        (7, "Its network has 7 inputs, “x0”, “x1”, “x2”, “x3”, “x4”, …; a network here has one."),
    ],
)
def test_a_network_has_one_input(count: int, sentence: str) -> None:
    model = _of_keras(average=False)
    del model.graph.input[:]
    model.graph.input.extend(
        helper.make_tensor_value_info(f"x{number}", TensorProto.FLOAT, ["N", 3, 8, 6]) for number in range(count)
    )
    with pytest.raises(OnnxError) as caught:
        read(model.SerializeToString())
    assert str(caught.value) == sentence


@pytest.mark.parametrize("stored", ["float16", "bfloat16", "float64"])
@pytest.mark.parametrize("raw", [False, True])
def test_other_types_of_weights_become_float32(stored: str, raw: bool) -> None:
    values = np.arange(-24, 24, dtype=np.float32) / 4
    kind = {"float16": TensorProto.FLOAT16, "bfloat16": TensorProto.BFLOAT16, "float64": TensorProto.DOUBLE}[stored]
    model = onnx.ModelProto.FromString(_reshaped("N", [0, -1]))
    weight = next(each for each in model.graph.initializer if each.name == "w")
    if raw:
        content = {
            "float16": values.astype(np.float16).tobytes(),
            "bfloat16": (values.view(np.uint32) >> 16).astype(np.uint16).tobytes(),
            "float64": values.astype(np.float64).tobytes(),
        }
        weight.CopyFrom(TensorProto(name="w", data_type=kind, dims=[16, 3], raw_data=content[stored]))
    else:
        weight.CopyFrom(helper.make_tensor("w", kind, [16, 3], values))
    found = read(model.SerializeToString())
    assert np.array_equal(found.weights["fc1.weight"].numpy().T.ravel(), values)
    assert [str(note) for note in found.notes] == [f"Its values are stored as {stored}, and are converted to float32."]
