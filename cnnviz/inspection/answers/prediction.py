"""What the network says of the sample."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.inspection.look import Look, as_array
from cnnviz.inspection.questions import Array, Question


@dataclass(frozen=True, eq=False)
class Prediction:
    """A score and a probability for each class: float32 (classes,); ``probabilities`` is the softmax of ``logits``."""

    logits: Array
    probabilities: Array


@dataclass(frozen=True)
class NetworkOutput(Question[Prediction]):
    """What the network says of the sample."""


def prediction(look: Look, _: NetworkOutput) -> Prediction:
    """The answer: logits, and their softmax."""
    assert look.logits is not None
    return Prediction(as_array(look.logits), as_array(look.logits.softmax(0)))
