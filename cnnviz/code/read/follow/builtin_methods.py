"""Methods of Python's lists, tuples, dicts, sets and strings, and assignments such as ``+=`` that change them."""

from __future__ import annotations

import re
from functools import partial
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.arithmetic import bounded, equal, wide
from cnnviz.code.read.follow.builtin_functions import checked
from cnnviz.code.read.follow.effort import MOST_ENTRIES
from cnnviz.code.read.follow.values import MISSING, Given, Native, NotKnown, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine


def method_of(value: Value, name: str) -> Value:
    """A method of a list, tuple, dict, set or string; :data:`MISSING` if there is none here.

    The functions below unpack as many arguments as they take: what that raises becomes Unfit, see :func:`checked`.
    """
    for kind, methods in _METHODS.items():
        if isinstance(value, kind) and name in methods:
            return Native(name, checked(partial(_called, methods[name], value)))
    return MISSING


def augment(
    run: Machine, container: list[Value] | dict[Value, Value] | set[Value], sign: str, other: Value, node: ast.AST
) -> None:
    """``container sign= other``: the container itself changes, under all of its names."""
    try:
        if isinstance(container, list) and sign == "+":
            more = run.iterated(other, node)
            run.change(container, node, len(more))
            container.extend(more)
            return
        result = run.operated(sign, container, other, node)
        if not isinstance(result, type(container)):
            raise NotKnown
        run.change(container, node, len(result) - len(container))
    except NotKnown:
        run.spoil(container, node)
        return
    container.clear()
    if isinstance(container, list):
        container.extend(result)
    else:
        container.update(result)


def _called(method: Callable[..., Value], value: Value, run: Machine, given: Given) -> Value:
    return method(run, value, given)


def _append(run: Machine, entries: list[Value], given: Given) -> None:
    (value,) = given.positional
    run.change(entries, given.node, 1)
    entries.append(value)


def _extend(run: Machine, entries: list[Value], given: Given) -> None:
    (values,) = given.positional
    more = run.iterated(values, given.node)
    run.change(entries, given.node, len(more))
    entries.extend(more)


def _insert(run: Machine, entries: list[Value], given: Given) -> None:
    place, value = given.positional
    run.change(entries, given.node, 1)
    entries.insert(run.index_in(place, entries, given.node), value)


def _pop(run: Machine, entries: list[Value], given: Given) -> Value:
    run.change(entries, given.node)
    place = run.index_in(given.positional[0], entries, given.node) if given.positional else -1
    return entries.pop(place)


def _clear(run: Machine, entries: list[Value] | dict[Value, Value], given: Given) -> None:
    run.change(entries, given.node)
    entries.clear()


def _reverse(run: Machine, entries: list[Value], given: Given) -> None:
    run.change(entries, given.node)
    entries.reverse()


def _sort(run: Machine, entries: list[Value], given: Given) -> None:
    run.change(entries, given.node)
    if given.named or not any(all(isinstance(entry, kind) for entry in entries) for kind in (int | float, str)):
        _not_followed(run, entries, given)
    entries.sort()


def _remove(run: Machine, entries: list[Value], given: Given) -> None:
    run.change(entries, given.node)
    try:
        del entries[_index(run, entries, given)]
    except NotKnown:
        _not_followed(run, entries, given)


def _not_followed(run: Machine, entries: list[Value] | dict[Value, Value] | set[Value], given: Given) -> None:
    """A method that changes its object in a way that is not followed."""
    run.spoil(entries, given.node)
    raise NotKnown


def _index(run: Machine, entries: list[Value] | tuple[Value, ...], given: Given) -> int:
    (value,) = given.positional
    run.require_certain(entries, given.node)
    for place, entry in enumerate(entries):
        if equal(entry, value, run.effort):
            return place
    raise NotKnown


def _count(run: Machine, entries: list[Value] | tuple[Value, ...], given: Given) -> int:
    (value,) = given.positional
    run.require_certain(entries, given.node)
    return sum(equal(entry, value, run.effort) for entry in entries)


def _copy(run: Machine, entries: Value, given: Given) -> Value:
    run.require_certain(entries, given.node)
    return entries.copy()


def _keys(run: Machine, entries: dict[Value, Value], given: Given) -> Value:
    run.require_certain(entries, given.node)
    return list(entries)


def _values(run: Machine, entries: dict[Value, Value], given: Given) -> Value:
    run.require_certain(entries, given.node)
    return list(entries.values())


def _items(run: Machine, entries: dict[Value, Value], given: Given) -> Value:
    run.require_certain(entries, given.node)
    return list(entries.items())


def _get(run: Machine, entries: dict[Value, Value], given: Given) -> Value:
    key, *default = given.positional
    run.require_certain(entries, given.node)
    return entries.get(run.key(key), default[0] if default else None)


def _setdefault(run: Machine, entries: dict[Value, Value], given: Given) -> Value:
    key, *default = given.positional
    run.change(entries, given.node, 1)
    return entries.setdefault(run.key(key), default[0] if default else None)


def _update(run: Machine, entries: dict[Value, Value], given: Given) -> None:
    run.change(entries, given.node)  # even without arguments the dict has to be one that may change here
    for source in given.positional:
        if not isinstance(source, dict):
            run.spoil(entries, given.node)
            raise NotKnown
        run.require_certain(source, given.node)
        run.change(entries, given.node, len(source))
        entries.update(source)
    entries.update(given.named)


def _pop_key(run: Machine, entries: dict[Value, Value], given: Given) -> Value:
    key, *default = given.positional
    run.change(entries, given.node)
    found = entries.pop(run.key(key), default[0] if default else MISSING)
    if found is MISSING:
        raise NotKnown
    return found


def _add(run: Machine, entries: set[Value], given: Given) -> None:
    (value,) = given.positional
    run.change(entries, given.node, 1)
    entries.add(run.key(value))


def _join(run: Machine, text: str, given: Given) -> str:
    parts = run.iterated(given.positional[0], given.node)
    if not all(isinstance(part, str) for part in parts) or sum(map(len, parts)) + len(parts) * len(text) > MOST_ENTRIES:
        raise NotKnown
    return text.join(parts)


def _format(run: Machine, text: str, given: Given) -> str:
    if any(not isinstance(value, bool | int | float | str) for value in given.all()):
        raise NotKnown
    try:
        fields = list(Formatter().parse(text))
        if len(fields) * max((len(str(value)) for value in given.all()), default=0) > MOST_ENTRIES:
            raise NotKnown
        for _, name, specification, _ in fields:
            # {0.real} and {0[1]} look into a value; {:{}} takes a width, which may be large, from the values
            if re.search(r"[.\[]", name or "") or "{" in (specification or "") or wide(specification or ""):
                raise NotKnown
        return str(bounded(text.format(*given.positional, **given.named)))
    except (KeyError, AttributeError, IndexError, ValueError) as error:
        raise NotKnown from error


def _of_text(name: str) -> Callable[[Machine, str, Given], Value]:
    def method(_: Machine, text: str, given: Given) -> Value:
        if given.named or not all(isinstance(value, str | int) for value in given.positional):
            raise NotKnown
        if name == "replace" and text.count(given.positional[0]) * len(given.positional[1]) > MOST_ENTRIES:
            raise NotKnown
        return bounded(getattr(text, name)(*given.positional))

    return method


_METHODS: Mapping[type | tuple[type, ...], Mapping[str, Callable[[Machine, Value, Given], Value]]] = MappingProxyType(
    {
        list: {
            "append": _append,
            "extend": _extend,
            "insert": _insert,
            "pop": _pop,
            "clear": _clear,
            "reverse": _reverse,
            "sort": _sort,
            "remove": _remove,
        },
        (list, tuple): {"index": _index, "count": _count},
        (list, dict, set): {
            "copy": _copy,
            **dict.fromkeys(("__setitem__", "__delitem__", "__iadd__", "__imul__", "__ior__"), _not_followed),
        },
        dict: {
            "keys": _keys,
            "values": _values,
            "items": _items,
            "get": _get,
            "setdefault": _setdefault,
            "update": _update,
            "pop": _pop_key,
            "clear": _clear,
            **dict.fromkeys(("popitem", "move_to_end"), _not_followed),
        },
        set: {
            "add": _add,
            **dict.fromkeys(("remove", "discard", "pop", "clear", "update", "difference_update"), _not_followed),
            **dict.fromkeys(("intersection_update", "symmetric_difference_update"), _not_followed),
        },
        str: {
            "join": _join,
            "format": _format,
            **{
                name: _of_text(name)
                for name in (
                    *("lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "startswith", "endswith"),
                    *("replace", "isdigit", "isalpha", "title", "capitalize", "find", "count", "partition"),
                    *("rpartition", "removeprefix", "removesuffix"),
                )
            },
        },
    }
)
