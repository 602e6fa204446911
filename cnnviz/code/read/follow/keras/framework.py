"""Keras as a framework of the interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.code.read.follow.framework import Framework
from cnnviz.code.read.follow.keras.blocks import Blocks
from cnnviz.code.read.follow.keras.conventions import Conventions
from cnnviz.code.read.follow.keras.datasets import loaded
from cnnviz.code.read.follow.keras.functions import call_function, holds_tensor, tensors_of
from cnnviz.code.read.follow.keras.inputs import symbolic_input
from cnnviz.code.read.follow.keras.layers import Computed, KerasLayer, apply, made_lambda, made_layer
from cnnviz.code.read.follow.keras.methods import CHANGING, HARMLESS, METHODS
from cnnviz.code.read.follow.keras.models import BASES, Graph, Stack, is_keras, replayed
from cnnviz.code.read.follow.keras.names import brought_by_star, has_no_layers, is_layer, is_owned, with_keras_name
from cnnviz.code.read.follow.keras.settings import setting
from cnnviz.code.read.follow.keras.tensors import JOINS, KerasTensor, joined
from cnnviz.code.read.follow.training import Training
from cnnviz.code.read.follow.values import (
    MISSING,
    Bound,
    Class,
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
from cnnviz.code.read.keras_older import current_name
from cnnviz.code.read.remarks import PasteError, Remark

if TYPE_CHECKING:
    import ast

    from cnnviz.code.read.follow.machine import Machine
    from cnnviz.code.read.keras_format import ChannelAxis
    from cnnviz.network.shape import Shape

_TRAINED = frozenset({"BatchNormalization", "Dropout", "SpatialDropout2D"})
"""Layers that compute something else in training."""
_CHOOSING = frozenset({"__init__", "__doc__", "get_config", "from_config", "compute_output_shape"})
"""What a class may define that only chooses the arguments of a layer."""
_DECORATORS = (
    "tensorflow.function",
    "keras.api_export.",
    "keras.saving.",
    "keras.utils.register",
    "keras.utils.generic_utils.register",
)


def _is_plain(cls: Class) -> bool:
    """Whether a class that derives from a layer only chooses its arguments."""
    return all(not isinstance(each, Class) or _CHOOSING.issuperset(each.names) for each in cls.order)


class Keras(Framework):
    """Keras, also that of TensorFlow.

    ``names`` are the paths of the layers in the network that is traced, by their ``id``.
    """

    def __init__(self, image: Shape, maps: ChannelAxis | None, keras_1: bool) -> None:
        default = maps if keras_1 and maps is not None else "channels_last"
        self.conventions = Conventions(image, keras_1, maps, default)
        self.training = Training()
        self.names: dict[int, str] = {}
        self.run: Machine | None = None
        """The interpreter that follows the source."""
        self.doubt: Remark | None = None
        """Says why the format of the maps is not known."""
        self._built: dict[int, Instance] = {}
        """The layers whose ``build`` was run, by their ``id``; they are kept, so that no other object gets it."""
        self.blocks = Blocks()

    @property
    def maps(self) -> ChannelAxis:
        """The format of all maps."""
        return self.conventions.maps

    def owns(self, path: Path) -> bool:
        """Whether a path belongs to Keras or TensorFlow."""
        return is_owned(path)

    def imported(self, run: Machine, path: Path, node: ast.AST) -> Value:
        """The path, with the name of Keras in place of other names for it."""
        keras_path = with_keras_name(path)
        name = keras_path.name.rpartition(".")[2]
        # an ``import *`` of a module without layers does not bring the layer in: the name means the usual one
        return self.undefined(name) if has_no_layers(keras_path) and is_layer(name) else keras_path

    def imported_by_star(self, run: Machine, path: Path, node: ast.AST) -> Value:
        """See :meth:`Framework.imported_by_star`."""
        if not brought_by_star(path):
            raise NotKnown
        return self.imported(run, path, node)

    def value(self, path: Path) -> Value:
        """The path, with the name of Keras in place of other names for it."""
        return with_keras_name(path)

    def undefined(self, name: str) -> Value:
        """The class of Keras that a name without an import means."""
        if is_layer(name):
            return Path(f"keras.layers.{name}")
        raise NotKnown

    def is_traced(self, value: Value) -> bool:
        """Whether a value is a tensor, or holds some."""
        return holds_tensor(value)

    def keeps_as_is(self, decorator: Value, node: ast.AST) -> bool:
        """Whether a decorator leaves a function or a class as it is, for reading it."""
        return isinstance(decorator, Path) and decorator.name.startswith(_DECORATORS)

    def call(self, run: Machine, path: Path, given: Given) -> Value:
        """Call a function, or make an object of a class."""
        path = with_keras_name(path)
        name = path.name.rpartition(".")[2]
        if path.name in run.patches:
            raise NotKnown(run.patches[path.name])
        if name == "__init__" and given.positional and isinstance(given.positional[0], Instance):
            self.construct(run, given.positional[0], Path(path.name.rpartition(".")[0]), given.without_first())
            return None
        if name == "Input" or (name == "InputLayer" and not holds_tensor(list(given.all()))):
            return symbolic_input(self.conventions, lambda: self.blocks.around(run), given)
        if name[:1].isupper() and not has_no_layers(path):
            made = Instance(Path(f"keras.layers.{current_name(name)}"), given.node, regions=run.regions)
            run.made.append(made)
            self.construct(run, made, Path(f"keras.layers.{name}"), given)
            return made
        if any(map(holds_tensor, given.all())):
            return call_function(self, path.name, given)
        if name == "load_data":
            return loaded(path.name.split(".")[-2], given.node)
        return setting(self, run, name, given)

    def construct(self, run: Machine, made: Instance, path: Path, given: Given) -> None:
        """Run ``__init__`` of a class of Keras."""
        name = current_name(path.name.rpartition(".")[2])
        given_name = given.named.get("name")
        if isinstance(given_name, str):
            made.attributes.setdefault("name", given_name)
        if name == "Sequential":
            made.data = Stack()
            self._fill(run, made, made.data, given)
        elif name in BASES:
            # inputs and outputs
            ends = [*given.positional, *(given.named[key] for key in ("inputs", "outputs") if key in given.named)]
            if "input" in given.named and "output" in given.named:
                # the names of Keras 1
                ends = [given.named["input"], given.named["output"]]
            if len(ends) > 1 and name in ("Model", "Functional"):
                made.data = Graph(*ends[:2])
        elif name == "Lambda":
            made.data = made_lambda(given)
        else:
            try:
                made.data = made_layer(name, given, self.conventions.default, self.conventions.keras_1)
            except PasteError as error:
                made.data = error

    def _fill(self, run: Machine, made: Instance, stack: Stack, given: Given) -> None:
        layers = given.positional[0] if given.positional else given.named.get("layers")
        if given.rest is not None:
            run.spoil(made, given.node)
        elif layers is not None:
            try:
                stack.layers = list(run.iterated(layers, given.node))
            except NotKnown:
                run.spoil(made, given.node)

    def call_instance(self, run: Machine, called: Instance, given: Given) -> Value:
        """Call a layer or a model with tensors."""
        if "inputs" in given.named and not given.positional:
            named = {key: value for key, value in given.named.items() if key != "inputs"}
            given = Given(given.node, [given.named["inputs"]], named, given.rest)
        if not any(map(holds_tensor, given.all())):
            unknown = next((value for value in given.all() if isinstance(value, Unknown)), None)
            raise NotKnown(unknown.why() if unknown is not None else None)
        if (remark := run.doubt(called)) is not None:
            raise PasteError(remark)
        method = called.own.find("call") if called.own is not None else MISSING
        if not isinstance(method, Function):
            return self.call_base(run, called, given)
        tensor = tensors_of(given.positional[0], given.node)[0] if given.positional else None
        if tensor is not None:
            tensor.trace.called.append(called)
            self._build(run, called, tensor)
        arguments = method.node.args
        takes_training = any(argument.arg == "training" for argument in (*arguments.args, *arguments.kwonlyargs))
        if takes_training and "training" not in given.named and len(given.positional) < 2:
            given = Given(given.node, given.positional, {**given.named, "training": self.training}, given.rest)
        elif not takes_training:
            named = {key: value for key, value in given.named.items() if key != "training"}
            given = Given(given.node, given.positional, named, given.rest)
        if self.names.get(id(called)) == "":
            # the network itself is no block
            return run.call(Bound(method, called), given)
        with self.blocks.block(run, self._block_name(run, called)):
            return run.call(Bound(method, called), given)

    def _build(self, run: Machine, called: Instance, tensor: KerasTensor) -> None:
        """Run the method ``build`` of an own class before its first call."""
        method = called.own.find("build") if called.own is not None else MISSING
        if id(called) in self._built or not isinstance(method, Function):
            return
        self._built[id(called)] = called
        run.call(Bound(method, called), Given(called.node, [tensor.sizes()]))

    def call_base(self, run: Machine, called: Instance, given: Given) -> Value:
        """Call a layer or a model of Keras."""
        if not given.positional or given.rest is not None or given.named.keys() - {"training", "mask"}:
            raise no_counterpart(given.node)
        value, node = given.positional[0], given.node
        kind = called.foreign.name.rpartition(".")[2] if called.foreign is not None else ""
        tensors = tensors_of(value, node)
        tensor = tensors[0]
        tensor.trace.called.append(called)
        if isinstance(called.data, PasteError):
            return tensor.failed(node, *called.data.remarks)
        if kind in JOINS and isinstance(called.data, KerasLayer):
            rest = tensors_of(given.positional[1:], node)
            axis = called.data.call.arguments.get("axis", -1)
            return joined(kind, [*tensors, *rest], node, self._name(called), axis)
        if len(given.positional) != 1 or isinstance(value, list | tuple):
            return tensor.failed(node, *no_counterpart(node).remarks)
        match called.data:
            case KerasLayer() as layer:
                if called.own is not None and not _is_plain(called.own):
                    raise no_counterpart(node)
                after = self.applied(layer, tensor, node, called)
                if isinstance(given.named.get("training"), bool) and kind in _TRAINED:
                    remark = Remark("fixed_training", line_of(node), {"name": kind})
                    after.trace.note(after.step, remark)
                return after
            case Stack() as stack:
                with self.blocks.block(run, self._block_name(run, called)):
                    return self.in_turn(run, stack, tensor, node)
            case Graph() as graph:
                with self.blocks.block(run, self._block_name(run, called)):
                    return replayed(graph, tensor, node, called.line)
        if isinstance(called.data, Computed):
            return self._computed(run, called.data, tensor, node)
        raise no_counterpart(node)

    def _computed(self, run: Machine, layer: Computed, tensor: KerasTensor, node: ast.AST) -> KerasTensor:
        """A tensor after a function of the source."""
        result = run.call(layer.function, Given(node, [tensor]))
        return result if isinstance(result, KerasTensor) else tensor.failed(node, *no_counterpart(node).remarks)

    def in_turn(self, run: Machine, stack: Stack, value: Value, node: ast.AST) -> Value:
        """A tensor after the layers of a Sequential."""
        for layer in stack.layers:
            if isinstance(layer, Unknown):
                raise PasteError(layer.why())
            if isinstance(layer, KerasTensor):
                continue
            if not is_keras(layer):
                raise no_counterpart(node)
            value = run.call(layer, Given(layer.node, [value]))
        return value

    def applied(
        self, layer: KerasLayer, tensor: KerasTensor, node: ast.AST, maker: Instance | None = None
    ) -> KerasTensor:
        """A tensor after a layer and its activation."""
        maker = maker or Instance(Path("keras.layers.Activation"), node)
        after = apply(layer, tensor, node, maker, self.maps, self._name(maker))
        inner = layer.activation
        if inner is None:
            return after
        if isinstance(inner.data, Computed) and self.run is not None:
            return self._computed(self.run, inner.data, after, node)
        if isinstance(inner.data, PasteError) or not isinstance(inner.data, KerasLayer):
            value = {"value": inner.class_name}
            remarks = inner.data.remarks if isinstance(inner.data, PasteError) else ()
            return after.failed(node, *(remarks or (Remark("unknown_activation", inner.line, value),)))
        return self.applied(inner.data, after, node, inner)

    def _name(self, instance: Instance) -> str:
        given = instance.attributes.get("name")
        return given if isinstance(given, str) else self.names.get(id(instance), "")

    def _block_name(self, run: Machine, instance: Instance) -> str:
        names = [name for name, value in run.module.names.items() if value is instance]
        return self._name(instance) or next(iter(names), instance.class_name.lower())

    def stored(self, run: Machine, instance: Instance, name: str, node: ast.AST) -> None:
        """Note that the source changes an attribute of a layer: only a few say nothing about what it computes."""
        if name not in HARMLESS:
            run.spoil(instance, node, "changed")

    def item(self, run: Machine, instance: Instance, key: Value, node: ast.AST) -> Value:
        """Models of Keras have no items."""
        run.spoil(instance, node, "changed")
        raise NotKnown

    def is_a(self, instance: Instance, path: Path) -> bool:
        """Whether an object is an instance of a class of Keras."""
        if instance.own is not None and path in instance.own.order:
            return True
        name = path.name.rpartition(".")[2]
        if instance.foreign is None:
            return False
        if name == "Layer":
            return True
        if name == "Model":
            return isinstance(instance.data, Stack | Graph) or instance.class_name == "Model"
        return instance.foreign.name.rpartition(".")[2] == current_name(name)

    def attribute(self, run: Machine, instance: Instance, name: str, node: ast.AST) -> Value:
        """An attribute that neither the object nor its own classes have."""
        if name in ("call", "__call__"):
            return Native(name, lambda run, given: self.call_base(run, instance, given))
        method = METHODS.get(name)
        if method is not None:
            return Native(name, lambda run, given: method(run, instance, given))
        if name in CHANGING:
            run.spoil(instance, node, "changed")
            raise NotKnown
        if name == "trainable":
            return True
        if name == "layers" and isinstance(instance.data, Stack):
            # a tuple, so that nothing can be removed from it unnoticed; an Input is no layer of it
            return tuple(layer for layer in instance.data.layers if not isinstance(layer, KerasTensor))
        if isinstance(instance.data, KerasLayer) and name in instance.data.call.arguments:
            value = instance.data.call.arguments[name]
            if isinstance(value, bool | int | float | str | tuple):
                return value
        if isinstance(instance.data, Graph) and name in ("input", "inputs", "output", "outputs"):
            found: Value = instance.data.inputs if name.startswith("input") else instance.data.outputs
            return found
        raise NotKnown
