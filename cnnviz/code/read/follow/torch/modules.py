"""Modules of torch: layers with their arguments, and containers, whose children are their attributes."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.chain import ReadChain
from cnnviz.code.read.follow.arguments import as_argument
from cnnviz.code.read.follow.hard_gates import Part
from cnnviz.code.read.follow.torch.channels_last import layer_on_last, with_channels_last
from cnnviz.code.read.follow.values import MISSING, Given, Instance, NotKnown, Path, Value, line_of
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call, Opaque
from cnnviz.code.read.torch_layers import CLASSES, TOGETHER, add_bound_layer, positions_of
from cnnviz.code.write.pytorch_layers import RESERVED
from cnnviz.network.layers import KINDS, RandomDropping

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from cnnviz.code.read.follow.torch.tensors import Tensor


CONTAINERS = frozenset({"Module", "Sequential", "ModuleList", "ModuleDict", "LightningModule", "DataParallel"})
_ONLY_HERE: Mapping[str, tuple[str, ...]] = MappingProxyType({"Identity": ("args",), "LogSoftmax": ("dim",)})
"""Arguments of classes that become no layer."""


def last_name(path: Path) -> str:
    """The name of a class without its modules."""
    return path.name.rpartition(".")[2]


def torch_class(instance: Instance) -> str:
    """The name of the class of torch that an object has or derives from; empty if there is none."""
    return last_name(instance.foreign or Path(""))


def shown(value: Value) -> str:
    """The name of the class of a value, for a sentence."""
    return value.class_name if isinstance(value, Instance) else type(value).__name__


def is_module(value: Value) -> bool:
    """Whether a value is an object of a class that derives from ``nn.Module``."""
    return isinstance(value, Instance) and value.foreign is not None and value.foreign.name.startswith("torch.nn.")


def children(module: Instance) -> dict[str, Instance]:
    """The modules that are attributes of a module, by name."""
    return {name: value for name, value in module.attributes.items() if is_module(value)}


def modules(module: Instance, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Instance]]:
    """A module and all modules in it, each once, with their paths from it."""
    seen = set() if seen is None else seen
    if id(module) in seen:
        return
    seen.add(id(module))
    yield path, module
    for name, child in children(module).items():
        yield from modules(child, f"{path}.{name}" if path else name, seen)


def construct_layer(made: Instance, name: str, given: Given) -> None:
    """Note the arguments of a layer; what is wrong with them is said when the layer is used."""
    try:
        made.data = bound_layer(name, given)
    except PasteError as error:
        made.data = error


def bound_layer(name: str, given: Given) -> Call:
    """A layer with its arguments by name; raises PasteError."""
    line = line_of(given.node)
    positions = _ONLY_HERE[name] if name in _ONLY_HERE else positions_of(name, line)
    if given.rest is not None:
        raise PasteError(given.rest.why())
    if len(given.positional) > len(positions) and name != "Identity":
        raise PasteError(Remark("too_many_arguments", line, {"name": name}))
    values = {**dict(zip(positions, given.positional, strict=False)), **given.named}
    arguments = {argument: constant(value) for argument, value in values.items()}
    return Call(name, line, arguments, {})


def constant(value: Value) -> Value:
    """A value as an argument of a layer, see :func:`as_argument`."""
    return as_argument(value, lambda path: Opaque(path.name, last_name(path)))


def call_layer(layer: Call, tensor: Tensor, name: str, node: ast.AST, called: Instance | None = None) -> Tensor:
    """A tensor after a layer; what is wrong is collected in the trace, or raised as PasteError."""
    if layer.name == "Identity":
        return tensor
    if layer.name == "ReLU6" and tensor.part is not None and tensor.part.kind == "shifted":
        return replace(tensor, part=Part("clipped", node))
    in_place = layer.arguments.get("inplace") is True
    if in_place and tensor.moves and layer.name != "Dropout2d" and all(move.kind == "view" for move in tensor.moves):
        # what works on each value by itself works on the values behind all views
        call_layer(layer, tensor.unmoved(), name, node, called)
        return tensor
    if (other := layer_on_last(layer, tensor)) is not None:
        after = with_channels_last(tensor, lambda maps: call_layer(other, maps, name, node, called))
        return tensor if in_place else after
    trace = tensor.trace
    step = tensor.settled(node)
    read = ReadChain(trace.steps[step].shape)
    try:
        add_bound_layer(read, layer, name or None)
    except PasteError as error:
        trace.wrong += error.remarks
        return tensor.after(trace.lost((step,), layer.line))
    trace.notes += read.notes
    if layer.name == "Normalize":
        if step or len(trace.steps) > 1:
            raise PasteError(Remark("unknown_layer", layer.line, {"name": "Normalize"}))
        trace.mean, trace.std, trace.input_name = read.mean, read.std, name or None
        return tensor
    # a layer that does not fit is reported when it is added to the trace
    trace.wrong += [remark for remark in read.wrong if remark.code != "misfit"]
    times_used = trace.use(called) if called is not None else 0
    for _, added, shape in read.layers:
        if times_used and shape is not None and not read.wrong and added.infer((shape,)).parameters:
            # two steps cannot share their weights here
            values = {"name": name or layer.name}
            raise PasteError(Remark("reused", line_of(node), values))
        step = trace.add(added, (step,), layer.line, name)
    if read.shape is None and trace.steps[step].shape is not None:
        step = trace.lost((step,), layer.line)
    if in_place:
        return tensor.in_place(step, node)
    after = tensor.after(step)
    if issubclass(KINDS[CLASSES[layer.name].kind], RandomDropping):
        after.storage.before_dropout = tensor.storage
    return after


def call_pair(sequential: Instance, tensor: Tensor, name: str, node: ast.AST) -> Tensor | None:
    """A tensor after a Sequential of two layers that are one kind here; None for any other Sequential."""
    calls = [child.data for child in sequential.attributes.values() if isinstance(child, Instance)]
    if len(calls) != 2 or len(sequential.attributes) != 2 or not all(isinstance(call, Call) for call in calls):
        return None
    first, second = calls
    kind = TOGETHER.get((first.name, second.name))
    if kind == "Reshape":
        return call_layer(second, tensor, name, node)
    if kind is None or first.arguments.get("output_size") not in (1, (1, 1)) or second.arguments:
        return None
    trace = tensor.trace
    return tensor.after(trace.add(KINDS[kind](), (tensor.settled(node),), first.line, name))


_ATTRIBUTES = RESERVED | {"weight", "bias", "running_mean", "running_var", "num_batches_tracked", "device", "dtype"}
"""Attributes that layers of torch have besides their arguments."""


def argument_of(module: Instance, name: str) -> Value:
    """An attribute of a layer that is one of its arguments, as torch keeps it; MISSING if it has no such attribute.

    Raises NotKnown.
    """
    call = module.data
    if not isinstance(call, Call):
        return MISSING
    if call.name not in CLASSES:
        raise NotKnown
    signature = CLASSES[call.name].signature
    if name not in signature and name not in _ATTRIBUTES:
        return MISSING
    value = call.arguments.get(name, signature.get(name))
    if name == "bias" and value is False:
        # torch keeps no bias as None, and otherwise the tensor
        return None
    if name not in signature or name == "bias" or isinstance(value, Opaque | None):
        raise NotKnown
    if call.name.endswith(("Conv2d", "ConvTranspose2d")) and name in ("kernel_size", "stride", "padding", "dilation"):
        return value if isinstance(value, tuple | str) else (value, value)
    return value
