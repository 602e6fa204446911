"""What could be better about a network that works as it is: warnings, each with its remedy."""

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
from cnnviz.network.shape import Shape, spell

if TYPE_CHECKING:
    from cnnviz.network.graph import Network
    from cnnviz.network.receptive_field import ReceptiveField
    from cnnviz.network.report import Facts, Shapes

UNSEEN = 1 / 4
"""A layer with which this share of the image is no longer seen is told so. In the tutorials a pooling by 2 leaves out
the last row and column of an 11×11 map, and so 14 % of the image at its edge; nobody misses them."""
NARROW = 1 / 2
"""A mean over all positions is told of where each of them sees less than this share of the image's height or width."""
HEAVY_COUNT = 1_000_000
HEAVY_SHARE = 9 / 10
"""A Dense behind a Flatten with more parameters than this, and with more than this share of all, is told so; the fc6 of
AlexNet has 62 % and that of VGG-16 74 %. A Dense behind another Dense likewise."""


WINDOWED = (Conv2d, WindowPool2d)


@dataclass(frozen=True)
class Advice:
    """Warnings for the nodes that take part and have an output, told from the ``shapes`` of a network."""

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
        """Nodes that give no negative number, whatever the image."""
        found: set[str] = set()
        for name in self.shapes.used:
            layer = self.network[name]
            if not layer.signed or (layer.keeps_sign and found.issuperset(self.network.inputs[name])):
                found.add(name)
        return frozenset(found)

    def followers(self, name: str) -> list[str]:
        """The nodes that read this one and take part."""
        return [one for one in self.network.outputs[name] if one in self.shapes.taking_part]

    def before(self, name: str) -> tuple[str, Layer] | None:
        """The only node that feeds this one."""
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
    """A layer that gives what it gets, or the same whatever it gets."""
    if (found := _why_needless(advice, name)) is not None:
        code, values = found
        yield advice.warning(name, code, removal(name), **values)


def _why_needless(advice: Advice, name: str) -> tuple[str, dict[str, Any]] | None:
    """The code of the warning about such a layer, and what it says beside that."""
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
    """An activation between the last layer that learns and the Output."""
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
    """Two linear layers that could be one. Those that a convolution is split into on purpose are left alone: one map
    at a time and one position at a time, or rows and columns."""
    layer, before = advice.network[name], advice.before(name)
    if before is None:
        return
    if isinstance(layer, Dense) and isinstance(before[1], Dense):
        yield advice.warning(name, "linear_pair", insertion(name, ReLU()), before=before[0])
    if _is_full(layer) and _is_full(before[1]):
        yield advice.warning(name, "linear_convolutions", insertion(name, ReLU()), before=before[0])


def _is_full(layer: Layer) -> bool:
    return isinstance(layer, Conv2d) and layer.groups == 1 and min(layer.kernel_size) > 1


def _bias_before_norm(advice: Advice, name: str) -> Iterator[Problem]:
    layer = advice.network[name]
    if not isinstance(layer, (Conv2d, ConvTranspose2d)) or not layer.bias:
        return
    following = advice.followers(name)
    if following and all(isinstance(advice.network[one], BatchNorm2d | InstanceNorm2d) for one in following):
        norm = advice.network[following[0]].kind
        yield advice.warning(name, "bias_before_norm", setting(name, "bias", False), norm=norm, following=following[0])


def _unseen_pixels(advice: Advice, name: str) -> Iterator[Problem]:
    """Windows that leave out much of the image, where nothing else reads it."""
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
    """A convolution with a stride over maps so small that some of its weights never meet a value.

    One that keeps the size, as 3×3 with padding 1 over 1×1 maps at the end of a deep network, is not told.
    """
    layer, output = advice.network[name], advice.shapes.nodes[name].output
    if not isinstance(layer, Conv2d) or output is None or layer.stride == (1, 1) or layer.padding == "same":
        return
    (shape,) = advice.inputs(name)
    used = [axis.used_weights() for axis in layer.axes(shape[1:], output[1:])]
    spans = used[0][-1] - used[0][0] + 1, used[1][-1] - used[1][0] + 1
    if spans == layer.kernel_size:
        return
    border = tuple(max(0, p - d * one[0]) for p, d, one in zip(layer.padding, layer.dilation, used, strict=True))
    smaller = (SetParameter(name, "kernel_size", spans), SetParameter(name, "padding", border))
    said = setting(name, "padding", border).values["value"]
    label = {"parameter": f"kernel_size {spell(setting(name, 'kernel_size', spans).values['value'])}, padding"}
    fixes = [Fix("set", Together(smaller), {**label, "value": said})]
    if shape == output:
        fixes.append(removal(name))
    yield advice.warning(name, "unused_weights", *fixes, kernel=layer.kernel_size, used=spans, size=shape[1:])


def _reached(layer: Conv2d | WindowPool2d, inputs: tuple[Shape, ...], output: Shape) -> tuple[Sequence[int], ...]:
    """The rows and the columns that the windows of a layer read."""
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
    """Whether a good share of what a node sees of the image is not seen by these of its rows and columns."""
    seen, output = advice.shapes.nodes[source].receptive_field, advice.shapes.nodes[source].output
    if seen is None or seen.step == (0, 0) or output is None:
        return False
    share = 1.0
    for axis, positions in enumerate(reached):
        every = _pixels(seen, axis, range(output[1 + axis]), advice.facts.image[1 + axis])
        share *= _pixels(seen, axis, positions, advice.facts.image[1 + axis]) / max(1, every)
    return share <= 1 - UNSEEN


def _pixels(seen: ReceptiveField, axis: int, positions: Sequence[int], side: int) -> float:
    """How many rows or columns of the image these positions see together."""
    count = end = 0.0
    for at in positions:
        first, behind = seen.region(axis, at)
        start = max(end, first)
        end = max(end, min(side, behind))
        count += max(0, end - start)
    return count


def _widened(advice: Advice, name: str, layer: Conv2d | WindowPool2d) -> Iterator[Fix]:
    """Settings with which the windows reach what matters; each changes as little as does it."""
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
    """All positions made one, where each has seen a small part of the image and the answer hangs on nothing else."""
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
        fixes = [insertion(one, MaxPool2d()) for one in _wide_convolutions(advice, name)[:4]]
        flattened = all(isinstance(advice.network[one], Flatten) for one in advice.followers(name))
        fixes.append(removal(name) if flattened else replacement(name, Flatten()))
        yield advice.warning(name, "narrow_view", *fixes, seen=seen.size, image=image)


def _all_ways_lead_through(advice: Advice, name: str) -> bool:
    reached = {one for one in advice.shapes.used if isinstance(advice.network[one], Input)}
    for one in advice.shapes.used:
        if one != name and reached.intersection(advice.network.inputs[one]):
            reached.add(one)
    return not any(isinstance(advice.network[one], Output) for one in reached)


def _wide_convolutions(advice: Advice, name: str) -> list[str]:
    """The convolutions before a node that read more than one position, the nearest first."""
    above = advice.network.ancestors(name)
    layers = [(one, advice.network[one]) for one in reversed(advice.shapes.used) if one in above]
    return [one for one, layer in layers if isinstance(layer, Conv2d) and prod(layer.kernel_size) > 1]


def _heavy_dense(advice: Advice, name: str) -> Iterator[Problem]:
    """Nearly all parameters in one Dense: behind a Flatten because no pooling came before, or behind a wide Dense."""
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
    """A Dense whose weights are that many because of how many numbers the Dense before it gives."""
    count, total, width = advice.shapes.nodes[name].parameter_count, advice.shapes.parameters, wide.out_features
    own, fixes = advice.shapes.nodes[before].parameter_count, []
    narrower = [width >> by for by in range(1, width.bit_length())]
    for fewer in narrower:
        left = count * fewer / width
        if not _is_heavy(left, total - (count + own) * (1 - fewer / width)):
            values = {"parameter": f"{before} out_features", "value": fewer}
            fixes.append(Fix("set", SetParameter(before, "out_features", fewer), values))
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
"""What layers of a family are looked at for."""
