"""The arithmetic of Input and Output: pixels, and logits with the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.inspection.arithmetic.single import Pixel
from cnnviz.inspection.arithmetic.terms import Place, Scored, Shares
from cnnviz.inspection.arithmetic.windows import source_of

if TYPE_CHECKING:
    from cnnviz.inspection.look import Look
    from cnnviz.network.layers import Input, Output


def pixel(look: Look, layer: Input, place: Place) -> Pixel:
    """The pixel in [0, 255] and its normalized value."""
    raw = int(look.sample.image[place.channel, place.row, place.column])
    mean, std = (values[place.channel if len(values) > 1 else 0] for values in (layer.mean, layer.std))
    return Pixel(raw, mean, std)


def score(look: Look, _: Output, place: Place) -> Scored:
    """The logit, the softmax over all logits, and the loss for the sample's label."""
    source, logits = source_of(look, place.node)  # (classes,)
    label = look.sample.label
    known = label is not None and 0 <= label < len(logits)
    softmax = Shares(source, 0, 0, logits, place.channel)
    return Scored(Place(source, place.channel), softmax, label if known else None)
