"""Checks a network: finds shapes, cost, receptive fields and all problems at once. Never raises."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from math import ceil, prod
from typing import TYPE_CHECKING

from cnnviz import numerals
from cnnviz.network.advice import warnings_of
from cnnviz.network.advice_context import AdviceContext
from cnnviz.network.fixes import insertion, removal, setting
from cnnviz.network.layers import BatchNorm, Dense, Input, Reshape
from cnnviz.network.memory import layer_steps, training_memory
from cnnviz.network.mending import Mending
from cnnviz.network.problem_kinds import PROBLEM_KINDS
from cnnviz.network.problems import (
    AddLayer,
    Edit,
    Fix,
    Problem,
    SetBatchSize,
    SetLayer,
    SetParameter,
    Severity,
    Unfreeze,
)
from cnnviz.network.report import Facts, Report
from cnnviz.network.shapes import ShapeInference
from cnnviz.network.trial import Trials

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from cnnviz.network.graph import Network
    from cnnviz.network.layers.base import Remedy

MOST_PARAMETERS = 10**11
"""A layer with more parameters (400 GB in float32) is refused, however much memory there is."""
LEAST_STEPS = 10
"""An epoch with fewer steps is warned about if smaller batches give more."""
LEAST_BATCH = 8
"""No smaller batches are proposed: their gradients and the statistics of batch normalization are noisy."""


def check(network: Network, facts: Facts, before: Report | None = None) -> Report:
    """The shapes, cost, receptive fields and problems of any network; each problem with the fixes that remove it.

    ``before`` is the report before an edit: nodes that the edit does not affect take their reports from it.
    """
    report = examine(network, facts, before)
    return replace(report, problems=Trials(network, facts, report, judging).all())


def examine(network: Network, facts: Facts, before: Report | None = None) -> Report:
    """As :func:`check`, but fixes are not tried out; this takes a small part of the time."""
    return _Check(network, facts, ShapeInference(network, facts.image, before), with_fixes=True).report()


def judge(network: Network, facts: Facts, before: Report | None = None) -> Report:
    """As :func:`check`, without fixes."""
    return _Check(network, facts, ShapeInference(network, facts.image, before), with_fixes=False).report()


def judging(network: Network, facts: Facts, before: Report | None = None) -> Generator[None, None, Report]:
    """As :func:`judge`, in steps of a few milliseconds."""
    inference = ShapeInference(network, facts.image, before, at_once=False)
    yield
    yield from inference.steps()
    yield
    return _Check(network, facts, inference, with_fixes=False).report()


class _Check:
    def __init__(self, network: Network, facts: Facts, inference: ShapeInference, *, with_fixes: bool) -> None:
        self.network, self.facts, self.with_fixes = network, facts, with_fixes
        self.problems: list[Problem] = []
        self.inference = inference
        self.shapes = self.inference.shapes()
        self.nodes, self.used, self.feeding_outputs = (
            self.shapes.nodes,
            self.shapes.used,
            self.inference.feeding_outputs,
        )
        self.starts, self.ends = self.inference.starts, self.inference.ends
        self.without_input: list[str] = []
        self.mending = Mending(network, self.nodes, facts)

    def report(self) -> Report:
        self._inputs_and_outputs()
        self._wiring()
        self._misfits()
        if self.facts.batch_size == 1:
            for name in self.used:
                self._variance(name)
        for name in self.without_input:
            self._report(name, "input_missing", self.mending.of(name, "input_missing"))
        self._dataset()
        self._memory()
        self._steps()
        self._advice()
        position = {name: index for index, name in enumerate(self.network.order)}
        self.problems.sort(
            key=lambda problem: (problem.severity is Severity.WARNING, position.get(problem.node or "", -1))
        )
        return Report(self.nodes, self.used, self.shapes.inferred_for, tuple(self.problems))

    def _report(self, node: str | None, code: str, fixes: Iterable[Fix] = (), **values: object) -> None:
        warning = PROBLEM_KINDS[code].is_warning
        if node is not None:
            values = {"node": node, "kind": self.network[node].kind, **values}
            # a problem at an unused node does not keep the network from being trained
            warning = warning or (bool(self.used) and node not in self.feeding_outputs)
        severity = Severity.WARNING if warning else Severity.ERROR
        self.problems.append(Problem(severity, node, code, values, untried=tuple(fixes) if self.with_fixes else ()))

    def _inputs_and_outputs(self) -> None:
        if not self.starts:
            first = next((name for name in self.network.order if self._lacks_input(name)), None)
            layer = Input(shape=self.facts.image)
            self._report(None, "no_input", [Fix("add", AddLayer(layer, before=first), {"kind": "Input"})])
        elif len(self.starts) > 1:
            self._report(None, "many_inputs", self.mending.fewer(self.starts), count=len(self.starts))
        if not self.ends:
            self._report(None, "no_output", [self.mending.ended()])
        elif len(self.ends) > 1:
            self._report(None, "many_outputs", self.mending.fewer(self.ends), count=len(self.ends))

    def _lacks_input(self, name: str) -> bool:
        return not self.network.inputs[name] and self.network[name].least_inputs > 0

    def _misfits(self) -> None:
        for name, mismatches in self.inference.misfits.items():
            for part in mismatches:
                fixes = chain((_fix(name, remedy) for remedy in part.remedies), self.mending.of(name, part.code))
                self._report(name, part.code, fixes, **part.values)
        for name in self.inference.too_large:
            self._report(name, "too_many_values")
        for name, node in self.nodes.items():
            if node.parameter_count > MOST_PARAMETERS:
                self._report(name, "too_many_parameters", count=node.parameter_count)

    def _wiring(self) -> None:
        network, feeding = self.network, self.feeding_outputs
        inputs = network.inputs
        alone = {name for name in network.order if not inputs[name] and not network.outputs[name]}
        # without an Output no layer is used: then only layers without any wire are reported, unless all are without
        lonely = alone.difference(self.starts) if not self.ends else set()
        if len(lonely) == len(network.nodes):
            lonely = set()
        for name in network.order:
            if name in feeding:
                if len(inputs[name]) < network[name].least_inputs:
                    self.without_input.append(name)
            elif self.used or name in lonely:
                self._report(name, "unconnected" if name in alone else "unused", [removal(name)])

    def _variance(self, name: str) -> None:
        """Batch normalization needs at least two values of each channel to have a variance."""
        output = self.nodes[name].output
        if output is not None and isinstance(self.network[name], BatchNorm) and prod(output[1:]) == 1:
            self._report(name, "one_value_per_channel", [removal(name)])

    def _advice(self) -> None:
        context = AdviceContext(self.network, self.shapes, self.facts)
        wrong = {problem.node for problem in self.problems}
        for name in self.used:
            warnings = warnings_of(type(self.network[name]))
            if warnings and self.nodes[name].output is not None and name not in wrong:
                for warn in warnings:
                    self.problems += warn(context, name)
        with_parameters = [name for name in self.used if self.nodes[name].parameter_count]
        if with_parameters and self.network.frozen.issuperset(with_parameters):
            last = with_parameters[-1]
            self._report(last, "all_frozen", [Fix("unfreeze", Unfreeze(last), {"node": last})])

    def _dataset(self) -> None:
        if self.facts.absent:
            other = self.facts.instead
            fixes = [Fix("use_dataset", other, {"dataset": other.title})] if other is not None else []
            if self.facts.missing:
                self._report(None, "images_gone", fixes, dataset=self.facts.absent, path=self.facts.missing)
            else:
                self._report(None, "no_images", fixes, dataset=self.facts.absent)
        for start in self.starts[:1]:
            layer = self.network[start]
            assert isinstance(layer, Input)
            if layer.shape != self.facts.image and start in self.used:
                fix = Fix("dataset_shape", SetLayer(start, self._fitted(layer)), {"value": self.facts.image})
                self._report(start, "input_shape", [fix], shape=layer.shape, wanted=self.facts.image)
        for end in self.ends[:1]:
            count = self._count(end)
            if count is not None and count != self.facts.classes:
                fixes = [*self.mending.redirected(end), *self._classes(end)]
                self._report(end, "output_classes", fixes, count=count, wanted=self.facts.classes)

    def _count(self, end: str) -> int | None:
        """How many numbers an Output gets; None if that is not known.

        Where its shape is not known, a Dense that feeds it has its number of outputs all the same.
        """
        if (shape := self.nodes[end].output) is not None:
            return shape[0]
        sources = self.network.inputs[end]
        while sources and self.network[sources[0]].elementwise:
            sources = self.network.inputs[sources[0]]
        layer = self.network[sources[0]] if sources else None
        return layer.out_features if isinstance(layer, Dense) else None

    def _fitted(self, layer: Input) -> Input:
        """An Input for the images of the dataset; if their number of channels differs, mean and std become averages."""
        mean, std = (
            numbers if len(numbers) in (1, self.facts.image[0]) else (sum(numbers) / len(numbers),)
            for numbers in (layer.mean, layer.std)
        )
        return Input(self.facts.image, mean, std)

    def _classes(self, end: str) -> list[Fix]:
        """Set the outputs of the Dense that feeds the Output; if there is none, insert one."""
        (name,) = self.network.inputs[end]
        while self._passes_through(name):
            (name,) = self.network.inputs[name]
        if isinstance(self.network[name], Dense) and len(self.network.outputs[name]) == 1:
            edit: Edit = SetParameter(name, "out_features", self.facts.classes)
            return [Fix("set_of", edit, {"node": name, "parameter": "out_features", "value": self.facts.classes})]
        return [insertion(end, Dense(self.facts.classes))]

    def _passes_through(self, name: str) -> bool:
        """Whether the output of a layer has the shape of its only input, whatever that is."""
        node = self.nodes[name]
        layer = self.network[name]
        if node.output is None:
            return layer.elementwise
        return len(node.inputs) == 1 and node.inputs[0] == node.output and not isinstance(layer, Dense | Reshape)

    def _memory(self) -> None:
        """Compare the memory that training needs with the free memory."""
        if self.facts.memory is None or not self.used:
            return
        memory = training_memory(self.shapes, self.facts)
        if memory.needed <= self.facts.memory:
            return
        steps = layer_steps(self.network, self.shapes, self.facts)
        largest = max(self.used, key=steps.__getitem__)
        size, fits = self.facts.batch_size, memory.fitting(self.facts.batch_size, self.facts.memory)
        figures = {"total": memory.total, "needed": memory.needed, "available": self.facts.memory}
        texts = {name: numerals.memory(count) for name, count in figures.items()}
        if fits:
            fix = Fix("batch_size", SetBatchSize(fits), {"value": fits})
            self._report(largest, "too_large_batch", [fix], size=size, fits=fits, **texts)
        else:
            self._report(largest, "too_large_memory", [], **texts)

    def _steps(self) -> None:
        """Compare the steps of an epoch with :data:`LEAST_STEPS`."""
        images, size = self.facts.training, self.facts.batch_size
        if images is None or not self.used or ceil(images / size) >= LEAST_STEPS:
            return
        smaller = [1 << power for power in range(size.bit_length()) if LEAST_BATCH <= 1 << power < size]
        fits = next((each for each in reversed(smaller) if ceil(images / each) >= LEAST_STEPS), LEAST_BATCH)
        if ceil(images / fits) > ceil(images / size):
            fix = Fix("batch_size", SetBatchSize(fits), {"value": fits})
            self._report(None, "few_steps", [fix], images=images, size=size, fits=fits, least=LEAST_STEPS)


def _fix(name: str, remedy: Remedy) -> Fix:
    if remedy.code == "insert":
        assert remedy.layer is not None
        return insertion(name, remedy.layer)
    if remedy.code == "remove":
        return removal(name)
    return setting(name, remedy.parameter, remedy.value)
