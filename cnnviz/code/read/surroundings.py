"""What PyTorch source does around its network: how it normalizes the images, and sets the weights at the beginning."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.changes import Changes
from cnnviz.code.read.containers import Containers
from cnnviz.code.read.origins import Origins
from cnnviz.code.read.remarks import Remark
from cnnviz.code.read.scopes import survey
from cnnviz.code.read.syntax import Names, NotAConstant, called, written
from cnnviz.network.graph import set_layer
from cnnviz.network.layers import Input, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.network.graph import Network

_INITIAL = re.compile(r"(kaiming|xavier|orthogonal|trunc_normal|dirac|sparse|normal|uniform|constant|eye)(_\w*)?")
_FILLING = frozenset({"normal_", "uniform_", "fill_", "zero_", "copy_", "trunc_normal_"})


@dataclass(frozen=True)
class _Normalized:
    line: int
    text: str
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None

    def fits(self, channels: int) -> bool:
        """Whether its numbers are known, and fit images with so many channels."""
        return self.mean is not None and self.std is not None and {len(self.mean), len(self.std)} <= {1, channels}


def with_surroundings(network: Network, tree: ast.Module) -> tuple[Network, tuple[Remark, ...]]:
    """The network with an Input that normalizes the images as the source does, and remarks about that and about
    weights that the source sets at the beginning."""
    notes = []
    if (initial := _initial(tree)) is not None:
        notes.append(Remark("initial_left_out", initial.lineno, {"value": written(initial)}))
    found = list(_normalized(tree))
    if not found:
        return network, tuple(notes)
    first = found[0]
    (name,) = network.of_kind(Input)
    images: Any = network[name]
    one = len({(each.mean, each.std) for each in found}) == 1 and first.fits(images.shape[0])
    if one and (images.mean, images.std) == ((0.0,), (1.0,)):
        try:
            changed = replace(images, mean=first.mean, std=first.std)
        except ParameterError:
            one = False
        else:
            return set_layer(network, name, changed), (*notes, Remark("normalize_taken", first.line, _said(first)))
    if not one or (images.mean, images.std) != (first.mean, first.std):
        notes.append(Remark("normalize_left_out", first.line, _said(first)))
    return network, tuple(notes)


def _said(found: _Normalized) -> dict[str, str]:
    return {"value": found.text}


def _initial(tree: ast.Module) -> ast.Call | None:
    """The first call that sets weights at the beginning, such as ``nn.init.kaiming_normal_(m.weight)``."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _sets_weights(node)]
    return min(calls, key=lambda node: node.lineno, default=None)


def _sets_weights(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(value=ast.Name(id="init") | ast.Attribute(attr="init"), attr=name):
            return name.endswith("_") or _INITIAL.fullmatch(name) is not None
        case ast.Attribute(value=holder, attr=name) if name in _FILLING:
            while isinstance(holder, ast.Attribute):
                if holder.attr in ("weight", "bias"):
                    return True
                holder = holder.value
            return False
        case ast.Name(id=name):
            return name.endswith("_") and _INITIAL.fullmatch(name) is not None
    return False


def _normalized(tree: ast.Module) -> Iterator[_Normalized]:
    """Each Normalize of torchvision in a source."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == "Normalize"]
    if not calls:
        return
    surveyed = survey(tree)
    origins = Origins(surveyed)
    names = Containers(surveyed, Changes(surveyed), origins).names
    for call in calls:
        if not origins.path(call.func).startswith("torchvision.transforms."):
            continue
        arguments = _arguments(call, names)
        mean, std = (_numbers(arguments.get(name), names) for name in ("mean", "std"))
        known = mean is not None and std is not None
        yield _Normalized(call.lineno, written(call), mean if known else None, std if known else None)


def _arguments(call: ast.Call, names: Names) -> dict[str, ast.expr]:
    """The arguments by name; ``*stats`` unpacked."""
    given: list[ast.expr] = []
    for argument in call.args:
        inner = names.resolve(argument.value) if isinstance(argument, ast.Starred) else argument
        parts = isinstance(argument, ast.Starred) and isinstance(inner, ast.Tuple | ast.List)
        given += inner.elts if parts and isinstance(inner, ast.Tuple | ast.List) else [inner]
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    return {**dict(zip(("mean", "std"), given, strict=False)), **named}


def _numbers(node: ast.expr | None, names: Names) -> tuple[float, ...] | None:
    try:
        value = names.constant(node) if node is not None else None
    except NotAConstant:
        return None
    values = value if isinstance(value, tuple) else (value,)
    if not values or not all(type(number) in (int, float) for number in values):
        return None
    return tuple(float(number) for number in values)
