"""The answers: a table with the function that answers each kind of question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnviz.inspection.answers.changes import KernelChangeOf, MapChangeOf, kernel_change, map_change
from cnnviz.inspection.answers.gradient import GradientOf, gradient
from cnnviz.inspection.answers.histograms import HistogramsOf, histograms
from cnnviz.inspection.answers.kernels import KernelsOf, WeightScale, kernels, weight_scale
from cnnviz.inspection.answers.maps import MapsOf, maps
from cnnviz.inspection.answers.prediction import NetworkOutput, prediction
from cnnviz.inspection.answers.value import ValueOf, value
from cnnviz.inspection.answers.values import ValuesOf, values
from cnnviz.inspection.answers.vector import VectorOf, vector
from cnnviz.inspection.answers.weight_gradient import WeightGradientOf, weight_gradient
from cnnviz.inspection.look import Look
from cnnviz.inspection.questions import Question

Answers = Mapping[type[Question[Any]], Callable[[Look, Any], object]]
"""For each kind of question the pure function that answers it; the arrays in an answer are read-only."""

ANSWERS: Answers = {
    MapsOf: maps,
    KernelsOf: kernels,
    WeightScale: weight_scale,
    KernelChangeOf: kernel_change,
    MapChangeOf: map_change,
    NetworkOutput: prediction,
    HistogramsOf: histograms,
    ValueOf: value,
    ValuesOf: values,
    VectorOf: vector,
    GradientOf: gradient,
    WeightGradientOf: weight_gradient,
}
