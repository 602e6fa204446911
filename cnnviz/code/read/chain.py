"""The chain of layers that is built while source is read: sizes are checked, and all problems are collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cnnviz.code.read.remarks import Remark
from cnnviz.code.read.syntax import Call, Opaque
from cnnviz.network.graph import Network, chain, free_id
from cnnviz.network.layers import KINDS, Input, Layer, Output, ParameterError
from cnnviz.network.layers.base import Misfit
from cnnviz.network.names import is_id
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.shape import Shape

Order = Literal["torch", "keras", "other", "free", "grouped", "shuffled"]
"""The order of the values: channels first ("torch"), channels last ("keras"), another order, or any order ("free"):
after a Dense, whose weights adapt to it. Inside a channel shuffle of Keras, the last axis is split into groups
("grouped"), then groups and the channels of a group are exchanged ("shuffled")."""


@dataclass
class ReadChain:
    """The layers read so far: of each its name in the source, the layer, and its input shape.

    ``shape`` is the output shape of the last layer. It is None after a layer that does not fit; later sizes are not
    checked.
    """

    shape: Shape | None
    layers: list[tuple[str | None, Layer, Shape | None]] = field(default_factory=list)
    wrong: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    input_name: str | None = None
    lines: list[int] = field(default_factory=list)
    """The line of each layer."""
    order: Order = "torch"
    """The order, in the source, of the values that the last layer returns."""

    def report(self, code: str, line: int, **values: Any) -> None:
        """Collect a problem in a line."""
        self.wrong.append(Remark(code, line, values))

    def note(self, code: str, line: int, **values: Any) -> None:
        """Collect a note about a line whose layers differ from what the source says."""
        self.notes.append(Remark(code, line, values))

    def add(self, kind: str, call: Call, parameters: Mapping[str, Any], name: str | None = None) -> None:
        """Add a layer of a kind; problems are collected."""
        for value in parameters.values():
            if isinstance(value, Opaque):
                self.report("unknown_value", call.line, value=value.text)
                self.shape = None
                return
        try:
            layer = KINDS[kind](**parameters)
        except ParameterError as error:
            self.report("bad_parameter", call.line, reason=error.sentence)
            self.shape = None
            return
        self.append(layer, call.line, name)

    def append(self, layer: Layer, line: int, name: str | None) -> None:
        """Add a layer; if it does not fit, this is collected."""
        before = self.shape
        if before is not None:
            try:
                self.shape = layer.infer((before,)).output
            except Misfit as misfit:
                self.wrong += misfit_remarks(misfit, layer, line, name or "")
                self.shape = None
        self.layers.append((name, layer, before))
        self.lines.append(line)

    def replace_last(self, layer: Layer, line: int) -> None:
        """Replace the last layer by one with other parameters."""
        name, self.shape = self.pop()
        self.append(layer, line, name)

    def pop(self) -> tuple[str | None, Shape | None]:
        """Remove the last layer; returns its name and its input shape."""
        name, _, before = self.layers.pop()
        self.lines.pop()
        return name, before

    def expect(self, call: Call, argument: str) -> None:
        """Check an argument that repeats the number of input channels or values."""
        value = call.arguments.get(argument)
        if value is None or self.shape is None:
            return
        if isinstance(value, Opaque):
            self.report("unknown_value", call.line, value=value.text)
        # a Linear does not fit maps, whatever it says of them: that is collected when it is added
        elif value != self.shape[0] and (len(self.shape) == 1 or argument != "in_features"):
            values = {"name": call.name, "argument": argument, "value": value, "actual": self.shape[0]}
            self.report("wrong_size", call.line, **values)
            self.shape = None

    def network(self, image: Shape) -> Network:
        """The network: the layers between an Input for these images and an Output, each with a unique name."""
        first = Input(image, self.mean, self.std)
        start = _valid_id(self.input_name) or "input"
        nodes: list[tuple[str, Layer]] = [(start, first)]
        taken = {node_id for name, _, _ in self.layers if (node_id := _valid_id(name)) is not None} | {start}
        used = {start}
        for name, layer, _ in self.layers:
            node_id = _valid_id(name)
            if node_id is None or node_id in used:
                node_id = free_id(Network(), layer, taken)
                taken.add(node_id)
            used.add(node_id)
            nodes.append((node_id, layer))
        end = Output()
        nodes.append((free_id(Network(), end, used), end))
        return chain(*nodes)


def misfit_remarks(misfit: Misfit, layer: Layer, line: int, name: str) -> list[Remark]:
    """The remarks about a layer that does not fit its input; ``name`` is its name in the source, or empty."""
    remarks = []
    for part in misfit.mismatches:
        values = {"node": name or layer.kind, "kind": layer.kind, **part.values}
        kind = PROBLEM_KINDS[part.code]
        template = kind.template if name else kind.nameless
        remarks.append(Remark("misfit", line, {"reason": Sentence(template, **values)}))
    return remarks


def _valid_id(name: str | None) -> str | None:
    """A name in the source as an id; None if it is not a valid id."""
    return name if name is not None and is_id(name) else None
