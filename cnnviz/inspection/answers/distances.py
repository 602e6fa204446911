"""How different the outputs of each layer are for two samples, at the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.answers.prediction import Prediction
from cnnviz.inspection.look import as_array
from cnnviz.inspection.questions import Array, Question
from cnnviz.network.layers import Output

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.inspection.look import Look
    from cnnviz.inspection.moment import Sample


@dataclass(frozen=True, eq=False)
class Distances:
    """The distances of two samples, the reference a and the sample on screen b, in the outputs of all layers.

    ``nodes`` are in the order of the network, from the Input to the layer before the Output. ``lengths``: float32
    (nodes,), |b - a| / (|a| + |b|) with Euclidean norms, in [0, 1]. ``cosines``: float32 (nodes,), 1 minus the cosine
    of the angle between a and b, in [0, 2]. If both outputs are 0, both distances are 0; if one is, they are 1.

    ``outputs``: the predictions for a and for b. ``maps``: the outputs of the node that was asked for, each float32
    (C, H, W) or (n,); None without one. ``limit`` > 0 is a robust colour scale for both and their difference.
    """

    nodes: tuple[str, ...]
    lengths: Array
    cosines: Array
    outputs: tuple[Prediction, Prediction]
    maps: tuple[Array, Array] | None
    limit: float


@dataclass(frozen=True)
class DistancesTo(Question[Distances | None]):
    """Asks how different the sample is from ``reference``, and for both outputs of ``node`` ("" for none).

    The answer is None if the shapes of the images differ.
    """

    reference: Sample
    node: str = ""


def distances(look: Look, question: DistancesTo) -> Distances | None:
    """Answer the question with a forward pass of both samples."""
    image = question.reference.image
    if image.shape != look.sample.image.shape:
        return None
    import torch

    reference = torch.from_numpy(image.copy()).to(torch.float32).div_(255).unsqueeze(0)
    network = look.moment.network
    nodes = tuple(name for name in look.moment.shapes.used if not isinstance(network[name], Output))
    logits, outputs = look.module(torch.cat([reference, look.pixels]), set(nodes))
    node_distances = np.array([_distances(outputs[name]) for name in nodes], np.float32).reshape(-1, 2)
    node_distances.flags.writeable = False
    maps, limit = None, 1.0
    if question.node in nodes:
        a, b = maps = as_array(outputs[question.node][0]), as_array(outputs[question.node][1])
        limit, _ = look.scales.limits("two samples", question.node, np.stack([a, b, b - a]).reshape(-1, *a.shape[1:]))
    predictions = tuple(Prediction(as_array(sample), as_array(sample.softmax(0))) for sample in logits.float())
    return Distances(nodes, node_distances[:, 0], node_distances[:, 1], (predictions[0], predictions[1]), maps, limit)


def _distances(outputs: Tensor) -> tuple[float, float]:
    """The distance by lengths, and by the angle, of the outputs a and b: float32 (2, ...)."""
    # torch and not numpy, whose products would take the cores that training uses
    a, b = outputs.flatten(1).double()
    length_a, length_b = float(a.norm()), float(b.norm())
    if not length_a or not length_b:
        return (0.0, 0.0) if length_a == length_b else (1.0, 1.0)
    return float((b - a).norm()) / (length_a + length_b), 1.0 - float(a.dot(b)) / (length_a * length_b)
