"""Advice: warnings about a network that can be trained but could be better, each with fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.network.fixes import insertion, removal, replacement, setting
from cnnviz.network.layers import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    Input,
    InstanceNorm2d,
    Layer,
    LayerNorm,
    MaxPool2d,
    Output,
    RandomDropping,
    ReLU,
    Reshape,
    WindowPool2d,
)
from cnnviz.network.layers.base import Family, Misfit, Pair
from cnnviz.network.problems import Fix, Problem, SetParameter, Severity, Together

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.receptive_field import ReceptiveField
    from cnnviz.network.report import Facts, Shapes
    from cnnviz.network.shape import Shape

UNSEEN = 1 / 4
"""A layer is warned about if its windows leave out at least this share of the image. In the tutorials a pooling by 2
leaves out the last row and column of an 11×11 map, and so 14 % of the image at its edge, which does no harm."""
NARROW = 1 / 2
"""A global pooling is warned about if each position sees less than this share of the image's height or width."""
HEAVY_COUNT = 1_000_000
HEAVY_SHARE = 9 / 10
"""A Dense after a Flatten or another Dense is warned about if it has more than HEAVY_COUNT parameters and more than
HEAVY_SHARE of all. The fc6 of AlexNet has 62 % of all parameters, that of VGG-16 74 %."""


WINDOWED = (Conv2d, WindowPool2d)


@dataclass(frozen=True)
class Advice:
    """The warnings for a network, found from its ``shapes``: for used nodes whose output shape is known."""

    network: Network
    shapes: Shapes
    facts: Facts

    def of(self, name: str) -> Iterator[Problem]:
        """The warnings of one node."""
        layer = self.network[name]
        for warn in WARNINGS.get(layer.family, ()):
            yield from warn(self, name)
        if _may_do_nothing(type(layer)):
            yield from _nothing_done(self, name)

    @cached_property
    def never_negative(self) -> frozenset[str]:
        """The nodes whose output is never negative, whatever the image."""
        found: set[str] = set()
        for name in self.shapes.used:
            layer = self.network[name]
            if not layer.signed or (layer.keeps_sign and found.issuperset(self.network.inputs[name])):
                found.add(name)
        return frozenset(found)

    def followers(self, name: str) -> list[str]:
        """The used nodes that read this node."""
        return [target for target in self.network.outputs[name] if target in self.shapes.taking_part]

    def before(self, name: str) -> tuple[str, Layer] | None:
        """The node that feeds this node, if there is exactly one, and its layer."""
        sources = self.network.inputs[name]
        return (sources[0], self.network[sources[0]]) if len(sources) == 1 else None

    def inputs(self, name: str) -> tuple[Shape, ...]:
        """The shapes of the inputs of a node that has an output."""
        return tuple(shape for shape in self.shapes.nodes[name].inputs if shape is not None)

    def warning(self, name: str, code: str, *fixes: Fix, **values: Any) -> Problem:
        """A warning with the fixes that may remove it."""
        values = {"node": name, "kind": self.network[name].kind, **values}
        return Problem(Severity.WARNING, name, code, values, untried=fixes)


@cache
def _may_do_nothing(kind: type[Layer]) -> bool:
    return kind.idle is not Layer.idle or kind.constant is not Layer.constant or kind.keeps_positive


def _nothing_done(advice: Advice, name: str) -> Iterator[Problem]:
    """A layer whose output always equals its input, or is always the same."""
    if (found := _why_needless(advice, name)) is not None:
        code, values = found
        yield advice.warning(name, code, removal(name), **values)


def _why_needless(advice: Advice, name: str) -> tuple[str, dict[str, Any]] | None:
    """Why a layer is needless: the code of the warning and its values; None if it is not."""
    layer, inputs = advice.network[name], advice.inputs(name)
    if code := layer.idle(inputs):
        return code, {"shape": inputs[0]}
    if layer.constant(inputs):
        return "constant_output", {}
    if layer.keeps_positive and (before := advice.network.inputs[name][0]) in advice.never_negative:
        return "nothing_negative", {"before": before}
    return None


def _activation_twice(advice: Advice, name: str) -> Iterator[Problem]:
    layer, before = advice.network[name], advice.before(name)
    if layer.family != "activation" or before is None or before[1].family != "activation":
        return
    if _why_needless(advice, name) is not None:
        return
    if (layer.elementwise and before[1].elementwise) or type(layer) is type(before[1]):
        yield advice.warning(name, "repeated_activation", removal(name), before=before[0])


def _activation_at_end(advice: Advice, name: str) -> Iterator[Problem]:
    """An activation between the last layer with weights and the Output."""
    if advice.network[name].family != "activation":
        return
    following = name
    while len(outputs := advice.network.outputs[following]) == 1:
        following = outputs[0]
        layer = advice.network[following]
        if isinstance(layer, Output):
            yield advice.warning(name, "activation_at_end", removal(name))
        if not isinstance(layer, Flatten | Reshape | RandomDropping):
            return


def _linear_pair(advice: Advice, name: str) -> Iterator[Problem]:
    """Two linear layers without an activation between them, which could be one layer.

    Convolutions that are split on purpose are left alone: depthwise and pointwise, or rows and columns.
    """
    layer, before = advice.network[name], advice.before(name)
    if before is None:
        return
    if isinstance(layer, Dense) and isinstance(before[1], Dense):
        yield advice.warning(name, "linear_pair", insertion(name, ReLU()), before=before[0])
    if _is_full(layer) and _is_full(before[1]):
        yield advice.warning(name, "linear_convolutions", insertion(name, ReLU()), before=before[0])


def _is_full(layer: Layer) -> bool:
    """Whether a layer is a convolution over all channels with a window of several rows and columns."""
    return isinstance(layer, Conv2d) and layer.groups == 1 and min(layer.kernel_size) > 1


def _bias_before_norm(advice: Advice, name: str) -> Iterator[Problem]:
    layer = advice.network[name]
    if not isinstance(layer, (Conv2d, ConvTranspose2d)) or not layer.bias:
        return
    following = advice.followers(name)
    if following and all(isinstance(advice.network[target], BatchNorm2d | InstanceNorm2d) for target in following):
        norm = advice.network[following[0]].kind
        yield advice.warning(name, "bias_before_norm", setting(name, "bias", False), norm=norm, following=following[0])


def _unseen_pixels(advice: Advice, name: str) -> Iterator[Problem]:
    """Windows that leave out much of the image, if no other layer reads the left-out part."""
    layer, output = advice.network[name], advice.shapes.nodes[name].output
    if not isinstance(layer, WINDOWED) or output is None:
        return
    inputs = advice.inputs(name)
    reached = _reached(layer, inputs, output)
    size = inputs[0][1], inputs[0][2]
    (source,) = advice.network.inputs[name]
    if (len(reached[0]), len(reached[1])) == size or not _leaves_out(advice, source, reached):
        return
    for other in advice.followers(source):
        beside = advice.network[other]
        if not isinstance(beside, WINDOWED):
            return
        shape = advice.shapes.nodes[other].output
        if shape is None or not _leaves_out(advice, source, _reached(beside, inputs, shape)):
            return
    counts = len(reached[0]), len(reached[1])
    yield advice.warning(name, "unseen_pixels", *_widened(advice, name, layer), reached=counts, size=size)


def _unused_weights(advice: Advice, name: str) -> Iterator[Problem]:
    """A convolution with a stride over maps so small that some of its weights only ever meet padding.

    A convolution that keeps the size, such as 3×3 with padding 1 over 1×1 maps at the end of a deep network, is usual
    and not warned about.
    """
    layer, output = advice.network[name], advice.shapes.nodes[name].output
    if not isinstance(layer, Conv2d) or output is None or layer.stride == (1, 1) or layer.padding == "same":
        return
    (shape,) = advice.inputs(name)
    used = [axis.used_weights() for axis in layer.axes(shape[1:], output[1:])]
    spans = used[0][-1] - used[0][0] + 1, used[1][-1] - used[1][0] + 1
    if spans == layer.kernel_size:
        return
    border = tuple(max(0, p - d * met[0]) for p, d, met in zip(layer.padding, layer.dilation, used, strict=True))
    smaller = (SetParameter(name, "kernel_size", spans), SetParameter(name, "padding", border))
    shown = setting(name, "padding", border).values["value"]
    label = {"parameter": "kernel_size", "value": setting(name, "kernel_size", spans).values["value"]}
    fixes = [Fix("set_both", Together(smaller), {**label, "second": "padding", "other": shown})]
    if shape == output:
        fixes.append(removal(name))
    yield advice.warning(name, "unused_weights", *fixes, kernel=layer.kernel_size, used=spans, size=shape[1:])


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


def _leaves_out(advice: Advice, source: str, reached: tuple[Sequence[int], ...]) -> bool:
    """Whether at least UNSEEN of the image that a node sees is not seen by the ``reached`` rows and columns of it."""
    seen, output = advice.shapes.nodes[source].receptive_field, advice.shapes.nodes[source].output
    if seen is None or seen.step == (0, 0) or output is None:
        return False
    share = 1.0
    for axis, positions in enumerate(reached):
        every = _pixels(seen, axis, range(output[1 + axis]), advice.facts.image[1 + axis])
        share *= _pixels(seen, axis, positions, advice.facts.image[1 + axis]) / max(1, every)
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


def _widened(advice: Advice, name: str, layer: Conv2d | WindowPool2d) -> Iterator[Fix]:
    """Fixes that make the windows reach enough; for each parameter the smallest change that does."""
    inputs, (source,) = advice.inputs(name), advice.network.inputs[name]
    wanted: dict[str, list[Any]] = {"ceil_mode": [True]} if isinstance(layer, WindowPool2d) else {}
    kernel, stride = layer.kernel_size, layer.stride
    if layer.padding != "same":
        wanted["padding"] = [_at_least(layer.padding, by) for by in range(1, max(kernel) // 2 + 1)]
    wanted["kernel_size"] = [tuple(map(max, kernel, stride))]
    wanted["stride"] = [tuple(map(min, kernel, stride))]
    if isinstance(layer, Conv2d):
        wanted["dilation"] = [(1, 1)]
    for parameter, values in wanted.items():
        for value in values:
            changed = replace(layer, **{parameter: value})
            try:
                reached = _reached(changed, inputs, changed.infer(inputs).output)
            except Misfit:
                continue
            if changed != layer and not _leaves_out(advice, source, reached):
                yield setting(name, parameter, value)
                break


def _at_least(padding: Pair, by: int) -> Pair:
    return max(padding[0], by), max(padding[1], by)


def _narrow_view(advice: Advice, name: str) -> Iterator[Problem]:
    """A global pooling over positions that each see a small part of the image, if every path leads through it."""
    layer, node = advice.network[name], advice.shapes.nodes[name]
    if layer.family != "pooling" or node.output is None or prod(node.output[1:]) != 1:
        return
    (source,) = advice.network.inputs[name]
    seen, shape, image = advice.shapes.nodes[source].receptive_field, advice.inputs(name)[0], advice.facts.image[1:]
    if seen is None or seen.step == (0, 0) or prod(shape[1:]) == 1:
        return
    if all(size >= NARROW * side for size, side in zip(seen.size, image, strict=True)):
        return
    if _all_ways_lead_through(advice, name):
        fixes = [insertion(convolution, MaxPool2d()) for convolution in _wide_convolutions(advice, name)[:4]]
        flattened = all(isinstance(advice.network[target], Flatten) for target in advice.followers(name))
        fixes.append(removal(name) if flattened else replacement(name, Flatten()))
        yield advice.warning(name, "narrow_view", *fixes, seen=seen.size, image=image)


def _all_ways_lead_through(advice: Advice, name: str) -> bool:
    """Whether every path from the Input to the Output contains a node."""
    reached = {start for start in advice.shapes.used if isinstance(advice.network[start], Input)}
    for other in advice.shapes.used:
        if other != name and reached.intersection(advice.network.inputs[other]):
            reached.add(other)
    return not any(isinstance(advice.network[end], Output) for end in reached)


def _wide_convolutions(advice: Advice, name: str) -> list[str]:
    """The convolutions before a node whose window has more than one position, the nearest first."""
    above = advice.network.ancestors(name)
    layers = [(other, advice.network[other]) for other in reversed(advice.shapes.used) if other in above]
    return [other for other, layer in layers if isinstance(layer, Conv2d) and prod(layer.kernel_size) > 1]


def _heavy_dense(advice: Advice, name: str) -> Iterator[Problem]:
    """A Dense with nearly all parameters, because it follows a Flatten of large maps or a wide Dense."""
    count, total = advice.shapes.nodes[name].parameter_count, advice.shapes.parameters
    if not isinstance(advice.network[name], Dense) or not _is_heavy(count, total):
        return
    flatten = advice.before(name)
    while flatten is not None and (flatten[1].elementwise or isinstance(flatten[1], RandomDropping | LayerNorm)):
        flatten = advice.before(flatten[0])
    if flatten is not None and isinstance(flatten[1], Dense):
        yield _wide_dense(advice, name, flatten[0], flatten[1])
    if flatten is None or not isinstance(flatten[1], Flatten):
        return
    before, shape = advice.before(flatten[0]), advice.inputs(flatten[0])[0]
    if before is None or isinstance(before[1], Input) or len(shape) != 3 or prod(shape[1:]) == 1:
        return
    fixes = []
    for size in range(2, min(8, *shape[1:]) + 1):
        left = count * (shape[1] // size) * (shape[2] // size) / prod(shape[1:])
        if not _is_heavy(left, total - count + left):
            pool = MaxPool2d((size, size), (size, size))
            fixes.append(insertion(flatten[0], pool))
            break
    yield advice.warning(name, "heavy_dense", *fixes, count=count, total=total, shape=shape, flatten=flatten[0])


def _is_heavy(count: float, total: float) -> bool:
    return count > HEAVY_COUNT and count > HEAVY_SHARE * total


def _wide_dense(advice: Advice, name: str, before: str, wide: Dense) -> Problem:
    """The warning for a Dense that has so many weights because the Dense before it, ``wide``, has many outputs."""
    count, total, width = advice.shapes.nodes[name].parameter_count, advice.shapes.parameters, wide.out_features
    own, fixes = advice.shapes.nodes[before].parameter_count, []
    narrower = [width >> by for by in range(1, width.bit_length())]
    for fewer in narrower:
        left = count * fewer / width
        if not _is_heavy(left, total - (count + own) * (1 - fewer / width)):
            values = {"node": before, "parameter": "out_features", "value": fewer}
            fixes.append(Fix("set_of", SetParameter(before, "out_features", fewer), values))
            break
    return advice.warning(name, "wide_dense", *fixes, count=count, total=total, before=before, width=width)


_Warning = Callable[[Advice, str], Iterator[Problem]]

WARNINGS: Mapping[Family, tuple[_Warning, ...]] = MappingProxyType(
    {
        "activation": (_activation_twice, _activation_at_end),
        "convolution": (_linear_pair, _bias_before_norm, _unseen_pixels, _unused_weights),
        "pooling": (_unseen_pixels, _narrow_view),
        "dense": (_linear_pair, _heavy_dense),
    }
)
"""The warnings to look for at the layers of each family."""
