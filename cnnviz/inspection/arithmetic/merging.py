"""The arithmetic of layers that join several inputs: Add and Multiply by value, Concat along the channels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.inspection.arithmetic.single import Copied
from cnnviz.inspection.arithmetic.terms import Combined, Place
from cnnviz.inspection.arrays import frozen
from cnnviz.network.layers import Add

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look
    from cnnviz.network.layers import Concat, Multiply


def combined(look: Look, layer: Add | Multiply, place: Place) -> Combined:
    """The value of each input at this position; an input of size 1 in a dimension is repeated along it."""
    at = (place.channel, place.row, place.column)
    places, values = [], []
    for source in look.moment.network.inputs[place.node]:
        inputs = look.outputs[source]
        held = tuple(0 if size == 1 else index for index, size in zip(at, inputs.shape, strict=False))
        places.append(Place(source, *held))
        values.append(inputs[held])
    return Combined("sum" if isinstance(layer, Add) else "product", tuple(places), frozen(np.array(values, np.float32)))


def concatenated(look: Look, _: Concat, place: Place) -> Copied:
    """The value of the input to which the channel belongs."""
    channel = place.channel
    for port, source in enumerate(look.moment.network.inputs[place.node]):
        inputs = look.outputs[source]
        if channel < len(inputs):
            held = replace(place, node=source, channel=channel)
            return Copied(held, float(inputs[(channel, place.row, place.column)[: inputs.ndim]]), port)
        channel -= len(inputs)
    raise IndexError(f"{place} is no place of the output")
