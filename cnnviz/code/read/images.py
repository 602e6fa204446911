"""How large the images are, as code around a network tells: by ``build``, or by an example that is made or computed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from cnnviz.code.read.remarks import PasteError, Remark
from cnnviz.code.read.syntax import Names, NotAConstant, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cnnviz.code.read.changes import Changes, Key
    from cnnviz.network.shape import Shape

MOST_SIDE = 4096
_EXAMPLES = frozenset({"rand", "randn", "zeros", "ones", "empty", "normal", "uniform", "random", "random_sample"})
"""Functions that make a batch of a size."""


def examples(changes: Changes, names: Names) -> list[Shape]:
    """The sizes of all batches of four axes that the source makes, the first axis left out."""
    return [size[1:] for call in changes.survey.calls if (size := _batch(call, names)) is not None]


def stated(changes: Changes, names: Names, keys: Collection[Key]) -> Shape | None:
    """The size of what the network with these names is built for or computes; None where the source does not tell.

    Raises PasteError for a ``build`` whose size is no constant.
    """
    for call, argument in _uses(changes, keys):
        if isinstance(call.func, ast.Attribute):
            size = _constant(argument, names)
            if size is None:
                raise PasteError(Remark("unknown_value", call.lineno, {"value": written(argument)}))
        else:
            resolved = names.resolve(argument)
            size = _batch(resolved, names) if isinstance(resolved, ast.Call) else None
        if isinstance(size, tuple) and len(size) > 2:
            return size[1:]
    return None


def _uses(changes: Changes, keys: Collection[Key]) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Where the network is called, or its ``build``, and with what."""
    for call in changes.survey.calls:
        match call.func:
            case ast.Attribute(value=ast.Name() as name, attr="build") | (ast.Name() as name):
                pass
            case _:
                continue
        argument = [*call.args, *(one.value for one in call.keywords if one.arg == "input_shape")]
        if argument and changes.key(name) in keys:
            yield call, argument[0]


def _batch(call: ast.Call, names: Names) -> Shape | None:
    """The size of ``torch.rand(2, 1, 28, 28)``, ``np.zeros((2, 28, 28, 1))`` and the like."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name not in _EXAMPLES:
        return None
    size = _constant(call.args[0], names) if len(call.args) == 1 else tuple(_constant(one, names) for one in call.args)
    whole = isinstance(size, tuple) and len(size) == 4 and all(type(one) is int and one > 0 for one in size)
    return size if whole and all(one <= MOST_SIDE for one in size[1:]) else None


def _constant(node: ast.expr, names: Names) -> Any:
    try:
        return names.constant(node)
    except NotAConstant:
        return None
