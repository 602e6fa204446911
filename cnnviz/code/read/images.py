"""Finds the size of the images in the code around a network: in ``build``, or in a batch that is created there."""

from __future__ import annotations

import ast
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.changes import Changes
from cnnviz.code.read.containers import Containers
from cnnviz.code.read.origins import Origins
from cnnviz.code.read.scopes import survey
from cnnviz.code.read.syntax import Names, NotAConstant, called

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from cnnviz.code.read.changes import Key
    from cnnviz.code.read.remarks import Remark
    from cnnviz.network.shape import Shape

MOST_SIDE = 4096
"""A batch with larger images is no batch of images."""
MOST_BATCHES = 10
"""So many sizes of batches are tried."""
USUAL_SIDES = (28, 32, 64, 96, 128, 224, 227, 256, 299)
"""Image sizes that are tried if the source does not state the size."""
MOST_SEARCHED = 512
"""The largest side of images that is tried if the source does not state it."""
_EXAMPLES = frozenset({"rand", "randn", "zeros", "ones", "empty", "normal", "uniform", "random", "random_sample"})
"""Functions that create a batch of a given size."""

DATASETS: Mapping[str, Shape] = MappingProxyType(
    {
        **dict.fromkeys(("MNIST", "FashionMNIST", "KMNIST", "QMNIST", "EMNIST"), (1, 28, 28)),
        **dict.fromkeys(("CIFAR10", "CIFAR100", "SVHN"), (3, 32, 32)),
        "STL10": (3, 96, 96),
    }
)
"""The images of datasets of torchvision, as they are without a transform."""


def examples(changes: Changes, names: Names) -> list[Shape]:
    """The sizes of all batches with four axes that the source creates, without the first axis."""
    return [size[1:] for call in changes.survey.calls if (size := _batch(call, names)) is not None]


def source_sizes(tree: ast.Module, name: str, channels: int | None) -> tuple[list[Shape], list[Shape]]:
    """The size with which the source calls the network ``name``, and those of its other batches and of torchvision's
    datasets that have these channels."""
    surveyed = survey(tree)
    changes = Changes(surveyed)
    names = Containers(surveyed, changes, Origins(surveyed)).names
    stated_size = stated(changes, names, {(surveyed.module, name)})
    loaded = [size for call in surveyed.calls if (size := DATASETS.get(called(call))) is not None]
    batches = [size for size in (*reversed(examples(changes, names)), *loaded) if channels in (None, size[0])]
    called_with: list[Shape] = [stated_size] if stated_size is not None and len(stated_size) == 3 else []
    return called_with, list(dict.fromkeys(batches))[:MOST_BATCHES]


def stated(changes: Changes, names: Names, keys: Collection[Key]) -> Shape | None:
    """The size of the images that the network with these names is built for or called with; None if it is not known."""
    for call, argument in _uses(changes, keys):
        if isinstance(call.func, ast.Attribute):
            size = _constant(argument, names)
        else:
            resolved = names.resolve(argument)
            size = _batch(resolved, names) if isinstance(resolved, ast.Call) else None
        if isinstance(size, tuple) and len(size) > 2:
            return size[1:]
    return None


def _uses(changes: Changes, keys: Collection[Key]) -> Iterator[tuple[ast.Call, ast.expr]]:
    """The calls of the network or of its ``build``, each with its first argument."""
    for call in changes.survey.calls:
        match call.func:
            case ast.Attribute(value=ast.Name() as name, attr="build") | (ast.Name() as name):
                pass
            case _:
                continue
        arguments = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "input_shape")]
        if arguments and changes.key(name) in keys:
            yield call, arguments[0]


def _batch(call: ast.Call, names: Names) -> Shape | None:
    """The size of a batch such as ``torch.rand(2, 1, 28, 28)`` or ``np.zeros((2, 28, 28, 1))``; None for others."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name not in _EXAMPLES:
        return None
    size = (
        _constant(call.args[0], names) if len(call.args) == 1 else tuple(_constant(axis, names) for axis in call.args)
    )
    is_batch = isinstance(size, tuple) and len(size) == 4 and all(type(axis) is int and axis > 0 for axis in size)
    return size if is_batch and all(axis <= MOST_SIDE for axis in size[1:]) else None


def fitting_side(wrong: Callable[[int], Sequence[Remark]]) -> int | None:
    """The side of the square images that fit a network; None if there is none.

    ``wrong`` returns what is wrong with the network for images of a side. Its layers get the more values the larger
    the images are, so that the side is found by bisection.
    """
    low, high = 1, MOST_SEARCHED
    while low <= high:
        side = (low + high) // 2
        remarks = wrong(side)
        if not remarks:
            return side
        values = remarks[0].values
        # a "wrong_size" has the size that the source states as "value"
        wanted, actual = values.get("wanted", values.get("value")), values.get("actual")
        match remarks[0].code:
            case "view_count" | "wrong_size" if type(wanted) is int and type(actual) is int:
                larger = wanted > actual
            case "misfit":
                larger = True
            case _:
                return None
        low, high = (side + 1, high) if larger else (low, side - 1)
    return None


def _constant(node: ast.expr, names: Names) -> Any:
    try:
        return names.constant(node)
    except NotAConstant:
        return None
