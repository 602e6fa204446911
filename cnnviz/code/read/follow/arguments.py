"""Values of the interpreter as arguments of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.code.read.follow.values import Instance, Path, Unknown, Value
from cnnviz.code.read.syntax import Opaque

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_NESTED, _MOST_ENTRIES = 3, 100
"""Lists that are nested more deeply or have more entries are no argument of a layer."""


def as_argument(value: Value, of_path: Callable[[Path], Opaque], depth: int = 0) -> Any:
    """A value as an argument of a layer: a list as a tuple; Opaque if it is no constant, or a list with an
    entry that is none.

    ``of_path`` gives what a path of the framework is.
    """
    if isinstance(value, list | tuple | range) and depth < _MOST_NESTED and len(value) <= _MOST_ENTRIES:
        entries = tuple(as_argument(entry, of_path, depth + 1) for entry in value)
        return next((entry for entry in entries if isinstance(entry, Opaque)), entries)
    if isinstance(value, bool | int | float | str | type(None)):
        return value
    if isinstance(value, Path):
        return of_path(value)
    if isinstance(value, Unknown):
        return Opaque(value.text, "")
    return Opaque(value.class_name if isinstance(value, Instance) else type(value).__name__.lower(), "")
