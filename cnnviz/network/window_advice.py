"""Advice about windows: pixels that they leave out, weights that only meet padding, and maps pooled too early."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from cnnviz.network.fixes import insertion, removal, replacement, setting
from cnnviz.network.layers import Conv2d, Flatten, Input, MaxPool2d, Output, WindowPool2d
from cnnviz.network.layers.base import Misfit, Pair
from cnnviz.network.problems import Fix, Problem, SetParameter, Together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnnviz.network.advice_context import AdviceContext
    from cnnviz.network.receptive_field import ReceptiveField
    from cnnviz.network.shape import Shape

UNSEEN = 1 / 4
"""A layer is warned about if its windows leave out at least this share of the image. In the tutorials a pooling by 2
leaves out the last row and column of an 11×11 map, and so 14 % of the image at its edge, which does no harm."""
NARROW = 1 / 2
"""A global pooling is warned about if each position sees less than this share of the image's height or width."""
MOST_POOLINGS = 4
"""A global pooling that is too early is offered this many places for a pooling before it."""
WINDOWED = (Conv2d, WindowPool2d)


def unseen_pixels(context: AdviceContext, name: str) -> Iterator[Problem]:
    """Windows that leave out much of the image, if no other layer reads the left-out part."""
    layer, output = context.network[name], context.shapes.nodes[name].output
    if not isinstance(layer, WINDOWED) or output is None:
        return
    inputs = context.inputs(name)
    reached = _reached(layer, inputs, output)
    size = inputs[0][1], inputs[0][2]
    (source,) = context.network.inputs[name]
    if (len(reached[0]), len(reached[1])) == size or not _leaves_out(context, source, reached):
        return
    for other in context.followers(source):
        beside = context.network[other]
        if not isinstance(beside, WINDOWED):
            return
        shape = context.shapes.nodes[other].output
        if shape is None or not _leaves_out(context, source, _reached(beside, inputs, shape)):
            return
    counts = len(reached[0]), len(reached[1])
    yield context.warning(name, "unseen_pixels", *_widened(context, name, layer), reached=counts, size=size)


def unused_weights(context: AdviceContext, name: str) -> Iterator[Problem]:
    """A convolution with a stride over maps so small that some of its weights only ever meet padding.

    A convolution that keeps the size, such as 3×3 with padding 1 over 1×1 maps at the end of a deep network, is usual
    and not warned about.
    """
    layer, output = context.network[name], context.shapes.nodes[name].output
    if not isinstance(layer, Conv2d) or output is None or layer.stride == (1, 1) or layer.padding == "same":
        return
    (shape,) = context.inputs(name)
    used = [axis.used_weights() for axis in layer.axes(shape[1:], output[1:])]
    spans = used[0][-1] - used[0][0] + 1, used[1][-1] - used[1][0] + 1
    if spans == layer.kernel_size:
        return
    # for each axis the padding that is left without the weights before the first used one
    border = tuple(
        max(0, padding - dilation * weights[0])
        for padding, dilation, weights in zip(layer.padding, layer.dilation, used, strict=True)
    )
    smaller = (SetParameter(name, "kernel_size", spans), SetParameter(name, "padding", border))
    shown = setting(name, "padding", border).values["value"]
    label = {"parameter": "kernel_size", "value": setting(name, "kernel_size", spans).values["value"]}
    fixes = [Fix("set_both", Together(smaller), {**label, "second": "padding", "other": shown})]
    if shape == output:
        fixes.append(removal(name))
    yield context.warning(name, "unused_weights", *fixes, kernel=layer.kernel_size, used=spans, size=shape[1:])


@lru_cache(maxsize=1024)
def _reached(layer: Conv2d | WindowPool2d, inputs: tuple[Shape, ...], output: Shape) -> tuple[Sequence[int], ...]:
    """The rows and the columns of its input that the windows of a layer read."""
    window = layer.window(inputs)
    assert window is not None
    found: list[Sequence[int]] = []
    for axis, (size, steps) in enumerate(zip(inputs[0][1:], output[1:], strict=True)):
        kernel, stride, gap = window.kernel[axis], window.stride[axis], window.dilation[axis]
        first = -window.padding[axis]
        if stride <= kernel and gap == 1:
            found.append(range(min(size, (steps - 1) * stride + kernel + first)))
        else:
            read = {at * stride + offset for at in range(steps) for offset in range(first, first + gap * kernel, gap)}
            found.append(sorted(read.intersection(range(size))))
    return tuple(found)


def _leaves_out(context: AdviceContext, source: str, reached: tuple[Sequence[int], ...]) -> bool:
    """Whether ``reached``, rows and columns of a node's output, leave out at least UNSEEN of the image that it sees."""
    seen, output = context.shapes.nodes[source].receptive_field, context.shapes.nodes[source].output
    if seen is None or seen.step == (0, 0) or output is None:
        return False
    share = 1.0
    for axis, positions in enumerate(reached):
        every = _pixels(seen, axis, range(output[1 + axis]), context.facts.image[1 + axis])
        share *= _pixels(seen, axis, positions, context.facts.image[1 + axis]) / max(1, every)
    return share <= 1 - UNSEEN


def _pixels(seen: ReceptiveField, axis: int, positions: Sequence[int], side: int) -> float:
    """How many rows (``axis`` 0) or columns (1) of the image these positions see together; ``side`` is their total."""
    count = end = 0.0
    for at in positions:
        first, behind = seen.region(axis, at)
        start = max(end, first)
        end = max(end, min(side, behind))
        count += max(0, end - start)
    return count


def _widened(context: AdviceContext, name: str, layer: Conv2d | WindowPool2d) -> Iterator[Fix]:
    """Fixes that make the windows reach enough; for each parameter the smallest change that does."""
    inputs, (source,) = context.inputs(name), context.network.inputs[name]
    remedies: dict[str, list[Any]] = {"ceil_mode": [True]} if isinstance(layer, WindowPool2d) else {}
    kernel, stride = layer.kernel_size, layer.stride
    if layer.padding != "same":
        remedies["padding"] = [_at_least(layer.padding, by) for by in range(1, max(kernel) // 2 + 1)]
    remedies["kernel_size"] = [tuple(map(max, kernel, stride))]
    remedies["stride"] = [tuple(map(min, kernel, stride))]
    if isinstance(layer, Conv2d):
        remedies["dilation"] = [(1, 1)]
    for parameter, values in remedies.items():
        for value in values:
            changed = replace(layer, **{parameter: value})
            try:
                reached = _reached(changed, inputs, changed.infer(inputs).output)
            except Misfit:
                continue
            if changed != layer and not _leaves_out(context, source, reached):
                yield setting(name, parameter, value)
                break


def _at_least(padding: Pair, by: int) -> Pair:
    return max(padding[0], by), max(padding[1], by)


def narrow_view(context: AdviceContext, name: str) -> Iterator[Problem]:
    """A global pooling over positions that each see a small part of the image, if every path leads through it."""
    layer, node = context.network[name], context.shapes.nodes[name]
    if layer.family != "pooling" or node.output is None or prod(node.output[1:]) != 1:
        return
    (source,) = context.network.inputs[name]
    seen, shape, image = context.shapes.nodes[source].receptive_field, context.inputs(name)[0], context.facts.image[1:]
    if seen is None or seen.step == (0, 0) or prod(shape[1:]) == 1:
        return
    if all(size >= NARROW * side for size, side in zip(seen.size, image, strict=True)):
        return
    if _all_ways_lead_through(context, name):
        convolutions = _wide_convolutions(context, name)[:MOST_POOLINGS]
        fixes = [insertion(convolution, MaxPool2d()) for convolution in convolutions]
        flattened = all(isinstance(context.network[target], Flatten) for target in context.followers(name))
        fixes.append(removal(name) if flattened else replacement(name, Flatten()))
        yield context.warning(name, "narrow_view", *fixes, seen=seen.size, image=image)


def _all_ways_lead_through(context: AdviceContext, name: str) -> bool:
    """Whether every path from the Input to the Output contains a node."""
    reached = {start for start in context.shapes.used if isinstance(context.network[start], Input)}
    for other in context.shapes.used:
        if other != name and reached.intersection(context.network.inputs[other]):
            reached.add(other)
    return not any(isinstance(context.network[end], Output) for end in reached)


def _wide_convolutions(context: AdviceContext, name: str) -> list[str]:
    """The convolutions before a node whose window has more than one position, the nearest first."""
    above = context.network.ancestors(name)
    layers = [(other, context.network[other]) for other in reversed(context.shapes.used) if other in above]
    return [other for other, layer in layers if isinstance(layer, Conv2d) and prod(layer.kernel_size) > 1]
