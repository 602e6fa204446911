"""Generated source: its text, the node of each line, and how values and names are written in Python.

A network that cannot be written raises an error whose sentence the code panel and the export dialog show.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.network.layers import Input
from cnnviz.network.problem_kind import About
from cnnviz.sentence import SaidError, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz.network.graph import Network
    from cnnviz.network.problems import Problem
    from cnnviz.network.report import Report
    from cnnviz.network.shape import Shape

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "hindered": "There is no code for a network with errors: {sentence}",
        "no_match": "Keras has no layer like {kind} “{node}”.",
        "no_match_with": "Keras has no layer like {kind} “{node}” with {what}.",
    }
)


class SourceError(SaidError, ValueError):
    """The network cannot be written as source. ``code`` is a key of :data:`MESSAGES`.

    ``node`` is the layer that causes it; None if it is the whole network.
    """

    def __init__(self, code: str, node: str | None = None, **values: object) -> None:
        self.code, self.node = code, node
        self.values = values if node is None else {"node": node, **values}
        super().__init__(Sentence(MESSAGES[code], **self.values))


@dataclass(frozen=True)
class Source:
    """Source code of a network.

    ``nodes`` has, for each line, the id of the node that it belongs to, or None. ``names`` maps each used node to its
    name in the source, see :func:`identifiers`.
    """

    text: str
    nodes: tuple[str | None, ...]
    names: Mapping[str, str]

    @cached_property
    def lines(self) -> Mapping[str, tuple[int, ...]]:
        """For each node its lines, counted from 0."""
        found: dict[str, list[int]] = {}
        for number, node in enumerate(self.nodes):
            if node is not None:
                found.setdefault(node, []).append(number)
        return {node: tuple(numbers) for node, numbers in found.items()}


@dataclass
class Writer:
    """Collects lines and the nodes that they belong to."""

    lines: list[str] = field(default_factory=list)
    nodes: list[str | None] = field(default_factory=list)

    def add(self, text: str = "", node: str | None = None) -> None:
        """Add lines that belong to ``node``."""
        for line in text.split("\n"):
            self.lines.append(line)
            self.nodes.append(node)

    def source(self, names: Mapping[str, str]) -> Source:
        """The complete source."""
        return Source("\n".join(self.lines) + "\n", tuple(self.nodes), names)


def require_sound(report: Report) -> None:
    """Raise SourceError for a network with errors, except errors about the dataset or the memory."""
    if (problem := hindrance(report)) is not None:
        raise SourceError("hindered", sentence=problem.said)


def hindrance(report: Report) -> Problem | None:
    """The first error that keeps a network from being written as source.

    Errors about the dataset or the memory do not: the source is right for other images, or on a larger machine.
    """
    return next((problem for problem in report.errors if problem.kind.about not in (About.DATASET, About.MEMORY)), None)


def input_of(network: Network) -> tuple[str, Input]:
    """The id of the only Input, and its layer."""
    (name,) = network.of_kind(Input)
    layer = network[name]
    assert isinstance(layer, Input)
    return name, layer


def is_chain(network: Network, report: Report) -> bool:
    """Whether every used node reads the node before it and nothing else."""
    return all(network.inputs[name] == (before,) for before, name in pairwise(report.used))


def reading_order(network: Network, report: Report) -> tuple[str, ...]:
    """The used nodes in topological order, each path completely before the next path."""
    waiting = {name: len(network.inputs[name]) for name in report.used}
    stack, order = [report.used[0]], []
    while stack:
        name = stack.pop()
        order.append(name)
        ready = []
        for target in network.outputs[name]:
            if target in waiting:
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
        stack.extend(reversed(ready))
    return tuple(order)


def identifiers(names: Iterable[str], reserved: frozenset[str]) -> dict[str, str]:
    """A Python name for each id.

    ``-`` becomes ``_``; a name that begins with ``_`` gets the prefix ``layer``, one that is taken or reserved a
    suffix. All others are kept.
    """
    identifiers: dict[str, str] = {}
    preferred = {name: _identifier(name, reserved) for name in names}
    taken = {name for name, identifier in preferred.items() if name == identifier}
    for name, identifier in preferred.items():
        unique, number = identifier, 2
        while name != identifier and unique in taken:
            unique, number = f"{identifier}_{number}", number + 1
        taken.add(unique)
        identifiers[name] = unique
    return identifiers


def _identifier(name: str, reserved: frozenset[str]) -> str:
    identifier = name.replace("-", "_")
    if identifier.startswith("_"):
        # Python mangles names with two leading underscores inside a class
        identifier = f"layer{identifier}"
    return f"{identifier}_" if keyword.iskeyword(identifier) or identifier in reserved else identifier


class SourceBuilder:
    """What the writers of PyTorch and of Keras share: the network, its nodes in the order of the lines, their names,
    and the source that is written so far (``out``)."""

    def __init__(self, network: Network, report: Report, reserved: frozenset[str]) -> None:
        self.network, self.report = network, report
        self.input, self.input_layer = input_of(network)
        self.order = reading_order(network, report)
        self.output = self.order[-1]
        self.names = identifiers(self.order, reserved)
        self.out = Writer()

    def shape(self, name: str) -> Shape:
        """The output shape of a node."""
        shape = self.report.nodes[name].output
        assert shape is not None
        return shape

    def variables(self) -> dict[str, str]:
        """The variable for the output of each node except the last, by id: ``x`` if only the next line reads it."""
        variables = {}
        for name, following in pairwise(self.order):
            readers = [other for other in self.network.outputs[name] if other in self.names]
            variables[name] = "x" if readers == [following] else self.names[name]
        return variables


def literal(value: object) -> str:
    """A value as people write it in Python: ``3`` for ``(3, 3)``, ``1e-5`` for ``1e-05``."""
    if isinstance(value, tuple):
        if len(value) == 2 and value[0] == value[1]:
            return literal(value[0])
        return tuple_of(value)
    if isinstance(value, float):
        return re.sub(r"e([+-])0+(\d)", lambda match: f"e{match[1].strip('+')}{match[2]}", repr(value))
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value)


def tuple_of(values: Iterable[object]) -> str:
    """A tuple with all its entries: ``(3, 3)``, ``(10,)``."""
    parts = [literal(value) for value in values]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def call(function: str, *positional: object, **options: tuple[object, object]) -> str:
    """A call: positional arguments, then each option, given as (value, default), that is not the default.

    A :class:`Verbatim` value is written unchanged.
    """
    parts = [_written(value) for value in positional]
    parts += [f"{name}={_written(value)}" for name, (value, default) in options.items() if value != default]
    return f"{function}({', '.join(parts)})"


class Verbatim(str):
    """Python source that is written unchanged."""

    __slots__ = ()


def _written(value: object) -> str:
    return str(value) if isinstance(value, Verbatim) else literal(value)


def per_channel(values: tuple[float, ...]) -> Verbatim:
    """The source of one number, or of a list with a number for each channel."""
    return Verbatim(literal(values[0]) if len(values) == 1 else f"[{', '.join(map(literal, values))}]")


def channels_last(shape: Shape) -> Shape:
    """(C, H, W) as (H, W, C); other shapes unchanged."""
    return (*shape[1:], shape[0]) if len(shape) == 3 else shape


def is_normalized(layer: Input) -> bool:
    """Whether the Input changes the images."""
    return any(mean != 0 for mean in layer.mean) or any(std != 1 for std in layer.std)


def sizes(shape: Shape) -> str:
    """Sizes as a list: ``1, 28, 28``."""
    return ", ".join(map(str, shape))


def docstring(about: str, names: Mapping[str, str]) -> str:
    """The docstring of the source; it lists the names that differ from the ids of the nodes."""
    renamed = [f"    {name} is “{node}”" for node, name in names.items() if name != node]
    if not renamed:
        return f'"""{about}"""'
    return "\n".join([f'"""{about}', "", "Called differently in the drawing:", "", *renamed, '"""'])
