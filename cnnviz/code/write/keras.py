"""Writes a network as Keras 3 source, with channels last: maps are (height, width, channels).

A chain of layers becomes a ``keras.Sequential``, any other network a functional model. Layers are named by the ids of
their nodes. A ``Flatten`` before a ``Dense`` orders values position by position, as Keras does; so trained weights of
this ``Dense`` must be reordered. All other flat values have PyTorch's order.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnnviz.code.write.keras_layers import steps
from cnnviz.code.write.keras_step import Spot, Step
from cnnviz.code.write.source import (
    Source,
    SourceBuilder,
    channels_last,
    docstring,
    is_chain,
    is_normalized,
    require_sound,
    sizes,
    tuple_of,
)

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report

LOGITS = "logits: SparseCategoricalCrossentropy(from_logits=True) contains the softmax"
RESERVED = frozenset({"images", "keras", "layers", "network", "x"})
"""Names that cannot be used for layers, because the source uses them."""


def keras_source(network: Network, report: Report) -> Source:
    """Keras source that defines ``network``; raises :class:`~cnnviz.code.write.source.SourceError`."""
    require_sound(report)
    return _Builder(network, report).write()


def keeps_order(network: Network, report: Report, node: str) -> bool:
    """Whether the output of a Flatten must have PyTorch's order, because a layer other than a Dense reads it."""
    shape = report.nodes[node].inputs[0]
    assert shape is not None
    if len(shape) == 1 or shape[0] == 1 or prod(shape[1:]) == 1:
        return False
    # the order also matters to what reads it through layers that treat each value alone
    waiting = [node]
    while waiting:
        for reader in network.outputs[waiting.pop()]:
            if reader not in report.used or network[reader].kind == "Dense":
                continue
            parameters = report.nodes[reader].parameters.values()
            # a parameter for each value, as of a PReLU, has PyTorch's order
            if not network[reader].elementwise or any(prod(size) > 1 for size in parameters):
                return True
            waiting.append(reader)
    return False


class _Builder(SourceBuilder):
    def __init__(self, network: Network, report: Report) -> None:
        super().__init__(network, report, RESERVED)
        self.steps = {name: steps(network[name], self._spot(name)) for name in self.order}
        self.chain = is_chain(network, report) and all(
            step.application == "alone" for written in self.steps.values() for step in written
        )

    def write(self) -> Source:
        size = sizes(channels_last(self.input_layer.shape))
        classes = self.shape(self.output)[0]
        about = f"A network drawn with cnnviz: images (N, {size}) in [0, 1] to logits (N, {classes})."
        self.out.add(docstring(about, {} if self.chain else self.names))
        self.out.add("\nimport keras\nfrom keras import layers\n")
        if self.chain:
            self._sequential()
        else:
            self._functional()
        self.out.add('\n\nif __name__ == "__main__":\n    network.summary()')
        return self.out.source(self.names)

    def _sequential(self) -> None:
        self.out.add("network = keras.Sequential(\n    [")
        self.out.add(f"        {self._images()},", None if is_normalized(self.input_layer) else self.input)
        for name in self.order[:-1]:
            for place, step in enumerate(self.steps[name], start=1):
                comment = self._comment(name) if place == len(self.steps[name]) else ""
                self.out.add(f"        {step.text},{comment}", name)
        self.out.add(f"        # {LOGITS}", self.output)
        self.out.add("    ]\n)")

    def _functional(self) -> None:
        normalized = is_normalized(self.input_layer)
        self.out.add(f"images = {self._images()}", None if normalized else self.input)
        variables = self._variables()
        for name in self.order[:-1]:
            sources = [variables[source] for source in self.network.inputs[name]] or ["images"]
            target = variables[name]
            for place, step in enumerate(self.steps[name], start=1):
                comment = self._comment(name) if place == len(self.steps[name]) else ""
                self.out.add(f"{target} = {_applied(step, sources)}{comment}", name)
                sources = [target]
            if len(set(self.network.outputs[name]) & self.names.keys()) > 1:
                self.out.add()
        (last,) = self.network.inputs[self.output]
        self.out.add(f"# {LOGITS}", self.output)
        self.out.add(f"network = keras.Model(images, {variables[last]})", self.output)

    def _images(self) -> str:
        named = "" if is_normalized(self.input_layer) else f', name="{self.input}"'
        if not named and any(name.startswith("input_layer") for name in self.order):
            # avoids the name that Keras would choose itself
            named = f', name="{self.input}.images"'
        return f"keras.Input(shape={tuple_of(channels_last(self.input_layer.shape))}{named})"

    def _variables(self) -> dict[str, str]:
        """The variable for the output of each node: ``x`` if only the next line reads it."""
        variables = self.variables()
        if not self.steps[self.input]:
            variables[self.input] = "images"
        return variables

    def _spot(self, name: str) -> Spot:
        node = self.report.nodes[name]
        inputs = tuple(shape for shape in node.inputs if shape is not None)
        flat = self.network[name].kind == "Flatten"
        return Spot(name, inputs, self.shape(name), flat and keeps_order(self.network, self.report, name))

    def _comment(self, name: str) -> str:
        return f"  # {tuple_of(channels_last(self.shape(name)))}"


def _applied(step: Step, sources: list[str]) -> str:
    match step.application:
        case "many":
            return f"{step.text}([{', '.join(sources)}])"
        case "twice":
            return f"{step.text}({sources[0]}, {sources[0]})"
        case "expression":
            return step.text.replace("{x}", sources[0])
    return f"{step.text}({sources[0]})"
