"""Reads the network of Keras source: functional models, own classes, and what else the interpreter can follow."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.candidates import Candidate, Candidates
from cnnviz.code.read.follow.interpreter import Interpreter
from cnnviz.code.read.follow.keras.blocks import MARK
from cnnviz.code.read.follow.keras.framework import Keras
from cnnviz.code.read.follow.keras.inputs import images_of_shape
from cnnviz.code.read.follow.keras.layers import Computed, KerasLayer
from cnnviz.code.read.follow.keras.models import Graph, Stack, has_layers, is_network, named, parts
from cnnviz.code.read.follow.keras.tensors import AS_THEY_ARE, KerasTensor, KerasTrace
from cnnviz.code.read.follow.tracing import Traced, tracing
from cnnviz.code.read.follow.values import (
    MISSING,
    Class,
    Function,
    Given,
    Instance,
    NotKnown,
    Raised,
    Unfit,
    Unknown,
    Value,
)
from cnnviz.code.read.images import source_sizes
from cnnviz.code.read.keras_format import format_in
from cnnviz.code.read.keras_older import is_keras_1
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.network.layers import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.network.graph import Network
    from cnnviz.network.layers import Layer
    from cnnviz.network.shape import Shape

MOST_MAKERS = 5
"""The most functions that are called to see whether they make a network."""
_WITHOUT_EFFECT = frozenset({"Dropout", "Dropout2d"})
"""Layers that compute nothing after training."""


class KerasSource:
    """A source that was followed; ``choices`` are the names of its networks, ``name`` that of the chosen one."""

    def __init__(self, tree: ast.Module, image: Shape, choice: str | None = None, training: bool = False) -> None:
        self.tree, self.image = tree, image
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.keras = Keras(image, format_in(calls), is_keras_1(calls))
        self.keras.training.on = training
        self.run = self.keras.run = Interpreter(self.keras)
        self.run.follow(tree)
        candidates = Candidates(self.run, is_network, parts, _is_network_class)
        found = [candidate for candidate in candidates.all() if isinstance(candidate.value, Instance)] or self._makers()
        found = found or candidates.all()
        if not found:
            raise PasteError(self.run.troubles[0] if self.run.troubles else Remark("no_network"))
        self.several = len(found) > 1
        """Whether the source has several networks that are no parts of each other."""
        known = [candidate for candidate in found if _is_known(candidate.value)]
        offered = self._with_parts(found)
        chosen = candidates.chosen(offered if choice is not None else known or found, choice)
        self.choices = tuple(candidate.name for candidate in offered)
        self.name = chosen.name
        self.network = self._network(chosen, candidates)
        self.keras.names = {id(instance): path for path, instance in named(self.network)}

    def read(self) -> Traced:
        """The network, which must be the same in training, dropout aside; raises PasteError."""
        traced = self._read()
        if not self.keras.training.asked or self.keras.training.on:
            return traced
        trained = KerasSource(self.tree, self.image, self.name, training=True).read()
        if _core(trained.network) != _core(traced.network):
            raise PasteError(Remark("training_differs", self.keras.training.asked[0]))
        # it has the layers of dropout that the source calls in training only
        return trained

    def _read(self) -> Traced:
        output = self._output()
        trace = output.trace
        step = output.settled(self.network.node)
        kept = trace.kept(step)
        self._check(trace, kept)
        notes = [each.remark for each in trace.about if not each.wrong and each.step in kept]
        if trace.steps[step].layer.kind == "Softmax":
            notes.append(Remark("softmax_left_out", trace.steps[step].line))
            (step,) = trace.steps[step].sources
        if step == 0:
            raise PasteError(Remark("no_layers", self.network.line, {"name": self.network.class_name}))
        self._name_blocks(trace, kept)
        try:
            network, blocks = trace.network(step)
        except ParameterError as error:
            raise PasteError(Remark("bad_parameter", self.network.line, {"reason": error.sentence})) from error
        notes += [remark for owner, remark in self.run.not_followed if owner is self.network]
        return Traced(network, blocks, tuple(_each_once(notes)))

    def _with_parts(self, found: list[Candidate]) -> list[Candidate]:
        """The networks, and the models in them that have a name in the module."""
        roots = [candidate.value for candidate in found]
        if not isinstance(roots[0], Instance):
            return found
        inner = {id(part) for root in roots for part in parts(root)}
        return [
            Candidate(name, value)
            for name, value in self.run.module.names.items()
            if isinstance(value, Instance) and (value in roots or (id(value) in inner and has_layers(value)))
        ] or found

    def _network(self, chosen: Candidate, candidates: Candidates) -> Instance:
        if isinstance(chosen.value, Function):
            model = self._called(chosen.value)
            if model is not None:
                return model
        return candidates.network(chosen)

    def _makers(self) -> list[Candidate]:
        """Functions that return a model, and that no other function uses."""
        names = self.run.module.names
        functions = {name: value for name, value in names.items() if isinstance(value, Function)}
        used = {
            inner.id
            for name, function in functions.items()
            for inner in ast.walk(function.node)
            if isinstance(inner, ast.Name) and inner.id != name
        }
        makers = [name for name, function in functions.items() if name not in used and _makes_model(function.node)]
        makes = [name for name in makers[-MOST_MAKERS:] if self._called(functions[name]) is not None]
        return [Candidate(name, functions[name]) for name in makes]

    def _called(self, function: Function) -> Instance | None:
        """The model that a function returns, with unknown values for arguments without a default."""
        arguments = function.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        needed = positional[: len(positional) - len(function.defaults)]
        needed += [argument for argument in arguments.kwonlyargs if argument.arg not in function.named_defaults]
        values: dict[str, Value] = {
            argument.arg: Unknown(ast.Name(argument.arg, ast.Load(), lineno=function.node.lineno, col_offset=0))
            for argument in needed
        }
        try:
            model = self.run.call(function, Given(function.node, [], values))
        except (NotKnown, Unfit, Raised):
            return None
        return model if isinstance(model, Instance) and is_network(model) else None

    def _output(self) -> KerasTensor:
        network, line = self.network, self.network.line
        if (remark := self.keras.doubt or self.run.doubt(network)) is not None:
            raise PasteError(remark)
        if isinstance(network.data, Graph):
            first, last = network.data.ends(line)
            if first.trace is not last.trace or first.step != 0:
                raise PasteError(Remark("inner_input", line))
            return last
        return self._traced(self._begin())

    def _begin(self) -> KerasTensor:
        """The images that a Sequential or an object of an own class gets."""
        node = self.network.node
        size: Value = None
        if isinstance(self.network.data, Stack):
            first = self._first(self.network.data)
            if isinstance(first, KerasTensor):
                return first
            size = (
                first.data.size
                if isinstance(first, Instance) and isinstance(first.data, KerasLayer | Computed)
                else None
            )
            built = self.network.data.built
            if size is None and isinstance(built, tuple | list):
                size = tuple(built[1:])
        if size is None:
            stated, _ = source_sizes(self.tree, self.name, None)
            size = stated[0] if stated else None
        return images_of_shape(self.keras.conventions, lambda: self.keras.blocks.around(self.run), size, Given(node))

    def _first(self, stack: Stack) -> Value:
        first = stack.layers[0] if stack.layers else None
        while isinstance(first, Instance) and isinstance(first.data, Stack) and first.data.layers:
            first = first.data.layers[0]
        return first

    def _traced(self, start: KerasTensor) -> KerasTensor:
        """The output of the network for these images; raises PasteError."""
        run, network = self.run, self.network
        with tracing(run, network.line):
            if isinstance(network.data, Stack) and network.own is None:
                result = self.keras.in_turn(run, network.data, start, network.node)
            else:
                result = run.call(network, Given(network.node, [start]))
        if isinstance(result, Unknown):
            raise PasteError(result.why())
        if not isinstance(result, KerasTensor):
            kind = result.class_name if isinstance(result, Instance) else type(result).__name__
            raise PasteError(Remark("several_results", network.line, {"value": kind}))
        return result

    def _check(self, trace: KerasTrace, kept: list[int]) -> None:
        """Raise PasteError for what is wrong with the steps of the network."""
        wrong = [each.remark for each in trace.about if each.wrong and each.step in kept]
        if wrong:
            raise PasteError(*_each_once(wrong))
        self._check_sharing(trace, kept)
        self._check_order(trace, kept)
        if len(trace.scales) > 1:
            line = next(line for scale, line in trace.scales.items() if scale != AS_THEY_ARE)
            raise PasteError(Remark("scaled_in_part", line))
        if trace.scales:
            ((_, trace.mean, trace.std),) = trace.scales

    def _check_sharing(self, trace: KerasTrace, kept: list[int]) -> None:
        calls: dict[int, set[int]] = {}
        for place in kept:
            maker, number = trace.makers.get(place, (None, 0))
            step = trace.steps[place]
            shapes = tuple(shape for source in step.sources if (shape := trace.steps[source].shape) is not None)
            if maker is None or not step.layer.infer(shapes).parameters:
                continue
            numbers = calls.setdefault(id(maker), set())
            numbers.add(number)
            if len(numbers) > 1:
                name = maker.attributes.get("name") or self.keras.names.get(id(maker)) or maker.class_name
                raise PasteError(Remark("reused", step.line, {"name": name}))

    def _check_order(self, trace: KerasTrace, kept: list[int]) -> None:
        """Raise PasteError for a Reshape after a Dense if anything else reads the values between the two.

        The Reshape gets its order by exchanging the outputs of the Dense.
        """
        readers: dict[int, int] = {}
        for place in kept:
            for source in trace.steps[place].sources:
                readers[source] = readers.get(source, 0) + 1
        for reshape in trace.arranged.intersection(kept):
            place = reshape
            while trace.steps[place].layer.kind != "Dense" and trace.steps[place].sources:
                place = trace.steps[place].sources[0]
                if readers.get(place, 0) > 1:
                    raise PasteError(Remark("order", trace.steps[reshape].line, {"name": "Reshape"}))

    def _name_blocks(self, trace: KerasTrace, kept: list[int]) -> None:
        """Number blocks of one name, and leave out the blocks of functions that are called once."""
        found = dict.fromkeys(block for place in kept for block in trace.steps[place].blocks)
        calls = Counter(block.split(MARK)[0] for block in found if block.endswith(MARK))
        names: dict[str, str] = {}
        counts = Counter[str]()
        for block in found:
            name = block.split(MARK)[0]
            if not block.endswith(MARK) or calls[name] > 1:
                counts[name] += 1
                names[block] = name if counts[name] == 1 else f"{name} ({counts[name]})"
        for place in kept:
            step = trace.steps[place]
            trace.steps[place] = replace(step, blocks=tuple(names[block] for block in step.blocks if block in names))


def _core(network: Network) -> list[tuple[Layer, tuple[int, ...]]]:
    """The layers that compute something after training, each with the places of its sources."""
    places: dict[str, int] = {}
    core: list[tuple[Layer, tuple[int, ...]]] = []
    for name in _from_end(network):
        sources = tuple(places[source] for source in network.inputs[name])
        if network[name].kind in _WITHOUT_EFFECT:
            (places[name],) = sources
        else:
            places[name] = len(core)
            core.append((network[name], sources))
    return core


def _from_end(network: Network) -> Iterator[str]:
    """All nodes, each after its sources, in an order that does not depend on their names."""
    seen = set[str]()
    waiting = [network.order[-1]]
    while waiting:
        name = waiting[-1]
        missing = [source for source in network.inputs[name] if source not in seen]
        if missing:
            waiting += reversed(missing)
        else:
            waiting.pop()
            if name not in seen:
                seen.add(name)
                yield name


def _each_once(remarks: list[Remark]) -> list[Remark]:
    """Remarks in the order of their lines, without repetitions."""
    by_text = {(remark.line, remark.sentence()): remark for remark in remarks}
    return sorted(by_text.values(), key=lambda remark: remark.line)


def _makes_model(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Name | ast.Attribute)
        and (inner.id if isinstance(inner, ast.Name) else inner.attr) in ("Model", "Functional", "Sequential")
        for inner in ast.walk(node)
    )


def _is_known(value: Value) -> bool:
    if isinstance(value, Instance) and isinstance(value.data, Graph):
        return not any(isinstance(end, Unknown) for end in (value.data.inputs, value.data.outputs))
    return True


def _is_network_class(cls: Class) -> bool:
    foreign = cls.foreign
    return foreign is not None and foreign.name.startswith("keras.") and cls.find("call") is not MISSING
