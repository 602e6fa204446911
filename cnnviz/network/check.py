"""Checking a network: shapes, cost, receptive fields and all problems at once. Never raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from math import prod

from cnnviz.network.advice import Advice
from cnnviz.network.fixes import insertion, removal, setting
from cnnviz.network.graph import Network
from cnnviz.network.layers import (
    BatchNorm2d,
    Dense,
    Input,
    Layer,
    Output,
    Reshape,
)
from cnnviz.network.layers.base import Inference, Misfit, Remedy
from cnnviz.network.memory import spell_bytes, training_memory
from cnnviz.network.mending import Mending
from cnnviz.network.problems import (
    AddLayer,
    Edit,
    Fix,
    Problem,
    SetBatchSize,
    SetLayer,
    SetParameter,
    Severity,
)
from cnnviz.network.receptive_field import ReceptiveField, join, of_image, through, whole
from cnnviz.network.report import Facts, NodeReport, Report
from cnnviz.network.shape import Shape
from cnnviz.network.trial import Trials

MOST_PARAMETERS = 10**11
"""More than this in one layer is refused whatever the memory (400 GB in float32)."""
MOST_VALUES = 10**12
"""An output with more values for one image is refused; what follows it is not computed, so that numbers stay finite."""


def check(network: Network, facts: Facts, before: Report | None = None) -> Report:
    """Shapes, cost, receptive fields and every problem of a network, whatever its state, with the fixes that mend it.

    The report ``before`` an edit spares the work for all nodes that it does not reach: their reports are the same ones.
    """
    report = examine(network, facts, before)
    return replace(report, problems=Trials(network, facts, report, judge).all())


def examine(network: Network, facts: Facts, before: Report | None = None) -> Report:
    """The same with no fix tried, which takes a small part of the time."""
    return _Check(network, facts, before, with_fixes=True).report()


def judge(network: Network, facts: Facts, before: Report | None = None) -> Report:
    """The same without any fixes: whether a network is right."""
    return _Check(network, facts, before, with_fixes=False).report()


class _Check:
    def __init__(self, network: Network, facts: Facts, before: Report | None, *, with_fixes: bool) -> None:
        self.network, self.facts, self.with_fixes = network, facts, with_fixes
        self.before: Mapping[str, NodeReport] = {}
        self.network_before = network
        if before is not None and before.checked is not None and before.checked[1] == facts.image:
            self.before, self.network_before = before.nodes, before.checked[0]
        self.nodes: dict[str, NodeReport] = {}
        self.problems: list[Problem] = []
        self.ends = network.of_kind(Output)
        self.starts = network.of_kind(Input)
        wanted = {*self.ends}.union(*(network.ancestors(end) for end in self.ends))
        reached = {*self.starts}.union(*(network.descendants(start) for start in self.starts))
        self.wanted = frozenset(wanted)
        self.used = tuple(name for name in network.order if name in wanted and name in reached)
        self.unfed: list[str] = []
        self.mending = Mending(network, self.nodes, facts)
        self.found = Report(self.nodes, (), self.used)
        """As far as it is known; whole once every node was looked at."""

    def report(self) -> Report:
        self._ends()
        for name in self.network.order:
            self._node(name)
        if self.facts.batch_size == 1:
            for name in self.used:
                self._variance(name)
        for name in self.unfed:
            self._say(name, "input_missing", self.mending.of(name, "input_missing"))
        self._dataset()
        self._memory()
        self._advice()
        place = {name: index for index, name in enumerate(self.network.order)}
        self.problems.sort(
            key=lambda problem: (problem.severity is Severity.WARNING, place.get(problem.node or "", -1))
        )
        return Report(self.nodes, tuple(self.problems), self.used, (self.network, self.facts.image))

    def _say(
        self, node: str | None, code: str, fixes: Iterable[Fix] = (), *, warning: bool = False, **values: object
    ) -> None:
        if node is not None:
            values = {"node": node, "kind": self.network[node].kind, **values}
            # what leads nowhere keeps nothing from being trained
            warning = warning or (bool(self.used) and node not in self.wanted)
        severity = Severity.WARNING if warning else Severity.ERROR
        self.problems.append(Problem(severity, node, code, values, untried=tuple(fixes) if self.with_fixes else ()))

    def _ends(self) -> None:
        if not self.starts:
            first = next((name for name in self.network.order if self._lacks_input(name)), None)
            layer = Input(shape=self.facts.image)
            self._say(None, "no_input", [Fix("add", AddLayer(layer, before=first), {"kind": "Input"})])
        elif len(self.starts) > 1:
            self._say(None, "many_inputs", self.mending.fewer(self.starts), count=len(self.starts))
        if not self.ends:
            last = next((name for name in reversed(self.network.order) if not self.network.outputs[name]), None)
            self._say(None, "no_output", [Fix("add", AddLayer(Output(), after=last), {"kind": "Output"})])
        elif len(self.ends) > 1:
            self._say(None, "many_outputs", self.mending.fewer(self.ends), count=len(self.ends))

    def _lacks_input(self, name: str) -> bool:
        return not self.network.inputs[name] and self.network[name].least_inputs > 0

    def _node(self, name: str) -> None:
        layer = self.network[name]
        sources = self.network.inputs[name]
        self._wiring(name, layer, sources)
        old = self.before.get(name)
        if old is not None and old.output is not None and self._same(name, layer, sources):
            self.nodes[name] = old
            return
        inputs = tuple([self.nodes[source].output for source in sources])
        self.nodes[name] = NodeReport(inputs)
        known = tuple(shape for shape in inputs if shape is not None)
        if len(known) < len(inputs) or len(sources) < layer.least_inputs:
            return
        try:
            inference = layer.infer(known)
        except Misfit as misfit:
            for one in misfit.every:
                self._misfit(name, one)
            return
        if prod(inference.output) > MOST_VALUES:
            self._say(name, "too_many_values")
            return
        new = self._inferred(name, layer, inputs, known, inference)
        self.nodes[name] = old if old is not None and old == new else new
        if self.nodes[name].parameter_count > MOST_PARAMETERS:
            count = self.nodes[name].parameter_count
            self._say(name, "too_many_parameters", count=count)

    def _same(self, name: str, layer: Layer, sources: tuple[str, ...]) -> bool:
        """Whether a node, known before, and all that comes into it are what they were."""
        network, before = self.network_before, self.before
        return (
            network[name] is layer
            and network.inputs[name] == sources
            and all(before.get(source) is self.nodes[source] for source in sources)
            and before[name].parameter_count <= MOST_PARAMETERS
        )

    def _inferred(
        self, name: str, layer: Layer, inputs: tuple[Shape | None, ...], known: tuple[Shape, ...], inference: Inference
    ) -> NodeReport:
        image = self.facts.image[1:]
        sources = [self.nodes[source] for source in self.network.inputs[name]]
        fields = [source.receptive_field for source in sources if source.receptive_field is not None]
        output = inference.output
        seen: ReceptiveField | None
        if not sources:
            seen = of_image(output)
        elif len(known) == 1 and len(known[0]) == 3 and (readings := layer.readings(known)) is not None:
            seen = through(fields[0], readings, output) if fields else None
        elif layer.sees_all and len(known[0]) == 3:
            seen = whole(fields[0], image, output) if fields else None
        else:
            seen = join(fields, image, output)
        found = inference.output, inference.parameters, inference.buffers, inference.macs
        return NodeReport(inputs, *found, seen, layer.family)

    def _wiring(self, name: str, layer: Layer, sources: tuple[str, ...]) -> None:
        outputs = self.network.outputs[name]
        alone = not sources and not outputs
        if name in self.wanted:
            if len(sources) < layer.least_inputs:
                self.unfed.append(name)
            return
        if not self.used:
            return
        self._say(name, "unconnected" if alone else "unused", [removal(name)], warning=True)

    def _misfit(self, name: str, misfit: Misfit) -> None:
        fixes = chain((_fix(name, remedy) for remedy in misfit.remedies), self.mending.of(name, misfit.code))
        self._say(name, misfit.code, fixes, **misfit.values)

    def _variance(self, name: str) -> None:
        """A normalization over the batch needs two values for a variance."""
        output = self.nodes[name].output
        if output is not None and isinstance(self.network[name], BatchNorm2d) and prod(output[1:]) == 1:
            self._say(name, "one_value_per_channel", [removal(name)])

    def _advice(self) -> None:
        advice = Advice(self.network, self.found, self.facts)
        wrong = {problem.node for problem in self.problems}
        for name in self.used:
            if self.nodes[name].output is not None and name not in wrong:
                self.problems += advice.of(name)

    def _dataset(self) -> None:
        if self.facts.absent:
            other = self.facts.instead
            fixes = [Fix("use_dataset", other, {"dataset": other.title})] if other is not None else []
            self._say(None, "no_images", fixes, dataset=self.facts.absent)
        for start in self.starts[:1]:
            layer = self.network[start]
            assert isinstance(layer, Input)
            if layer.shape != self.facts.image and start in self.used:
                fix = Fix("dataset_shape", SetLayer(start, self._fitted(layer)), {"value": self.facts.image})
                self._say(start, "input_shape", [fix], shape=layer.shape, wanted=self.facts.image)
        for end in self.ends[:1]:
            shape = self.nodes[end].output
            if shape is not None and shape[0] != self.facts.classes:
                fixes = self._classes(end)
                self._say(end, "output_classes", fixes, count=shape[0], wanted=self.facts.classes)

    def _fitted(self, layer: Input) -> Input:
        """An Input for the images of the data set, with one mean and deviation for all channels where they differ."""
        mean, std = (
            numbers if len(numbers) in (1, self.facts.image[0]) else (sum(numbers) / len(numbers),)
            for numbers in (layer.mean, layer.std)
        )
        return Input(self.facts.image, mean, std)

    def _classes(self, end: str) -> list[Fix]:
        """Set the Dense that decides how many numbers reach the Output, or put one in front of it."""
        (name,) = self.network.inputs[end]
        while self._passes_through(name):
            (name,) = self.network.inputs[name]
        if isinstance(self.network[name], Dense) and len(self.network.outputs[name]) == 1:
            edit: Edit = SetParameter(name, "out_features", self.facts.classes)
            return [Fix("set", edit, {"parameter": f"{name} out_features", "value": self.facts.classes})]
        return [insertion(end, Dense(self.facts.classes))]

    def _passes_through(self, name: str) -> bool:
        """A layer with one input that gives as many numbers as it gets, whatever their number."""
        node = self.nodes[name]
        layer = self.network[name]
        return len(node.inputs) == 1 and node.inputs[0] == node.output and not isinstance(layer, Dense | Reshape)

    def _memory(self) -> None:
        """Weights, gradients and optimizer state of the whole network against what is free, before any is allocated."""
        if self.facts.memory is None or not self.used:
            return
        memory = training_memory(self.found, self.facts)
        if memory.needed <= self.facts.memory:
            return
        largest = max(self.used, key=self._bytes_of)
        size, fits = self.facts.batch_size, memory.fitting(self.facts.batch_size, self.facts.memory)
        total, available = spell_bytes(memory.needed), spell_bytes(self.facts.memory)
        if fits:
            fix = Fix("batch_size", SetBatchSize(fits), {"value": fits})
            self._say(largest, "too_large_batch", [fix], size=size, fits=fits, needed=total, available=available)
        else:
            self._say(largest, "too_large_memory", needed=total, available=available)

    def _bytes_of(self, name: str) -> int:
        node = Report({name: self.nodes[name]}, (), (name,))
        return training_memory(node, self.facts).step


def _fix(name: str, remedy: Remedy) -> Fix:
    if remedy.code == "insert":
        assert remedy.layer is not None
        return insertion(name, remedy.layer)
    if remedy.code == "remove":
        return removal(name)
    return setting(name, remedy.parameter, remedy.value)
