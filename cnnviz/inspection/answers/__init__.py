"""The answers: a table with the function that answers each kind of question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from cnnviz.inspection.look import Look
from cnnviz.inspection.questions import Question

Answer = Callable[[Look, Any], object]
"""Answers one kind of question; it is pure, and the arrays in its result are read-only."""
Answers = Mapping[type[Question[Any]], Answer]
"""The function for each kind of question."""

FUNCTIONS = {
    "maps.MapsOf": "maps",
    "kernels.KernelsOf": "kernels",
    "kernels.WeightScale": "weight_scale",
    "changes.KernelChangeOf": "kernel_change",
    "changes.MapChangeOf": "map_change",
    "prediction.NetworkOutput": "prediction",
    "undamaged.UndamagedOutput": "undamaged_output",
    "distances.DistancesTo": "distances",
    "histograms.HistogramsOf": "histograms",
    "value.ValueOf": "value",
    "values.ValuesOf": "values",
    "vector.VectorOf": "vector",
    "point.PointOf": "point",
    "gradient.GradientOf": "gradient",
    "weight_gradient.WeightGradientOf": "weight_gradient",
}
"""The name of the function by module and name of the question; both are in the same module of this package."""


class _Table(Mapping[type[Question[Any]], Answer]):
    """:data:`FUNCTIONS` as a mapping of classes to functions. The modules are imported when they are needed."""

    def __getitem__(self, kind: type[Question[Any]]) -> Answer:
        module = kind.__module__
        if not module.startswith(f"{__name__}."):
            raise KeyError(kind)
        function: Answer = getattr(import_module(module), FUNCTIONS[f"{module.rpartition('.')[2]}.{kind.__name__}"])
        return function

    def __iter__(self) -> Iterator[type[Question[Any]]]:
        for name in FUNCTIONS:
            module, _, kind = name.partition(".")
            yield getattr(import_module(f"{__name__}.{module}"), kind)

    def __len__(self) -> int:
        return len(FUNCTIONS)


ANSWERS: Answers = _Table()
