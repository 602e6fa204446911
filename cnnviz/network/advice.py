"""Advice: warnings about a network that can be trained but could be better, each with fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.network.advice_context import AdviceContext
from cnnviz.network.fixes import insertion, removal, setting
from cnnviz.network.layers import (
    BatchNorm,
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
    Reshape,
)
from cnnviz.network.linear_advice import linear_pair
from cnnviz.network.problems import Fix, Problem, SetParameter
from cnnviz.network.window_advice import narrow_view, unseen_pixels, unused_weights

if TYPE_CHECKING:
    from cnnviz.network.layers.base import Family

LARGEST_POOL = 8
"""The largest window of a pooling that is suggested before a Flatten."""
HEAVY_COUNT = 1_000_000
HEAVY_SHARE = 9 / 10
"""A Dense after a Flatten or another Dense is warned about if it has more than HEAVY_COUNT parameters and more than
HEAVY_SHARE of all. The fc6 of AlexNet has 62 % of all parameters, that of VGG-16 74 %."""
SUBTRACTING_THE_MEAN = (BatchNorm, InstanceNorm2d)
"""The layers that make a bias before them useless."""
RESHAPING_OR_DROPPING = (Flatten, Reshape, RandomDropping)
"""An activation before these layers is still one at the end if the Output follows them."""


@cache
def warnings_of(kind: type[Layer]) -> tuple[_Warning, ...]:
    """The warnings to look for at layers of a kind; each is called with the context and the name of a node."""
    return (*WARNINGS.get(kind.family, ()), *((_needless,) if _may_do_nothing(kind) else ()))


@cache
def _may_do_nothing(kind: type[Layer]) -> bool:
    return kind.idle is not Layer.idle or kind.constant is not Layer.constant or kind.keeps_positive


def _needless(context: AdviceContext, name: str) -> Iterator[Problem]:
    """A layer whose output always equals its input, or is always the same."""
    if (found := _why_needless(context, name)) is not None:
        code, values = found
        yield context.warning(name, code, removal(name), **values)


def _why_needless(context: AdviceContext, name: str) -> tuple[str, dict[str, Any]] | None:
    """Why a layer is needless: the code of the warning and its values; None if it is not."""
    layer, inputs = context.network[name], context.inputs(name)
    if code := layer.idle(inputs):
        return code, {"shape": inputs[0]}
    if layer.constant(inputs):
        return "constant_output", {}
    if layer.keeps_positive and (before := context.network.inputs[name][0]) in context.never_negative:
        return "nothing_negative", {"before": before}
    return None


def _activation_twice(context: AdviceContext, name: str) -> Iterator[Problem]:
    layer, before = context.network[name], context.before(name)
    if layer.family != "activation" or before is None or before.layer.family != "activation":
        return
    if _why_needless(context, name) is not None:
        return
    if (layer.elementwise and before.layer.elementwise) or type(layer) is type(before.layer):
        yield context.warning(name, "repeated_activation", removal(name), before=before.name)


def _activation_at_end(context: AdviceContext, name: str) -> Iterator[Problem]:
    """An activation between the last layer with weights and the Output."""
    if context.network[name].family != "activation":
        return
    following = name
    while len(outputs := context.network.outputs[following]) == 1:
        following = outputs[0]
        layer = context.network[following]
        if isinstance(layer, Output):
            yield context.warning(name, "activation_at_end", removal(name))
        if not isinstance(layer, RESHAPING_OR_DROPPING):
            return


def _bias_before_norm(context: AdviceContext, name: str) -> Iterator[Problem]:
    layer = context.network[name]
    if not isinstance(layer, (Conv2d, ConvTranspose2d, Dense)) or not layer.bias:
        return
    following = context.followers(name)
    if following and all(isinstance(context.network[target], SUBTRACTING_THE_MEAN) for target in following):
        norm = context.network[following[0]].kind
        yield context.warning(name, "bias_before_norm", setting(name, "bias", False), norm=norm, following=following[0])


def _heavy_dense(context: AdviceContext, name: str) -> Iterator[Problem]:
    """A Dense with nearly all parameters, because it follows a Flatten of large maps or a wide Dense."""
    count, total = context.shapes.nodes[name].parameter_count, context.shapes.parameters
    if not isinstance(context.network[name], Dense) or not _is_heavy(count, total):
        return
    source = context.before(name)
    while source is not None and (source.layer.elementwise or isinstance(source.layer, RandomDropping | LayerNorm)):
        source = context.before(source.name)
    if source is not None and isinstance(source.layer, Dense):
        yield _wide_dense(context, name, source.name, source.layer)
    if source is None or not isinstance(source.layer, Flatten):
        return
    before, shape = context.before(source.name), context.inputs(source.name)[0]
    if before is None or isinstance(before.layer, Input) or len(shape) != 3 or prod(shape[1:]) == 1:
        return
    fixes = []
    for size in range(2, min(LARGEST_POOL, *shape[1:]) + 1):
        weights_left = count * (shape[1] // size) * (shape[2] // size) / prod(shape[1:])
        if not _is_heavy(weights_left, total - count + weights_left):
            pool = MaxPool2d((size, size), (size, size))
            fixes.append(insertion(source.name, pool))
            break
    yield context.warning(name, "heavy_dense", *fixes, count=count, total=total, shape=shape, flatten=source.name)


def _is_heavy(count: float, total: float) -> bool:
    return count > HEAVY_COUNT and count > HEAVY_SHARE * total


def _wide_dense(context: AdviceContext, name: str, before: str, wide: Dense) -> Problem:
    """The warning for a Dense with many weights whose cause is the Dense before it, ``wide``, with its many outputs."""
    count, total, width = context.shapes.nodes[name].parameter_count, context.shapes.parameters, wide.out_features
    weights_before, fixes = context.shapes.nodes[before].parameter_count, []
    narrower = [width >> by for by in range(1, width.bit_length())]
    for fewer in narrower:
        weights_left = count * fewer / width
        if not _is_heavy(weights_left, total - (count + weights_before) * (1 - fewer / width)):
            values = {"node": before, "parameter": "out_features", "value": fewer}
            fixes.append(Fix("set_of", SetParameter(before, "out_features", fewer), values))
            break
    return context.warning(name, "wide_dense", *fixes, count=count, total=total, before=before, width=width)


_Warning = Callable[[AdviceContext, str], Iterator[Problem]]

WARNINGS: Mapping[Family, tuple[_Warning, ...]] = MappingProxyType(
    {
        "activation": (_activation_twice, _activation_at_end),
        "convolution": (linear_pair, _bias_before_norm, unseen_pixels, unused_weights),
        "pooling": (unseen_pixels, narrow_view),
        "dense": (linear_pair, _bias_before_norm, _heavy_dense),
    }
)
"""The warnings to look for at the layers of each family."""
