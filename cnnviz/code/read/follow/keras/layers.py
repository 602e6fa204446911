"""Layers of Keras: their arguments when they are made, and the steps that they add when they are called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.chain import ReadChain
from cnnviz.code.read.follow.arguments import as_argument
from cnnviz.code.read.follow.keras.tensors import AS_THEY_ARE, KerasTensor, Scale, after_clipping
from cnnviz.code.read.follow.values import Function, Given, Instance, Path, Unknown, Value, line_of, no_counterpart
from cnnviz.code.read.keras_format import ChannelAxis, Formats
from cnnviz.code.read.keras_layers import add_bound_keras_layer, positions_of
from cnnviz.code.read.keras_older import Arguments, current_arguments
from cnnviz.code.read.origins import keras_name
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call, Opaque

if TYPE_CHECKING:
    import ast

    from cnnviz.network.shape import Shape

LEFT_OUT = frozenset(
    {
        *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"),
        *("RandomShear", "RandomSaturation", "RandomHue", "RandomColorJitter", "RandomInvert", "RandomErasing"),
        *("GaussianNoise", "GaussianDropout", "AlphaDropout"),
    }
)
"""Layers that do nothing after training."""
_PASSED_ON = frozenset({"Identity", "ActivityRegularization", "InputLayer"})


@dataclass(frozen=True)
class KerasLayer:
    """A layer with its arguments. ``activation`` is a layer that follows it, ``note`` a remark about its arguments."""

    call: Call
    default: ChannelAxis
    activation: Instance | None = None
    note: Remark | None = None
    size: Value = None
    """The shape of the images in Keras' order that its arguments state; it may be unknown in part."""


@dataclass(frozen=True)
class Computed:
    """A Lambda: a function of the source, and the shape of the images that its arguments state."""

    function: Value
    size: Value = None


def made_lambda(given: Given) -> Computed:
    """A Lambda with these arguments."""
    function = given.positional[0] if given.positional else given.named.get("function")
    return Computed(function, _size(given.named))


def made_layer(name: str, given: Given, default: ChannelAxis, keras_1: bool) -> KerasLayer:
    """A layer that is made with these arguments; ``keras_1`` says whether the source is written for Keras 1. Raises
    PasteError."""
    line = line_of(given.node)
    if given.rest is not None:
        raise PasteError(given.rest.why())
    ignored = name in LEFT_OUT or name in _PASSED_ON
    positions = () if ignored else _positions(name, line)
    arguments = current_arguments(
        name,
        Arguments(given.positional, given.named),
        keras_1,
        constant=_plain,
        pair=lambda *sides: sides,
        word=lambda word: word,
    )
    if len(arguments.args) > len(positions) and not ignored:
        raise PasteError(Remark("too_many_arguments", line, {"name": name}))
    values = {**dict(zip(positions, arguments.args, strict=False)), **arguments.named}
    activation = values.get("activation")
    inner = activation if isinstance(activation, Instance) else None
    if isinstance(activation, Function):
        inner = Instance(Path("keras.layers.Lambda"), given.node, data=Computed(activation))
    if inner is not None:
        values["activation"] = None
    note = Remark("side_or_stride", line, {"value": Unknown(given.node).text}) if arguments.two_meanings else None
    bound = {argument: constant(value) for argument, value in values.items()}
    return KerasLayer(Call(name, line, bound, {}), default, inner, note, _size(values))


def _size(values: dict[str, Value]) -> Value:
    """The shape of one image that the arguments of a first layer state."""
    batch = values.get("batch_input_shape")
    if isinstance(batch, tuple | list):
        return tuple(batch[1:])
    count = values.get("input_dim")
    return values.get("input_shape", batch if count is None else (count,))


def _positions(name: str, line: int) -> tuple[str, ...]:
    return ("axis",) if name == "Concatenate" else () if name in ("Add", "Multiply") else positions_of(name, line)


def _plain(value: Value) -> Value:
    return value if isinstance(value, bool | int | float | str) else None


def constant(value: Value) -> Any:
    """A value as an argument of a layer, see :func:`as_argument`."""
    return as_argument(value, _path_argument)


def _path_argument(path: Path) -> Opaque:
    name = keras_name(path.name)
    return Opaque(name, name if path.name.startswith(("keras.", "tensorflow.")) else "")


def apply(
    layer: KerasLayer, tensor: KerasTensor, node: ast.AST, maker: Instance, maps: ChannelAxis, name: str = ""
) -> KerasTensor:
    """A tensor after a layer. ``maker`` is the layer in the source, ``name`` its name there, ``maps`` the format of the
    maps of the network. What is wrong is a remark about the step."""
    trace, call = tensor.trace, layer.call
    if call.name in _PASSED_ON:
        return tensor
    if call.name in LEFT_OUT:
        trace.note(tensor.step, Remark("layer_left_out", call.line, {"name": call.name}))
        return tensor
    if call.name == "Permute" and (reshape_before := trace.reshaped.get(tensor.step)) is not None:
        # the order of the values that a Reshape makes depends on the Permute behind it
        reshaped = reshape_before(call.arguments.get("dims"))
        tensor = reshaped if reshaped.shape is not None else tensor
    if tensor.shape is None:
        return tensor.failed(node)
    if (gate := after_clipping(call, tensor, node)) is not None:
        return gate
    if call.name != "Reshape":
        return _applied(layer, tensor, node, maker, maps, name)
    after = _applied(layer, tensor, node, maker, maps, name)
    trace.reshaped[after.step] = lambda dims: _applied(layer, tensor, node, maker, maps, name, dims)
    return after


def _applied(
    layer: KerasLayer,
    tensor: KerasTensor,
    node: ast.AST,
    maker: Instance,
    maps: ChannelAxis,
    name: str,
    following: Any = None,
) -> KerasTensor:
    """A tensor after a layer that computes something; ``following`` are the axes of a Permute behind it."""
    trace, call = tensor.trace, layer.call
    if call.name == "Reshape" and tensor.flat and (reshaped := _images(call, tensor, maps)) is not None:
        return reshaped
    if layer.note is not None:
        trace.note(0, layer.note)
    if call.name in ("Rescaling", "Normalization"):
        return _scaled(layer, tensor, node, maps)
    step = tensor.settled(node)
    read = _chain_after(tensor, step)
    layers_before = list(read.layers)
    try:
        add_bound_keras_layer(read, call, Formats(layer.default, maps, True), following)
    except PasteError as error:
        return tensor.failed(node, *error.remarks)
    others = [remark for remark in read.wrong if remark.code != "misfit"]
    if others:
        return tensor.failed(node, *others)
    if read.layers[: len(layers_before)] == layers_before:
        new_layers = read.layers[len(layers_before) :]
    else:
        # the layer was joined with the one before it, which it replaces
        new_layers = read.layers
        (step,) = trace.steps[step].sources
    before = step
    number = trace.use(maker)
    for given, added, _ in new_layers:
        auxiliary = added.kind == "ZeroPad2d" and call.name != "ZeroPadding2D"
        step = trace.add(added, (step,), call.line, "" if auxiliary else given or name)
        trace.makers[step] = maker, number
        name = name if auxiliary else ""
    trace.note(step, *read.notes)
    return _after(tensor, step, before, read, call)


def _chain_after(tensor: KerasTensor, step: int) -> ReadChain:
    """A chain that goes on after a step. It has the layer of this step, as the next one may be joined with it."""
    trace = tensor.trace
    last = trace.steps[step]
    flat = tensor.shape is not None and len(tensor.shape) == 1
    read = ReadChain(last.shape)
    read.order = "torch" if flat and tensor.arrangement is None and tensor.order != "free" else tensor.order
    if len(last.sources) == 1 and last.shape is not None:
        read.layers = [(last.name or None, last.layer, trace.steps[last.sources[0]].shape)]
        read.lines = [last.line]
    return read


def _after(tensor: KerasTensor, step: int, before: int, read: ReadChain, call: Call) -> KerasTensor:
    """The tensor after the steps of a layer, with the order of its values."""
    trace = tensor.trace
    shape = trace.steps[step].shape
    origin = tensor.origin
    if shape is not None and len(shape) == 1 and tensor.shape is not None and len(tensor.shape) == 3:
        origin = tensor.shape if tensor.order != "torch" else None
    if call.name == "Reshape" and tensor.order == "free" and shape is not None and min(shape[0], prod(shape[1:])) > 1:
        trace.arranged.add(step)
    scale = tensor.scale if step == 0 else AS_THEY_ARE
    return KerasTensor(trace, step, shape, read.order, origin, False, scale)


def _images(call: Call, tensor: KerasTensor, maps: ChannelAxis) -> KerasTensor | None:
    """The images after a Reshape of their flat values, which is left out; None if it makes something else."""
    target = call.arguments.get("target_shape")
    if not isinstance(target, tuple) or len(target) not in (2, 3) or not all(type(side) is int for side in target):
        return None
    shape: Shape = (1, *target) if len(target) == 2 else target
    if len(target) == 3 and maps == "channels_last":
        shape = (target[2], *target[:2])
    trace = tensor.trace
    if min(shape) < 1 or prod(shape) != prod(trace.image) or (len(trace.steps) > 1 and shape != trace.image):
        return None
    trace.resize(shape)
    return replace(tensor, shape=shape, flat=False, order="keras" if maps == "channels_last" else "torch")


def _scaled(layer: KerasLayer, tensor: KerasTensor, node: ast.AST, maps: ChannelAxis) -> KerasTensor:
    """The images after a Rescaling or a Normalization, which become a part of the Input."""
    call, trace = layer.call, tensor.trace
    if tensor.step != 0 or tensor.scale != AS_THEY_ARE or tensor.scaling is not None:
        return tensor.failed(node, Remark("unknown_layer", call.line, {"name": call.name}))
    read = ReadChain(tensor.shape)
    read.order = tensor.order
    try:
        add_bound_keras_layer(read, call, Formats(layer.default, maps, True))
    except PasteError as error:
        return tensor.failed(node, *error.remarks)
    trace.note(0, *read.notes)
    if read.input_name is not None:
        trace.input_name = read.input_name
    return replace(tensor, scale=Scale(call.name, read.mean, read.std))


def activated(word: str, node: ast.AST, **arguments: Value) -> KerasLayer:
    """An activation that a function computes, as a layer; raises PasteError for arguments that are not known."""
    line = line_of(node)
    if word == "leaky_relu":
        slope = arguments.get("alpha", arguments.get("negative_slope", 0.2))
        return KerasLayer(Call("LeakyReLU", line, {"negative_slope": constant(slope)}, {}), "channels_last")
    if word == "relu" and not arguments.keys() - {"negative_slope", "max_value", "threshold"}:
        return KerasLayer(
            Call("ReLU", line, {name: constant(value) for name, value in arguments.items()}, {}), "channels_last"
        )
    if word.endswith("gelu") and isinstance(arguments.get("approximate"), bool):
        word = "ops.gelu" if arguments.pop("approximate") else "gelu"
    usual: dict[str, Value] = {"axis": -1}
    if any(usual.get(name, value) != value or name not in usual for name, value in arguments.items()):
        raise no_counterpart(node)
    return KerasLayer(Call("Activation", line, {"activation": word}, {}), "channels_last")
