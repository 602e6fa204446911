"""Functions of torch and methods of its tensors, as the layers that they are, for the framework in this folder."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.torch import views
from cnnviz.code.read.follow.torch.modules import call_layer, constant
from cnnviz.code.read.follow.torch.number_types import is_whole_type
from cnnviz.code.read.follow.torch.parameters import layer_norm
from cnnviz.code.read.follow.torch.tensors import Tensor, combined
from cnnviz.code.read.follow.training import Training
from cnnviz.code.read.follow.values import Given, Unknown, Value, line_of, no_counterpart
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call
from cnnviz.code.read.torch_layers import CLASSES
from cnnviz.network.layers import Chunk, Concat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine

Method = Any
"""A function of the interpreter, a tensor and the other arguments."""
_POOL = ("kernel_size", "stride", "padding")
_ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "MaxPool2d": (*_POOL, "dilation", "ceil_mode", "return_indices"),
        "AvgPool2d": (*_POOL, "ceil_mode", "count_include_pad", "divisor_override"),
        "Dropout": ("p", "training", "inplace"),
        "Dropout2d": ("p", "training", "inplace"),
        "Softmax": ("dim", "_stacklevel", "dtype"),
        "LocalResponseNorm": ("size", "alpha", "beta", "k"),
        "Upsample": ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias"),
    }
)
"""The arguments of a function after its input, where they differ from those of the class."""
_OTHER_NAMES: Mapping[str, str] = MappingProxyType({"interpolate": "Upsample", "upsample": "Upsample"})
"""The class of each function that is named differently."""
_WITH_WEIGHTS = frozenset({"PReLU", "BatchNorm2d", "BatchNorm1d", "GroupNorm", "LayerNorm", "InstanceNorm2d"})
"""Classes whose functions get the weights as arguments."""
_WITHOUT_EFFECT: Mapping[str, tuple[Value, ...]] = MappingProxyType(
    {"_stacklevel": (None, 3), "dtype": (None,), "antialias": (None, False, True)}
)
"""Values of arguments that do not change what a layer computes; antialias concerns smaller images alone."""


def _letters(name: str) -> str:
    return name.lower().replace("_", "")


_BY_NAME: Mapping[str, str] = MappingProxyType(
    {
        _letters(name): name
        for name, spelling in CLASSES.items()
        if not spelling.size and name not in _WITH_WEIGHTS and name not in ("Flatten", "Unflatten", "ZeroPad2d")
    }
)
"""The class of each function without weights, by its name in lower case without "_"."""


def layer_function(name: str) -> str:
    """The class of torch that is the same as a function ``relu``, ``max_pool2d`` or ``relu_``; empty if none is."""
    return _OTHER_NAMES.get(name, "") or _BY_NAME.get(_letters(name), "")


def as_layer(run: Machine, name: str, tensor: Tensor, given: Given, in_place: bool = False) -> Tensor:
    """A tensor after the function that is the same as a class of torch; ``given`` has the other arguments."""
    order = _ORDER.get(name, tuple(CLASSES[name].signature))
    line = line_of(given.node)
    if given.rest is not None:
        raise PasteError(given.rest.why())
    if len(given.positional) > len(order):
        raise PasteError(Remark("too_many_arguments", line, {"name": name}))
    values = {**dict(zip(order, given.positional, strict=False)), **given.named}
    training = values.pop("training", True)
    in_place = in_place or values.pop("inplace", False) is True
    for argument, without_effect in _WITHOUT_EFFECT.items():
        if values.get(argument) in without_effect:
            values.pop(argument, None)
    if name.startswith("Dropout"):
        if training is False:
            return tensor
        if training is True:
            tensor.trace.notes.append(Remark("always_dropout", line, {"name": name}))
        elif not isinstance(training, Training):
            raise PasteError(Remark("unknown_value", line, {"value": "training"}))
    if name == "Upsample":
        values = _scaled(tensor, values)
    arguments = {argument: constant(value) for argument, value in values.items()}
    if in_place:
        arguments["inplace"] = True
    return call_layer(Call(name, line, arguments, {}), tensor, "", given.node)


def _scaled(tensor: Tensor, values: dict[str, Value]) -> dict[str, Value]:
    """The arguments of Upsample with a factor instead of a size, if the size is a multiple."""
    size = values.get("size")
    size = (size, size) if isinstance(size, int) else size
    if tensor.shape is None or len(tensor.shape) != 3 or not isinstance(size, tuple | list) or len(size) != 2:
        return values
    _, height, width = tensor.shape
    if all(isinstance(part, int) for part in size) and size[0] % height == 0 and size[1] % width == 0:
        return {**values, "size": None, "scale_factor": (size[0] // height, size[1] // width)}
    return values


def log_softmax(run: Machine, tensor: Tensor, given: Given) -> Tensor:
    """A log-softmax, which may only stand at the end."""
    values = given.bind(dim=None, _stacklevel=3, dtype=None)
    step = tensor.settled(given.node)
    if values["dim"] not in (1, -1, None):
        raise no_counterpart(given.node)
    found = tensor.after(step)
    return replace(found, log=line_of(given.node))


def cat(run: Machine, given: Given) -> Value:
    """Tensors one behind the other along the channels."""
    values = given.bind("tensors", dim=0, **({"axis": None} if "axis" in given.named else {}))
    tensors = run.iterated(values["tensors"], given.node)
    dim = values["dim"] if values.get("axis") is None else values["axis"]
    for tensor in tensors:
        if isinstance(tensor, Unknown):
            raise PasteError(tensor.why())
    if not tensors or not all(isinstance(tensor, Tensor) for tensor in tensors):
        raise no_counterpart(given.node)
    if any(tensor.shape is None for tensor in tensors):
        return next(tensor for tensor in tensors if tensor.shape is None)
    if {tensor.axis(dim, given.node) for tensor in tensors} != {1}:
        raise no_counterpart(given.node)
    return tensors[0] if len(tensors) == 1 else combined(Concat(), tensors, given.node)


def _clamp(run: Machine, tensor: Tensor, given: Given) -> Value:
    """A clamp of all values at 0, or between 0 and 6."""
    values = given.bind(min=None, max=None)
    if values["min"] != 0 or values["max"] not in (None, 6):
        raise no_counterpart(given.node)
    return as_layer(run, "ReLU" if values["max"] is None else "ReLU6", tensor, Given(given.node))


def _arithmetic(sign: str) -> Callable[[Machine, Given], Value]:
    def function(run: Machine, given: Given) -> Value:
        values = given.bind("input", "other", alpha=1)
        if values["alpha"] != 1:
            raise no_counterpart(given.node)
        return run.operated(sign, values["input"], values["other"], given.node)

    return function


FUNCTIONS: Mapping[str, Callable[[Machine, Given], Value]] = MappingProxyType(
    {
        **dict.fromkeys(("torch.cat", "torch.concat", "torch.concatenate"), cat),
        "torch.add": _arithmetic("+"),
        "torch.mul": _arithmetic("*"),
        "torch.multiply": _arithmetic("*"),
    }
)
"""Functions of torch by their path, besides those that are methods of tensors or the same as a class."""


def _chunk(run: Machine, tensor: Tensor, given: Given) -> Value:
    values = given.bind("chunks", dim=0)
    return _parts(tensor, values["chunks"], values["dim"], None, given)


def _split(run: Machine, tensor: Tensor, given: Given) -> Value:
    named = {"split_size" if name == "split_size_or_sections" else name: value for name, value in given.named.items()}
    values = Given(given.node, given.positional, named, given.rest).bind("split_size", dim=0)
    size = values["split_size"]
    if isinstance(size, tuple | list) and size and tensor.shape is not None:
        if any(part != size[0] for part in size[:-1]) or sum(size) != tensor.shape[0] or size[-1] > size[0]:
            raise no_counterpart(given.node)
        size = size[0]
    return _parts(tensor, None, values["dim"], size, given)


def _parts(tensor: Tensor, chunks: Value, dim: Value, size: Value, given: Given) -> Value:
    """The chunks of the channels: so many, or of this size."""
    if tensor.shape is None:
        return tensor
    channels = tensor.shape[0]
    if type(size) is int and size > 0:
        chunks = -(-channels // size)
    if tensor.axis(dim, given.node) != 1 or type(chunks) is not int or not 1 <= chunks <= channels:
        raise no_counterpart(given.node)
    layers = [Chunk(chunks, index) for index in range(chunks)]
    part_size = size if type(size) is int else -(-channels // chunks)
    if any(len(layer.part(channels)) != part_size for layer in layers[:-1]):
        raise no_counterpart(given.node)
    return tuple(tensor.then(layer, given.node) for layer in layers if layer.part(channels))


def _of_function(sign: str, in_place: bool = False) -> Method:
    function = _arithmetic(sign)

    def method(run: Machine, tensor: Tensor, given: Given) -> Value:
        result = function(run, Given(given.node, [tensor, *given.positional], given.named, given.rest))
        return tensor.in_place(result.step, given.node) if in_place and result is not tensor else result

    return method


def _in_type(run: Machine, tensor: Tensor, given: Given) -> Value:
    """``to`` and ``type``: the tensor itself, which has floats also here; integers have no counterpart."""
    if any(is_whole_type(value) for value in given.all()):
        raise no_counterpart(given.node)
    return tensor


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        **dict.fromkeys(("view", "reshape"), views.view),
        "flatten": views.flatten,
        "size": views.size,
        "dim": views.dim,
        "__len__": lambda run, tensor, given: tensor.sizes()[0],
        "mean": views.mean,
        "squeeze": views.squeeze,
        "unsqueeze": views.unsqueeze,
        **dict.fromkeys(("transpose", "swapaxes", "transpose_"), views.transpose),
        "permute": views.permute,
        "chunk": _chunk,
        "split": _split,
        "add": _of_function("+"),
        "add_": _of_function("+", True),
        "mul": _of_function("*"),
        "mul_": _of_function("*", True),
        **dict.fromkeys(("expand_as", "expand"), views.expand),
        **dict.fromkeys(
            (
                *("contiguous", "cuda", "cpu", "float", "type_as", "requires_grad_"),
                *("float_", "double", "half", "detach_"),
            ),
            views.same,
        ),
        **dict.fromkeys(("to", "type"), _in_type),
        **dict.fromkeys(("clamp", "clip"), _clamp),
        "clone": lambda run, tensor, given: tensor.copy(),
        "log_softmax": log_softmax,
    }
)
"""Methods of a tensor, besides those that are the same as a class."""


def method_of(tensor: Tensor, name: str) -> Callable[[Machine, Given], Value] | None:
    """A method of a tensor; None if it has no counterpart."""
    if name in METHODS:
        method = METHODS[name]
        return lambda run, given: method(run, tensor, given)
    if layer := layer_function(name):
        return lambda run, given: as_layer(run, layer, tensor, given, name.endswith("_"))
    return None


def call_function(run: Machine, name: str, path: str, given: Given) -> Value:
    """Call a function of torch with a tensor among its arguments; raises PasteError if it has no counterpart."""
    if path in FUNCTIONS:
        return FUNCTIONS[path](run, given)
    tensor, rest = _first_tensor(given)
    if isinstance(tensor, Tensor):
        if path.startswith("torch.nn.functional.") and name in _OF_MODULES:
            return _OF_MODULES[name](run, tensor, rest)
        method = method_of(tensor, name)
        if method is not None:
            return method(run, rest)
    raise no_counterpart(given.node)


def _first_tensor(given: Given) -> tuple[Value, Given]:
    if given.positional:
        return given.positional[0], given.without_first()
    named = dict(given.named)
    for name in ("input", "x"):
        if name in named:
            first = named.pop(name)
            return first, Given(given.node, [], named, given.rest)
    return None, given


def _padded(run: Machine, tensor: Tensor, given: Given) -> Value:
    values = given.bind("pad", mode="constant", value=None)
    sides = values["pad"]
    if values["mode"] != "constant" or values["value"] not in (None, 0) or not isinstance(sides, tuple | list):
        raise no_counterpart(given.node)
    padding = (*sides, 0, 0)[:4] if len(sides) == 2 else tuple(sides)
    call = Call("ZeroPad2d", line_of(given.node), {"padding": constant(padding)}, {})
    return call_layer(call, tensor, "", given.node)


_OF_MODULES: Mapping[str, Method] = MappingProxyType({"pad": _padded, "layer_norm": layer_norm})
"""Functions of ``torch.nn.functional`` that are no methods of a tensor."""
