"""The answers to the questions: a table joins each kind of question to its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnviz.inspection.answers.histograms import HistogramsOf, histograms
from cnnviz.inspection.answers.kernels import KernelsOf, kernels
from cnnviz.inspection.answers.maps import MapsOf, maps
from cnnviz.inspection.answers.prediction import NetworkOutput, prediction
from cnnviz.inspection.answers.value import ValueOf, value
from cnnviz.inspection.look import Look
from cnnviz.inspection.questions import Question

Answers = Mapping[type[Question[Any]], Callable[[Look, Any], object]]
"""For each kind of question the pure function that answers it: its arrays are frozen."""

ANSWERS: Answers = {
    MapsOf: maps,
    KernelsOf: kernels,
    NetworkOutput: prediction,
    HistogramsOf: histograms,
    ValueOf: value,
}
