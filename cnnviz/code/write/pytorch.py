"""Writes a network as PyTorch source that needs nothing but torch.

A chain becomes an ``nn.Sequential`` with named layers, any other graph a class with a ``forward``. Layers have the
names of their nodes (see :func:`cnnviz.code.write.source.identifiers`). So the ``state_dict`` of a trained network can
be loaded after renaming its keys from ``node.weight`` to ``name.weight``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.code.write.pytorch_layers import CLASSES, RESERVED, expression, module
from cnnviz.code.write.source import (
    Source,
    SourceBuilder,
    call,
    docstring,
    is_chain,
    is_normalized,
    per_channel,
    require_sound,
    sizes,
    tuple_of,
)
from cnnviz.network.layers import Input

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.report import Report

LOGITS = "logits: nn.CrossEntropyLoss contains the softmax"


def pytorch_source(network: Network, report: Report) -> Source:
    """PyTorch source that defines ``network``; raises :class:`~cnnviz.code.write.source.SourceError`."""
    require_sound(report)
    return _Builder(network, report).write()


class _Builder(SourceBuilder):
    def __init__(self, network: Network, report: Report) -> None:
        super().__init__(network, report, RESERVED)
        self.modules = {name: written for name in self.order if (written := self._module(name)) is not None}
        # functions, such as torch.add, cannot stand in an nn.Sequential
        only_modules = self.modules.keys() >= {*self.order} - {self.input, self.output}
        self.chain = is_chain(network, report) and only_modules

    def write(self) -> Source:
        self._head()
        if self.chain:
            self._sequential()
        else:
            self._class()
        self._example()
        return self.out.source(self.names)

    def _module(self, name: str) -> str | None:
        layer, node = self.network[name], self.report.nodes[name]
        if isinstance(layer, Input):
            if not is_normalized(layer):
                return None
            return call("Normalize", mean=(per_channel(layer.mean), None), std=(per_channel(layer.std), None))
        shapes = tuple(shape for shape in node.inputs if shape is not None)
        return module(layer, shapes)

    def _head(self) -> None:
        about = (
            f"A network drawn with cnnviz: images (N, {sizes(self.input_layer.shape)}) in [0, 1] to logits (N, {{}})."
        )
        self.out.add(docstring(about.format(*self.shape(self.output)), self.names))
        self.out.add()
        if self.chain:
            self.out.add("from collections import OrderedDict\n")
        self.out.add("import torch\nfrom torch import nn")
        for name, source in CLASSES.items():
            if any(f"{name}(" in written for written in self.modules.values()):
                self.out.add("\n")
                self.out.add(source)
        self.out.add("\n")

    def _sequential(self) -> None:
        self.out.add("network = nn.Sequential(\n    OrderedDict(")
        if self.input not in self.modules:
            self.out.add(f"        # images, {tuple_of(self.input_layer.shape)}", self.input)
        for name, written in self.modules.items():
            self.out.add(f"        {self.names[name]}={written},{self._comment(name)}", name)
        self.out.add(f"        # {LOGITS}", self.output)
        self.out.add("    )\n)")

    def _class(self) -> None:
        self.out.add("class Network(nn.Module):\n    def __init__(self) -> None:\n        super().__init__()")
        for name in self.order[:-1]:
            if name in self.modules:
                self.out.add(f"        self.{self.names[name]} = {self.modules[name]}", name)
                self._separate_branches(name)
        self.out.add()
        variables = self.variables()
        images = "x" if self.input in self.modules else variables[self.input]
        argument_node = None if self.input in self.modules else self.input
        self.out.add(f"    def forward(self, {images}: torch.Tensor) -> torch.Tensor:", argument_node)
        for name in self.order[:-1]:
            if name == argument_node:
                continue
            sources = [variables[source] for source in self.network.inputs[name]] or ["x"]
            if name in self.modules:
                value = f"self.{self.names[name]}({sources[0]})"
            else:
                value = expression(self.network[name], sources)
            self.out.add(f"        {variables[name]} = {value}{self._comment(name)}", name)
            self._separate_branches(name)
        (last,) = self.network.inputs[self.output]
        self.out.add(f"        return {variables[last]}  # {LOGITS}", self.output)
        self.out.add("\n\nnetwork = Network()")

    def _separate_branches(self, name: str) -> None:
        """Add a blank line after a node whose output has several consumers."""
        if len(set(self.network.outputs[name]) & self.names.keys()) > 1:
            self.out.add()

    def _example(self) -> None:
        self.out.add('\n\nif __name__ == "__main__":')
        self.out.add(f"    images = torch.rand(2, {sizes(self.input_layer.shape)})")
        self.out.add(f"    print(network(images).shape)  # {tuple_of((2, *self.shape(self.output)))}")

    def _comment(self, name: str) -> str:
        return f"  # {tuple_of(self.shape(name))}"
