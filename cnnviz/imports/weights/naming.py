"""The names of layers in files of weights, and the layers of a network that they may mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from cnnviz.imports.weights.stored import without_ones
from cnnviz.imports.weights.torchvision_names import in_template

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from cnnviz.imports.weights.stored import StoredTensor
    from cnnviz.network.shape import Shape

_TENSOR = re.compile(
    r"(?:(?P<layer>.*?)\.)?"
    r"(?P<tensor>(?:out_proj\.)?(?:weight|bias)|in_proj_(?:weight|bias)|running_(?:mean|var)|num_batches_tracked)"
)
_WRAPPERS = ("module", "_orig_mod", "model", "net", "network", "backbone", "encoder", "base_model", "state_dict")
"""First parts of names that wrappers and training programs put before those of all layers."""
_KINDS = (
    (re.compile(r"^(bn|batch_?norm|norm)(?=\d*$)"), "norm"),
    (re.compile(r"^(fc|lin|linear|dense)(?=\d*$)"), "fc"),
    (re.compile(r"^(conv|conv2d|convolution)(?=\d*$)"), "conv"),
)


@dataclass(frozen=True)
class StoredLayer:
    """A layer in a file: its name there, and its tensors by their names in the layer, such as ``weight``."""

    name: str
    tensors: Mapping[str, StoredTensor]

    @cached_property
    def form(self) -> Shape:
        """The shape of its weight, without axes of 1 at the end."""
        weight = self.tensors.get("weight")
        return () if weight is None else without_ones(weight.shape)


def layers_of(tensors: Mapping[str, StoredTensor]) -> tuple[list[StoredLayer], list[StoredTensor]]:
    """The layers of a file in its order, without the prefixes of wrappers; and the tensors that belong to no layer."""
    attention = {name.removesuffix("in_proj_weight") for name in tensors if name.endswith("in_proj_weight")}
    prefix = common_prefix(tensors)
    layers: dict[str, dict[str, StoredTensor]] = {}
    others = []
    for name, tensor in tensors.items():
        matched = _TENSOR.fullmatch(name.removeprefix(prefix))
        if matched is None:
            others.append(tensor)
            continue
        layer, own = matched["layer"] or "", matched["tensor"]
        start = f"{prefix}{layer}." if layer else prefix
        # without an in_proj_weight beside it, out_proj is a layer and no part of an attention
        if own.startswith("out_proj.") and start not in attention:
            layer, own = f"{layer}.out_proj" if layer else "out_proj", own.removeprefix("out_proj.")
        layers.setdefault(layer, {})[own] = tensor
    return [StoredLayer(name, own) for name, own in layers.items()], others


def common_prefix(names: Iterable[str]) -> str:
    """What wrappers put before all names, with its dot at the end; empty if there is nothing."""
    names = list(names)
    prefix = ""
    while names:
        first = names[0].removeprefix(prefix).partition(".")[0]
        longer = f"{prefix}{first}."
        if first not in _WRAPPERS or not all(name.startswith(longer) for name in names):
            break
        prefix = longer
    return prefix


def named_pairs(
    layers: Iterable[StoredLayer], nodes: Collection[str], fits: Callable[[str, str], bool]
) -> dict[str, str]:
    """For the name of each layer in the file, the node that it means; no node is meant twice.

    The nodes' own names count first, then names that differ in case, punctuation and usual short forms only
    (``layer1.0.bn1`` and ``layer1_0_norm1``), then torchvision's names of the layers of the templates. The last are
    meant only if at least half of them have the right shapes, which ``fits(name, node)`` says: other networks number
    their layers too.
    """
    names = [layer.name for layer in layers]
    pairs = {name: name for name in names if name in nodes}
    nodes_called: dict[str, list[str]] = {}
    for node in nodes:
        nodes_called.setdefault(_normalized(node), []).append(node)
    layers_called: dict[str, list[str]] = {}
    for name in names:
        layers_called.setdefault(_normalized(name), []).append(name)
    for normalized, found in layers_called.items():
        meant = nodes_called.get(normalized, [])
        if len(found) == len(meant) == 1:
            _add(pairs, found[0], meant[0])
    translated = in_template(names, nodes)
    if 2 * sum(fits(name, node) for name, node in translated.items()) >= len(translated):
        for name, node in translated.items():
            _add(pairs, name, node)
    return pairs


def _add(pairs: dict[str, str], name: str, node: str) -> None:
    if name not in pairs and node not in pairs.values():
        pairs[name] = node


@lru_cache(maxsize=4096)
def _normalized(name: str) -> str:
    """A name without case and punctuation, and with the usual short form of each kind of layer."""
    parts = [part for part in re.split(r"[^a-z0-9]+", name.lower()) if part]
    for pattern, short in _KINDS:
        parts = [pattern.sub(short, part) for part in parts]
    return "_".join(parts)
