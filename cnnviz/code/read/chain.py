"""A chain of layers that grows while source is read: sizes are checked, and all that is wrong is collected."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cnnviz.code.read.remarks import Remark
from cnnviz.code.read.syntax import Call, Opaque
from cnnviz.network.graph import Network, chain, free_id
from cnnviz.network.layers import KINDS, Input, Layer, Output, ParameterError
from cnnviz.network.layers.base import Misfit
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz.network.shape import Shape

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")

Order = Literal["torch", "keras", "other", "free"]
"""Channels first, channels last, something else, or as it happens: a Dense has learned it."""


@dataclass
class ReadChain:
    """Layers with the names and lines they have in the source.

    ``shape`` is what the last of them gives, None after one that does not fit; from there on sizes are not checked.
    """

    shape: Shape | None
    layers: list[tuple[str | None, Layer, Shape | None]] = field(default_factory=list)
    wrong: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    input_name: str | None = None
    lines: list[int] = field(default_factory=list)
    """Where each of the layers stands."""
    order: Order = "torch"
    """How the source orders the values that the last layer gives."""

    def say(self, code: str, line: int, **values: Any) -> None:
        """There is something wrong in a line."""
        self.wrong.append(Remark(code, line, values))

    def note(self, code: str, line: int, **values: Any) -> None:
        """Something in a line is read in its own way."""
        self.notes.append(Remark(code, line, values))

    def add(self, kind: str, call: Call, parameters: Mapping[str, Any], name: str | None = None) -> None:
        """One more layer; what does not fit is said."""
        for value in parameters.values():
            if isinstance(value, Opaque):
                self.say("unknown_value", call.line, value=value.text)
                self.shape = None
                return
        try:
            layer = KINDS[kind](**parameters)
        except ParameterError as error:
            self.say("bad_parameter", call.line, reason=error.sentence)
            self.shape = None
            return
        self.append(layer, call.line, name)

    def append(self, layer: Layer, line: int, name: str | None) -> None:
        """One more layer that is made already."""
        before = self.shape
        if before is not None:
            try:
                self.shape = layer.infer((before,)).output
            except Misfit as misfit:
                for one in misfit.every:
                    values = {"node": name or layer.kind, "kind": layer.kind, **one.values}
                    kind = PROBLEM_KINDS[one.code]
                    template = kind.template if name else kind.nameless
                    self.say("misfit", line, reason=Sentence(template, **values))
                self.shape = None
        self.layers.append((name, layer, before))
        self.lines.append(line)

    def replace_last(self, layer: Layer, line: int) -> None:
        """The last layer gets other parameters."""
        name, self.shape = self.take_back()
        self.append(layer, line, name)

    def take_back(self) -> tuple[str | None, Shape | None]:
        """The last layer goes; returns its name and what it was given."""
        name, _, before = self.layers.pop()
        self.lines.pop()
        return name, before

    def expect(self, call: Call, argument: str) -> None:
        """An argument that repeats how many channels or values come in has to be right."""
        value = call.arguments.get(argument)
        if value is None or self.shape is None:
            return
        if isinstance(value, Opaque):
            self.say("unknown_value", call.line, value=value.text)
        elif value != self.shape[0] and (len(self.shape) == 1 or argument != "in_features"):
            values = {"name": call.name, "argument": argument, "value": value, "actual": self.shape[0]}
            self.say("wrong_size", call.line, **values)
            self.shape = None

    def network(self, image: Shape) -> Network:
        """The chain between an Input for such images and an Output, every layer under a name of its own."""
        first = Input(image, self.mean, self.std)
        start = _good(self.input_name) or "input"
        nodes: list[tuple[str, Layer]] = [(start, first)]
        taken = {good for name, _, _ in self.layers if (good := _good(name)) is not None} | {start}
        used = {start}
        for name, layer, _ in self.layers:
            good = _good(name)
            if good is None or good in used:
                good = free_id(Network(), layer, taken)
                taken.add(good)
            used.add(good)
            nodes.append((good, layer))
        end = Output()
        nodes.append((free_id(Network(), end, used), end))
        return chain(*nodes)


def _good(name: str | None) -> str | None:
    """A name of the source as an id; None where it cannot be one."""
    return name if name is not None and _ID.fullmatch(name) else None
