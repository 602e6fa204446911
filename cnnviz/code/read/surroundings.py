"""What PyTorch source does around its network: how it normalizes the images, and sets the weights at the beginning."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.chain import ReadChain
from cnnviz.code.read.changes import Changes
from cnnviz.code.read.containers import Containers
from cnnviz.code.read.origins import Origins
from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.scopes import survey
from cnnviz.code.read.syntax import called, written
from cnnviz.code.read.torch_layers import add_torch_layer
from cnnviz.network.graph import set_layer
from cnnviz.network.layers import Input, ParameterError

if TYPE_CHECKING:
    from cnnviz.code.read.syntax import Names
    from cnnviz.network.graph import Network

_Scale = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and standard deviation of each channel."""
_INITIALIZERS = re.compile(r"(kaiming|xavier|orthogonal|trunc_normal|dirac|sparse|normal|uniform|constant|eye)(_\w*)?")
"""Functions of ``torch.nn.init``."""
_FILLING = frozenset({"normal_", "uniform_", "fill_", "zero_", "copy_", "trunc_normal_"})
"""Methods that set the values of a tensor."""


def with_surroundings(network: Network, tree: ast.Module) -> tuple[Network, tuple[Remark, ...]]:
    """The network with an Input that normalizes the images as the source does, and remarks about that and about
    weights that the source sets at the beginning."""
    notes = []
    if (initial := _initial(tree)) is not None:
        notes.append(Remark("initial_left_out", initial.lineno, {"value": written(initial)}))
    calls = _normalizations(tree)
    if not calls:
        return network, tuple(notes)
    first, scale = next(iter(calls.items()))
    (name,) = network.of_kind(Input)
    layer: Any = network[name]
    changed = _normalizing(layer, scale) if len(set(calls.values())) == 1 else None
    values = {"value": written(first)}
    if changed is not None and (layer.mean, layer.std) == ((0.0,), (1.0,)):
        return set_layer(network, name, changed), (*notes, Remark("normalize_taken", first.lineno, values))
    if changed is None or layer != changed:
        notes.append(Remark("normalize_left_out", first.lineno, values))
    return network, tuple(notes)


def _normalizing(layer: Any, scale: _Scale | None) -> Input | None:
    """An Input that normalizes as well; None for numbers that are not known or do not fit the images."""
    if scale is None:
        return None
    mean, std = scale
    if not {len(mean), len(std)} <= {1, layer.shape[0]}:
        return None
    try:
        changed: Input = replace(layer, mean=mean, std=std)
    except ParameterError:
        return None
    return changed


def _initial(tree: ast.Module) -> ast.Call | None:
    """The first call that sets weights at the beginning, such as ``nn.init.kaiming_normal_(m.weight)``."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _sets_weights(node)]
    return min(calls, key=lambda node: node.lineno, default=None)


def _sets_weights(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(value=ast.Name(id="init") | ast.Attribute(attr="init"), attr=name):
            return name.endswith("_") or _INITIALIZERS.fullmatch(name) is not None
        case ast.Attribute(value=holder, attr=name) if name in _FILLING:
            while isinstance(holder, ast.Attribute):
                if holder.attr in ("weight", "bias"):
                    return True
                holder = holder.value
            return False
        case ast.Name(id=name):
            return name.endswith("_") and _INITIALIZERS.fullmatch(name) is not None
    return False


def _normalizations(tree: ast.Module) -> dict[ast.Call, _Scale | None]:
    """Each Normalize of torchvision in a source, with its mean and standard deviation, None if they are not known."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == "Normalize"]
    if not calls:
        return {}
    surveyed = survey(tree)
    origins = Origins(surveyed)
    names = Containers(surveyed, Changes(surveyed), origins).names
    of_torchvision = [call for call in calls if origins.path(call.func).startswith("torchvision.transforms.")]
    return {call: _scale(call, names) for call in of_torchvision}


def _scale(call: ast.Call, names: Names) -> _Scale | None:
    arguments: list[ast.expr] = []
    for argument in call.args:
        inner = names.resolve(argument.value) if isinstance(argument, ast.Starred) else None
        arguments += inner.elts if isinstance(inner, ast.Tuple | ast.List) else [argument]
    plain = ast.copy_location(ast.Call(call.func, arguments[:2], call.keywords), call)
    read = ReadChain(None)
    try:
        add_torch_layer(read, plain, "Normalize", names, None)
    except PasteError:
        return None
    return read.mean, read.std
