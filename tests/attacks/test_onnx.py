"""Damaged ONNX files are read as networks, or refused with a sentence, and take no more memory than they fill."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
import torch
from mutations import attacks, damaged_bytes, watched
from onnx import AttributeProto, TensorProto, helper
from onnx_kit import exported, subject

from cnnviz.imports.onnx.reading import network_of
from cnnviz.imports.onnx.refusal import OnnxError
from cnnviz.network.shapes import infer
from cnnviz.project.templates import TEMPLATES

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from onnx import ModelProto

    Change = Callable[[ModelProto, random.Random], None]

MOST_BYTES = 100 * 2**20
"""What reading may take for files of a few hundred kilobytes, the packages that are imported aside."""
NUMBERS = (0, 1, -1, 2, 3, 7, 64, 4097, 2**20, 2**31 - 1, 2**31, 2**40, 2**63 - 1, -(2**63))
NAMES = ("", "images", "logits", "conv1", "conv1.weight", "a\0b", "\u202e", "x" * 5000, "../../etc/passwd")
KINDS = (
    "Conv", "ConvTranspose", "Gemm", "MatMul", "MaxPool", "AveragePool", "GlobalAveragePool", "ReduceMean", "Relu",
    "PRelu", "Clip", "BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization", "LRN",
    "Dropout", "Add", "Mul", "Sub", "Div", "Concat", "Flatten", "Reshape", "Squeeze", "Pad", "Resize", "Upsample",
    "Shape", "Gather", "Slice", "ConstantOfShape", "Transpose", "Softmax", "If", "Loop", "Einsum", "Identity", "Cast",
)  # fmt: skip


def bases() -> list[ModelProto]:
    """Files of cnnviz, with metadata and without it."""
    made = [exported(subject(TEMPLATES[name].project())) for name in ("lenet-5", "attention", "resnet-18-28")]
    bare = [onnx.ModelProto.FromString(model.SerializeToString()) for model in made]
    for model in bare:
        del model.metadata_props[:]
    return [*made, *bare]


def _node(model: ModelProto, chance: random.Random) -> Any:
    return chance.choice(model.graph.node)


def _dims(model: ModelProto, chance: random.Random) -> None:
    tensor = chance.choice(model.graph.initializer)
    if tensor.dims and chance.random() < 0.8:
        tensor.dims[chance.randrange(len(tensor.dims))] = chance.choice(NUMBERS)
    else:
        tensor.dims.extend(chance.choices(NUMBERS, k=chance.choice((1, 2, 40))))


def _values(model: ModelProto, chance: random.Random) -> None:
    tensor = chance.choice(model.graph.initializer)
    if tensor.data_type == TensorProto.INT64:
        kept = [chance.choice(NUMBERS) for _ in range(len(tensor.raw_data) // 8)]
        tensor.raw_data = np.array(kept, np.int64).tobytes()
    else:
        tensor.raw_data = damaged_bytes(tensor.raw_data[:4000], chance)


def _kind_of_tensor(model: ModelProto, chance: random.Random) -> None:
    chance.choice(model.graph.initializer).data_type = chance.choice((0, 1, 6, 7, 8, 10, 16, 99))


def _outside(model: ModelProto, chance: random.Random) -> None:
    tensor = chance.choice(model.graph.initializer)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", chance.choice(("/etc/passwd", "../x", "weights.bin"))), ("length", "99999999999")):
        tensor.external_data.add(key=key, value=value)


def _attribute(model: ModelProto, chance: random.Random) -> None:
    node = _node(model, chance)
    if not node.attribute:
        return
    attribute = chance.choice(node.attribute)
    match chance.randrange(5):
        case 0 if attribute.ints:
            attribute.ints[chance.randrange(len(attribute.ints))] = chance.choice(NUMBERS)
        case 1:
            attribute.ints.extend(chance.choices(NUMBERS, k=3))
        case 2:
            attribute.i, attribute.f = (
                chance.choice(NUMBERS),
                chance.choice((0.0, -1.0, 1e38, float("nan"), float("inf"))),
            )
        case 3:
            attribute.type = chance.choice(AttributeProto.AttributeType.values())
        case _:
            attribute.name = chance.choice(
                ("axis", "pads", "group", "strides", "dilations", "kernel_shape", "perm", "epsilon")
            )


def _wire(model: ModelProto, chance: random.Random) -> None:
    node, other = _node(model, chance), _node(model, chance)
    if node.input and other.output:
        node.input[chance.randrange(len(node.input))] = chance.choice([*other.output, *other.input, *NAMES])


def _made(model: ModelProto, chance: random.Random) -> None:
    node = _node(model, chance)
    node.output[0] = chance.choice([*_node(model, chance).output, *NAMES])


def _kind(model: ModelProto, chance: random.Random) -> None:
    _node(model, chance).op_type = chance.choice(KINDS)


def _more(model: ModelProto, chance: random.Random) -> None:
    node = _node(model, chance)
    source = chance.choice([*node.output, *node.input])
    model.graph.node.append(helper.make_node(chance.choice(KINDS), [source] * chance.choice((1, 2, 5)), ["new"]))
    chance.choice(model.graph.node).input.append("new")


def _less(model: ModelProto, chance: random.Random) -> None:
    parts = chance.choice((model.graph.node, model.graph.initializer, model.graph.input, model.graph.output))
    if parts:
        del parts[chance.randrange(len(parts))]


def _size(model: ModelProto, chance: random.Random) -> None:
    for value in model.graph.input:
        chance.choice(value.type.tensor_type.shape.dim).dim_value = chance.choice(NUMBERS)


def _metadata(model: ModelProto, chance: random.Random) -> None:
    for entry in model.metadata_props:
        if chance.random() < 0.5:
            entry.value = damaged_bytes(entry.value.encode(), chance).decode("utf-8", "replace")


def _version(model: ModelProto, chance: random.Random) -> None:
    model.opset_import[0].version = chance.choice((*NUMBERS, 6, 7, 9, 12, 18))


CHANGES: tuple[Change, ...] = (
    _dims, _values, _kind_of_tensor, _outside, _attribute, _attribute, _wire, _made, _kind, _more, _less, _size,
    _metadata, _version,
)  # fmt: skip


def test_onnx_files(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    originals = [model.SerializeToString() for model in bases()]
    read = refused = 0
    for number, chance in attacks("onnx", 150, 5_000):
        content = chance.choice(originals)
        if chance.random() < 0.35:
            content = damaged_bytes(content, chance)
        else:
            model = onnx.ModelProto.FromString(content)
            for _ in range(chance.choice((1, 1, 1, 2, 4))):
                chance.choice(CHANGES)(model, chance)
                if not model.graph.node or not model.graph.initializer:
                    break
            content = model.SerializeToString()
        path.write_bytes(content)
        with watched(f"onnx {number}"):
            tracemalloc.start()
            try:
                found = network_of(path)
                shapes = infer(found.project.network)
                expected = {
                    f"{node}.{name}": shape
                    for node in shapes.used
                    for name, shape in {**shapes.nodes[node].parameters, **shapes.nodes[node].buffers}.items()
                }
                assert {key: tuple(value.shape) for key, value in found.weights.items()} == expected
                assert all(
                    value.dtype == (torch.float32 if value.shape else torch.int64) for value in found.weights.values()
                )
                read += 1
            except OnnxError as error:
                assert str(error).endswith(".") and len(str(error)) < 900 and str(error).isprintable()
                refused += 1
            finally:
                taken = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
            assert taken < MOST_BYTES, taken
    assert read and refused


def _refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "network.onnx"
    path.write_bytes(content)
    with watched("a bomb"), pytest.raises(OnnxError) as error:
        network_of(path)
    return str(error.value)


def test_many_empty_messages_are_refused(tmp_path: Path) -> None:
    nodes = b"\x0a\x00" * 2_000_000
    length = len(nodes)
    varint = bytes([length & 127 | 128, length >> 7 & 127 | 128, length >> 14 & 127 | 128, length >> 21])
    assert "far more operators" in _refused(tmp_path, b"\x3a" + varint + nodes)


def test_deeply_nested_messages_are_refused(tmp_path: Path) -> None:
    content = b""
    for _ in range(3_000):
        # a graph in an attribute of an operator of a graph
        for tag in (b"\x32", b"\x2a", b"\x0a"):
            length, varint = len(content), b""
            while length > 127:
                varint, length = varint + bytes([length & 127 | 128]), length >> 7
            content = tag + varint + bytes([length]) + content
    length, varint = len(content), b""
    while length > 127:
        varint, length = varint + bytes([length & 127 | 128]), length >> 7
    assert _refused(tmp_path, b"\x3a" + varint + bytes([length]) + content)


def test_sizes_that_double_are_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Shape", ["images"], ["v0"])]
    nodes += [helper.make_node("Concat", [f"v{at}", f"v{at}"], [f"v{at + 1}"], axis=0) for at in range(60)]
    nodes.append(helper.make_node("Reshape", ["images", "v60"], ["logits"]))
    assert "Concat" in _refused(tmp_path, _model(nodes))


def test_constants_that_double_are_refused(tmp_path: Path) -> None:
    start = helper.make_tensor("v0", TensorProto.FLOAT, [1000], [1.0] * 1000)
    nodes = [helper.make_node("Concat", [f"v{at}", f"v{at}"], [f"v{at + 1}"], axis=0) for at in range(40)]
    nodes.append(helper.make_node("Add", ["images", "v40"], ["logits"]))
    assert _refused(tmp_path, _model(nodes, [start]))


@pytest.mark.parametrize("name", ["", "/a/b/Relu"])
def test_thousands_of_operators_are_read_at_once(tmp_path: Path, name: str) -> None:
    nodes = [helper.make_node("Relu", ["images"], ["v0"], name)]
    nodes += [helper.make_node("Relu", [f"v{at}"], [f"v{at + 1}"], name) for at in range(8_000)]
    nodes.append(helper.make_node("Flatten", ["v8000"], ["logits"]))
    path = tmp_path / "network.onnx"
    path.write_bytes(_model(nodes))
    with watched("thousands of operators"):
        assert len(network_of(path).project.network.nodes) == 8_004


def test_more_operators_are_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["images"], [f"v{at}"]) for at in range(10_001)]
    assert "far more operators" in _refused(tmp_path, _model(nodes))


def test_files_outside_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(4))
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="weights.bin")
    sentence = _refused(tmp_path, _model([helper.make_node("Mul", ["images", "w"], ["logits"])], [tensor]))
    assert "stored in another file, and only this one is opened" in sentence


def test_cycles_are_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Add", ["images", "b"], ["a"], "first"), helper.make_node("Relu", ["a"], ["b"], "second")]
    nodes.append(helper.make_node("Flatten", ["b"], ["logits"]))
    assert "cycle" in _refused(tmp_path, _model(nodes))


def _model(nodes: list[Any], initializers: list[Any] | None = None) -> bytes:
    source = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 1, 8, 8])
    end = helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "network", [source], [end], initializers or [])
    content: bytes = helper.make_model(graph).SerializeToString()
    return content
