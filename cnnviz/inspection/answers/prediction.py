"""The output of the network for the sample: logits and probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.inspection.look import Look, as_array
from cnnviz.inspection.questions import Array, Question


@dataclass(frozen=True, eq=False)
class Prediction:
    """The output of the network for one image.

    ``logits``: float32 (classes,). ``probabilities``: float32 (classes,) in [0, 1], the softmax of ``logits``.
    """

    logits: Array
    probabilities: Array


@dataclass(frozen=True)
class NetworkOutput(Question[Prediction]):
    """Asks for the output of the network for the sample."""


def prediction(look: Look, _: NetworkOutput) -> Prediction:
    """Answer the question: the logits, and their softmax."""
    assert look.logits is not None
    return Prediction(as_array(look.logits), as_array(look.logits.softmax(0)))
