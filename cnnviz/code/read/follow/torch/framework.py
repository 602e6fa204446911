"""PyTorch as a framework of the interpreter."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.builtin_functions import checked
from cnnviz.code.read.follow.framework import Framework
from cnnviz.code.read.follow.torch import containers, parameters
from cnnviz.code.read.follow.torch.functions import call_function, log_softmax, method_of
from cnnviz.code.read.follow.torch.module_methods import MODULE_METHODS, extend
from cnnviz.code.read.follow.torch.modules import (
    CONTAINERS,
    argument_of,
    call_layer,
    call_pair,
    constant,
    construct_layer,
    is_module,
    last_name,
    shown,
    torch_class,
)
from cnnviz.code.read.follow.torch.plain_numbers import FUNCTIONS as NUMBERS
from cnnviz.code.read.follow.torch.tensors import Tensor
from cnnviz.code.read.follow.torch.torchvision_parts import DECORATORS, LAYERS, NAMES, is_of_torchvision, parts
from cnnviz.code.read.follow.torch.trials import batch, count, tried
from cnnviz.code.read.follow.training import Training
from cnnviz.code.read.follow.values import (
    MISSING,
    Bound,
    Function,
    Given,
    Instance,
    Native,
    NotKnown,
    Path,
    Unknown,
    Value,
    line_of,
    no_counterpart,
)
from cnnviz.code.read.origins import is_generated
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call
from cnnviz.code.read.torch_layers import CLASSES, positions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.code.read.follow.machine import Machine
    from cnnviz.network.shape import Shape

_CLASS = re.compile(r"torch\.nn\.(?:modules\.(?:\w+\.)?)?([A-Z]\w*)")
"""The path of a class, wherever in torch.nn it is imported from; the group is its name."""
_FUNCTION = re.compile(r"torch\.(?:nn\.functional\.|nn\.init\.|\w+\.)*([a-z_]\w*)")
_OTHER_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "pytorch_lightning.LightningModule": "torch.nn.Module",
        "lightning.LightningModule": "torch.nn.Module",
        "lightning.pytorch.LightningModule": "torch.nn.Module",
        "torch.nn.modules.module.Module": "torch.nn.Module",
    }
)
"""Classes that are read as another one."""
_FALSE = frozenset({"torch.jit.is_scripting", "torch.jit.is_tracing", "torch.onnx.is_in_onnx_export"})
"""Functions that return False while a network is trained."""
_DECORATORS = ("torch.jit.", "torch.no_grad", "torch.inference_mode", "torch.compile")
"""Decorators, or their beginnings, that leave a function or a class as it is, for reading it."""
_RETURNS_ITSELF = frozenset(
    {
        *("to", "cuda", "cpu", "eval", "train", "float", "double", "half", "bfloat16", "requires_grad_", "apply"),
        *("type", "share_memory", "compile", "to_empty"),
    }
)
"""Methods of a module that return the module."""
_CHANGES = frozenset(
    {
        *("pop", "popitem", "clear", "__delitem__", "__setitem__", "__delattr__", "set_submodule"),
        *("register_forward_hook", "register_forward_pre_hook", "_register_state_dict_hook"),
    }
)
"""Methods that change what a module computes, in a way that is not followed."""
_UNKNOWN = frozenset({"parameters", "named_parameters", "state_dict", "load_state_dict", "buffers", "device", "dtype"})
"""Attributes of every module whose values are not known. A container has none besides these and those that
:meth:`Torch.attribute` treats before."""


class Torch(Framework):
    """PyTorch. ``names`` are the paths of the modules of the network that is traced, and of the weights that
    are read, by their Python ``id``; the path of the network itself is empty."""

    def __init__(self) -> None:
        self.training = Training()
        self.names: dict[int, str] = {}
        self.tried_sizes: list[Shape] = []
        """The sizes of the images with which constructors try their layers."""
        self._parts: dict[str, Value] = {}
        self._weights: dict[tuple[int, str], parameters.Parameter] = {}

    def owns(self, path: Path) -> bool:
        """Whether a path belongs to torch."""
        return path.name == "torch" or path.name.startswith("torch.") or path.name in _OTHER_PATHS

    def imported(self, run: Machine, path: Path, node: ast.AST) -> Value:
        """The value of a path that is imported."""
        if is_of_torchvision(path) and last_name(path) in LAYERS:
            return Path(f"torch.nn.{last_name(path)}")
        if is_of_torchvision(path) and last_name(path) in NAMES:
            if not self._parts:
                self._parts = run.followed(parts(line_of(node)))
            return self._parts[last_name(path)]
        return Path(_OTHER_PATHS.get(path.name, path.name))

    def undefined(self, name: str) -> Value:
        """The class of torch that a name without an import means."""
        if name in CLASSES or name in CONTAINERS:
            return Path(f"torch.nn.{name}")
        raise NotKnown

    def value(self, path: Path) -> Value:
        """The usual path of a class that has another one as well; MISSING for all other paths."""
        return Path(_OTHER_PATHS[path.name]) if path.name in _OTHER_PATHS else MISSING

    def is_traced(self, value: Value) -> bool:
        """Whether a value is a tensor of a network that is traced, or holds one."""
        return _holds_tensor(value)

    def recognized(self, node: ast.ClassDef) -> Path | None:
        """The path that a class of the source stands for: that of a layer, if cnnviz wrote the class."""
        return Path(f"torch.nn.{node.name}") if is_generated(node) else None

    def keeps_as_is(self, decorator: Value, node: ast.AST) -> bool:
        """Whether a decorator leaves a function or a class as it is, for reading it."""
        if not isinstance(decorator, Path):
            return False
        return decorator.name.startswith(_DECORATORS) or last_name(decorator) in DECORATORS

    def call(self, run: Machine, path: Path, given: Given) -> Value:
        """Call a function, or make an object of a class."""
        if match := _CLASS.fullmatch(path.name):
            name = match[1]
            if (remark := _patch(run, f"torch.nn.{name}", "torch.nn.Module")) is not None:
                raise NotKnown(remark)
            if name == "Parameter":
                return parameters.made(run, path.name, given)
            layer = Instance(Path(f"torch.nn.{name}"), given.node, regions=run.regions)
            run.made.append(layer)
            run.last_made = run.effort.steps
            self.construct(run, layer, Path(f"torch.nn.{name}"), given)
            return layer
        if path.name in _FALSE:
            return False
        if any(_holds_tensor(value) for value in given.all()):
            if (remark := _patch(run, path.name)) is not None:
                raise NotKnown(remark)
            match = _FUNCTION.fullmatch(path.name)
            return tried(run, lambda: call_function(run, match[1] if match else "", path.name, given))
        if (made_batch := batch(run, path.name, given)) is not None:
            return made_batch
        if path.name == "torch.compile" and given.positional:
            return given.positional[0]
        if (compute := NUMBERS.get(path.name)) is not None:
            return checked(compute)(run, given)
        parameter = parameters.made(run, path.name, given)
        if parameter is MISSING:
            raise NotKnown
        return parameter

    def method(self, run: Machine, tensor: Tensor, name: str, given: Given) -> Value:
        """Call a method of a tensor; raises PasteError if it has no counterpart."""
        method = method_of(tensor, name)
        if name == "numel":
            return count(tensor)
        if method is None:
            raise no_counterpart(given.node)
        return tried(run, lambda: method(run, given))

    def construct(self, run: Machine, made: Instance, path: Path, given: Given) -> None:
        """Run ``__init__`` of a class of torch."""
        name = last_name(path)
        if name not in CONTAINERS:
            construct_layer(made, name, given)
        elif name == "Sequential":
            containers.fill(run, made, given)
        elif name in ("ModuleList", "ModuleDict") and given.positional:
            extend(run, made, given.positional[0], given.node)
        elif name == "DataParallel" and given.positional:
            made.attributes["module"] = given.positional[0]

    def call_instance(self, run: Machine, called: Instance, given: Given) -> Value:
        """Call a module."""
        return tried(run, lambda: self._call_module(run, called, given))

    def _call_module(self, run: Machine, called: Instance, given: Given) -> Value:
        if not any(_holds_tensor(value) for value in given.all()):
            raise NotKnown
        remark = run.doubt(called)
        if remark is not None:
            raise PasteError(remark)
        name = self.names.get(id(called), "")
        forward = called.own.find("forward") if called.own is not None else MISSING
        tensor = next(value for value in given.all() if _holds_tensor(value))
        trace = tensor.trace if isinstance(tensor, Tensor) else None
        if "forward" in called.attributes:
            # a method of this object alone
            return run.call(called.attributes["forward"], given)
        if isinstance(forward, Unknown):
            raise PasteError(forward.why())
        if isinstance(forward, Function):
            body = Bound(forward, called)
            # the network itself is no block
            if trace is None or not self.names.get(id(called), called.class_name):
                return run.call(body, given)
            with trace.block(name or called.class_name):
                return run.call(body, given)
        return self.call_base(run, called, given)

    def call_base(self, run: Machine, called: Instance, given: Given) -> Value:
        """Call the ``forward`` of a class of torch."""
        kind = torch_class(called)
        name = self.names.get(id(called), "")
        if len(given.positional) != 1 or given.named:
            raise no_counterpart(given.node)
        (tensor,) = given.positional
        if kind == "Sequential":
            # a Sequential within another module belongs to the block of that module
            if not name or ("." in name and called.own is None) or not isinstance(tensor, Tensor):
                return self._in_turn(run, called, tensor, given)
            with tensor.trace.block(name):
                return self._in_turn(run, called, tensor, given)
        if not isinstance(tensor, Tensor):
            raise no_counterpart(given.node)
        if kind == "DataParallel":
            return run.call(called.attributes["module"], given)
        if kind in CONTAINERS:
            raise no_counterpart(given.node)
        if kind == "LogSoftmax" and isinstance(called.data, Call):
            return log_softmax(run, tensor, Given(given.node, [], dict(called.data.arguments)))
        if isinstance(called.data, PasteError):
            tensor.trace.wrong += called.data.remarks
            return tensor.after(tensor.trace.lost((tensor.step,), called.line))
        return call_layer(called.data, tensor, name, given.node, called)

    def _in_turn(self, run: Machine, called: Instance, value: Value, given: Given) -> Value:
        if isinstance(value, Tensor) and (pair := call_pair(called, value, self.names.get(id(called), ""), given.node)):
            return pair
        for child in containers.entries(called):
            if isinstance(child, Unknown):
                raise PasteError(child.why())
            if not is_module(child):
                raise PasteError(Remark("unknown_value", called.line, {"value": shown(child)}))
            value = run.call(child, Given(child.node, [value]))
        return value

    def is_a(self, instance: Instance, path: Path) -> bool:
        """Whether an object is an instance of a class of torch."""
        if instance.own is not None and path in instance.own.order:
            return True
        foreign = instance.foreign
        if foreign is None or not self.owns(foreign):
            return False
        usual_path = _OTHER_PATHS.get(path.name, path.name)
        if usual_path == "torch.nn.Module":
            return True
        if last_name(path).startswith("_"):
            raise NotKnown
        match = _CLASS.fullmatch(usual_path)
        return match is not None and last_name(foreign) == match[1]

    def attribute(self, run: Machine, instance: Instance, name: str, node: ast.AST) -> Value:
        """An attribute that neither the object nor its own classes have."""
        method = MODULE_METHODS.get(name)
        if method is not None:
            return Native(name, lambda run, given: method(run, instance, given))
        if run.tracing and (parameter := self._parameter(instance, name)) is not None:
            return parameter
        if name in _CHANGES:
            run.spoil(instance, node)
            raise NotKnown
        match name:
            case "training":
                return self.training
            case "__len__" if torch_class(instance) in ("Sequential", "ModuleList", "ModuleDict"):
                return Native(name, lambda run, given: containers.length(run, instance, given.node))
            case "_modules":
                return containers.parts(run, instance, node)
        if name in _RETURNS_ITSELF:
            return Native(name, lambda run, given: instance)
        if name.startswith("__"):
            return MISSING
        if torch_class(instance) not in CONTAINERS:
            return argument_of(instance, name)
        if name in _UNKNOWN:
            raise NotKnown
        return MISSING

    def _parameter(self, instance: Instance, name: str) -> parameters.Parameter | None:
        """The weight or the bias of a layer, the same each time."""
        found = self._weights.get((id(instance), name)) or parameters.parameter_of(instance, name)
        if found is not None:
            self._weights[id(instance), name] = found
            self.names.setdefault(id(found), f"{self.names.get(id(instance), '')}.{name}")
        return found

    def stored(self, run: Machine, instance: Instance, name: str, node: ast.AST) -> None:
        """Note that the source assigns an attribute of a layer: an argument, or a ``weight``.

        The layer is then not read, unless the weight is made by a call that is not followed, as for an initialization:
        it may be that of another layer.
        """
        value, call = instance.attributes[name], instance.data
        if not isinstance(call, Call):
            return
        if name in positions_of(call.name, call.line):
            argument = constant(False if name == "bias" and value is None else value)
            instance.data = replace(call, arguments={**call.arguments, name: argument})
        elif name == "weight" and not (isinstance(value, Unknown) and isinstance(value.node, ast.Call)):
            run.spoil(instance, node)

    def iterate(self, run: Machine, instance: Instance, node: ast.AST) -> list[Value]:
        """The modules in a container, or the names of a ModuleDict."""
        return containers.iterated(instance)

    def item(self, run: Machine, instance: Instance, key: Value, node: ast.AST) -> Value:
        """A module in a container; for a slice, a container of its modules."""
        return containers.item(run, instance, key, node)

    def store_item(self, run: Machine, instance: Instance, key: Value, value: Value, node: ast.AST) -> None:
        """Replace, add or delete a module in a container."""
        containers.store_item(run, instance, key, value, node)


def _patch(run: Machine, *paths: str) -> Remark | None:
    """The remark about a change that the source makes to one of these paths, or to what is in it."""
    for patched, remark in run.patches.items():
        if any(patched == path or patched.startswith(f"{path}.") for path in paths):
            return remark
    return None


def _holds_tensor(value: Value, depth: int = 0) -> bool:
    """Whether a value is a tensor, or a list or tuple with one, also if lists are nested once."""
    if isinstance(value, list | tuple) and depth < 2:
        return any(_holds_tensor(entry, depth + 1) for entry in value)
    return isinstance(value, Tensor)
