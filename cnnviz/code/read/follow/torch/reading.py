"""Reads the network of PyTorch source by following what the source does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.candidates import Candidate, Candidates
from cnnviz.code.read.follow.interpreter import Interpreter
from cnnviz.code.read.follow.torch.framework import Torch
from cnnviz.code.read.follow.torch.modules import CONTAINERS, is_module, last_name, modules, shown, torch_class
from cnnviz.code.read.follow.torch.parameters import Parameter
from cnnviz.code.read.follow.torch.tensor_parts import Storage
from cnnviz.code.read.follow.torch.tensors import Tensor
from cnnviz.code.read.follow.tracing import Trace, Traced, tracing
from cnnviz.code.read.follow.values import MISSING, Class, Given, Instance, Unknown
from cnnviz.code.read.images import fitting_side
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Call
from cnnviz.network.layers import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cnnviz.network.shape import Shape

_CHANNELS = ("in_channels", "num_features", "num_channels")
"""Arguments of layers that are their number of input channels."""
_ABOUT_SIZES = frozenset({"misfit", "wrong_size", "view_count"})
"""Remarks that another size of the images may settle."""
_WITH_WEIGHTS = frozenset({"Conv2d", "ConvTranspose2d", "Linear", "BatchNorm2d"})


class TorchSource:
    """A source that was followed; ``choices`` are the names of its networks, ``name`` that of the chosen one."""

    def __init__(self, tree: ast.Module, choice: str | None = None) -> None:
        self.torch = Torch()
        self.run = Interpreter(self.torch)
        self.run.follow(tree)
        candidates = Candidates(self.run, _is_network, _parts, is_network_class)
        found = candidates.all()
        if not found:
            raise PasteError(self.run.troubles[0] if self.run.troubles else Remark("no_network"))
        chosen = candidates.chosen(found, choice)
        self.choices = tuple(candidate.name for candidate in found)
        self.name = chosen.name
        self.chosen: Candidate = chosen
        self.network = _module_of(candidates.network(chosen))
        self.torch.names = dict(_named(self.network))

    @property
    def is_own(self) -> bool:
        """Whether the network is an object of a class of the source."""
        return self.network.own is not None

    def channels(self) -> int | None:
        """The number of input channels of the first convolution; None if it is not known."""
        for _, module in modules(self.network):
            if isinstance(module.data, Call) and module.data.name in ("Conv2d", "ConvTranspose2d"):
                count = module.data.arguments.get("in_channels")
                return count if type(count) is int and count > 0 else None
        return None

    def usual_sizes(self, image: Shape, sides: Iterable[int]) -> Iterator[Shape]:
        """The shape of the images, with the number of channels that the network takes, then those of usual sides."""
        first = self.channels()
        channels = first or image[0]
        # the first number of channels that no layer refuses
        for number in dict.fromkeys((channels, image[0], 3, 1)):
            if not any(remark.values.get("argument") in _CHANNELS for remark in self.refusals((number, *image[1:]))):
                channels = number
                break
        yield (channels, *image[1:])
        yield from ((channels, side, side) for side in sides)
        if first is None:
            # without a convolution, the values of an image are all that counts
            yield from ((1, 28, 28), (3, 32, 32))

    def refusals(self, size: Shape) -> tuple[Remark, ...]:
        """What is wrong with the network for images of a size."""
        try:
            self._traced(size)
        except PasteError as error:
            return error.remarks
        return ()

    def searched(self, channels: int) -> tuple[Traced, Shape] | None:
        """The network for square images that fit it, and their size; None if there are none."""
        side = fitting_side(lambda side: self.refusals((channels, side, side)))
        return (self._read((channels, side, side)), (channels, side, side)) if side is not None else None

    def read(self, sizes: Iterable[Shape]) -> tuple[Traced, Shape]:
        """The network for the first of these image sizes that fits, and that size; raises PasteError."""
        errors: list[PasteError] = []
        for size in sizes:
            try:
                return self._read(size), size
            except PasteError as error:
                if others := [remark for remark in error.remarks if remark.code not in _ABOUT_SIZES]:
                    raise PasteError(*others) from None
                errors.append(error)
        raise errors[0]

    def _read(self, size: Shape) -> Traced:
        """The network as it is in evaluation; raises PasteError if the source makes another one in training."""
        self.torch.training.on = False
        self.torch.training.asked.clear()
        traced = self._traced(size)
        if asked := self.torch.training.asked:
            self.torch.training.on = True
            line = asked[0]
            try:
                differs = self._traced(size).network != traced.network
            except PasteError:
                differs = True
            if differs:
                raise PasteError(Remark("training_differs", line))
        return traced

    def _traced(self, size: Shape) -> Traced:
        try:
            trace = Trace(size)
        except ParameterError as error:
            raise self._bad_parameter(error) from error
        try:
            output = self._output(trace)
        except PasteError as error:
            raise PasteError(*_sorted(trace.wrong or error.remarks)) from error
        if trace.wrong:
            raise PasteError(*_sorted(trace.wrong))
        # a log-softmax at the end is left out; settled() would refuse it
        step = output.step if output.log else output.settled(self.network.node)
        if step == 0:
            raise PasteError(Remark("no_layers", self.network.line, {"name": self.network.class_name}))
        if output.log:
            trace.notes.append(Remark("log_softmax_left_out", output.log))
        elif trace.steps[step].layer.kind == "Softmax":
            trace.notes.append(Remark("softmax_left_out", trace.steps[step].line))
            (step,) = trace.steps[step].sources
        _scale(trace)
        try:
            network, blocks = trace.network(step)
        except ParameterError as error:
            raise self._bad_parameter(error) from error
        notes = [*trace.notes, *self._unused(trace)]
        notes += [remark for owner, remark in self.run.not_followed if owner is self.network]
        return Traced(network, blocks, _sorted(notes))

    def _bad_parameter(self, error: ParameterError) -> PasteError:
        return PasteError(Remark("bad_parameter", self.network.line, {"reason": error.sentence}))

    def _output(self, trace: Trace) -> Tensor:
        run, network = self.run, self.network
        before = {id(module): (module, dict(module.attributes)) for _, module in modules(network)}
        try:
            with tracing(run, network.line):
                result = run.call(network, Given(network.node, [Tensor(trace, Storage(0), trace.image)]))
        finally:
            for module, attributes in before.values():
                # the next trace must not find what this one has stored in the network
                module.attributes = attributes
        if isinstance(result, Unknown):
            raise PasteError(result.why())
        if not isinstance(result, Tensor):
            raise PasteError(Remark("several_results", network.line, {"value": shown(result)}))
        return result

    def _unused(self, trace: Trace) -> Iterable[Remark]:
        """Remarks about layers with weights that the network has and never uses."""
        for path, module in modules(self.network):
            weighs = isinstance(module.data, Call) and module.data.name in _WITH_WEIGHTS
            if weighs and id(module) not in trace.used:
                yield Remark("unused", module.line, {"name": path})


def _named(network: Instance) -> Iterator[tuple[int, str]]:
    """The paths of the modules and of the parameters in a network, by their ``id``."""
    for path, module in modules(network):
        yield id(module), path
        for name, value in module.attributes.items():
            if isinstance(value, Parameter):
                yield id(value), f"{path}.{name}" if path else name


def _scale(trace: Trace) -> None:
    """Let the Input scale the images as the source does; raises PasteError if it does so for some layers only."""
    changed = [(scale, line) for scale, line in trace.scaled.items() if scale is not None]
    if not changed:
        return
    ((mean, std), line), *_ = changed
    if len(trace.scaled) > 1 or (trace.mean, trace.std) != ((0.0,), (1.0,)):
        raise PasteError(Remark("scaled_in_part", line))
    trace.mean, trace.std = (mean,), (std,)
    trace.notes.append(Remark("rescaled", line))


def _sorted(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Remarks by line, each once: a layer that is used several times is reported for each use."""
    once = {remark.sentence(): remark for remark in remarks}
    return tuple(sorted(once.values(), key=lambda remark: remark.line))


def _module_of(network: Instance) -> Instance:
    """The network itself, also if a DataParallel is around it."""
    inner = network.attributes.get("module")
    wrapped = network.own is None and torch_class(network) == "DataParallel"
    return inner if wrapped and isinstance(inner, Instance) else network


def _is_network(made: Instance) -> bool:
    if not is_module(made):
        return False
    if made.own is not None and made.own.find("forward") is not MISSING:
        return True
    return torch_class(made) in ("Sequential", "DataParallel")


def _parts(network: Instance) -> Iterable[Instance]:
    return (module for _, module in modules(network))


def has_forward(tree: ast.Module) -> bool:
    """Whether a source has a class with a method ``forward``."""
    return any(
        isinstance(inner, ast.FunctionDef) and inner.name == "forward"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for inner in node.body
    )


def is_network_class(cls: Class) -> bool:
    """Whether a class of the source is a network or a part of one."""
    foreign = cls.foreign
    if foreign is None or not foreign.name.startswith("torch.nn."):
        return False
    # of the containers only a Sequential runs its modules by itself
    return last_name(foreign) not in CONTAINERS or cls.find("forward") is not MISSING or "Sequential" in foreign.name
