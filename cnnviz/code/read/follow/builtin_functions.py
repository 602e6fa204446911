"""Python's built-in functions and types, as far as sources of networks use them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.arithmetic import bounded, operated
from cnnviz.code.read.follow.builtin_classes import CLASS_FUNCTIONS
from cnnviz.code.read.follow.values import (
    Given,
    Native,
    NotKnown,
    Path,
    Unfit,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine


def _converted(make: Callable[..., Value]) -> Callable[[Machine, Given], Value]:
    def function(_: Machine, given: Given) -> Value:
        if given.named or not all(isinstance(value, bool | int | float | str) for value in given.positional):
            raise NotKnown
        try:
            return bounded(make(*given.positional))
        except (TypeError, ValueError, ArithmeticError) as error:
            raise NotKnown from error

    return function


def _collected(make: Callable[..., Value]) -> Callable[[Machine, Given], Value]:
    def function(run: Machine, given: Given) -> Value:
        values = run.iterated(given.positional[0], given.node) if given.positional else []
        return bounded(make(values))

    return function


def _set(run: Machine, given: Given) -> Value:
    values = run.iterated(given.positional[0], given.node) if given.positional else []
    if not all(isinstance(value, int | float | str) for value in values):
        raise NotKnown
    return set(values)


def _dict(run: Machine, given: Given) -> Value:
    found: dict[Value, Value] = {}
    for source in given.positional:
        if isinstance(source, dict):
            run.require_certain(source, given.node)
            found.update(source)
        else:
            for pair in run.iterated(source, given.node):
                key, value = run.unpacked(pair, 2, given.node)
                found[run.key(key)] = value
    return {**found, **given.named}


def _len(run: Machine, given: Given) -> Value:
    (value,) = given.positional
    if isinstance(value, list | tuple | dict | set | str | range):
        run.require_certain(value, given.node)
        return len(value)
    return run.method(value, "__len__", given)


def _range(_: Machine, given: Given) -> Value:
    if not given.positional or not all(type(value) is int for value in given.positional):
        raise NotKnown
    try:
        return range(*given.positional)
    except (TypeError, ValueError) as error:
        raise NotKnown from error


def _enumerate(run: Machine, given: Given) -> Value:
    arguments = given.bind("iterable", start=0)
    if type(arguments["start"]) is not int:
        raise NotKnown
    return [
        (place, value)
        for place, value in enumerate(run.iterated(arguments["iterable"], given.node), arguments["start"])
    ]


def _zip(run: Machine, given: Given) -> Value:
    return list(zip(*(run.iterated(value, given.node) for value in given.positional), strict=False))


def _reversed(run: Machine, given: Given) -> Value:
    return run.iterated(given.positional[0], given.node)[::-1]


def _sum(run: Machine, given: Given) -> Value:
    arguments = given.bind("iterable", start=0)
    total = arguments["start"]
    for value in run.iterated(arguments["iterable"], given.node):
        total = run.operated("+", total, value, given.node)
    return total


def _extreme(choose: Callable[..., Value]) -> Callable[[Machine, Given], Value]:
    def function(run: Machine, given: Given) -> Value:
        values = given.positional
        if len(values) == 1:
            values = run.iterated(values[0], given.node)
        if given.named or not values or not all(isinstance(value, int | float) for value in values):
            raise NotKnown
        return choose(values)

    return function


def _sorted(run: Machine, given: Given) -> Value:
    values = run.iterated(given.positional[0], given.node)
    if given.named or not (all(isinstance(v, int | float) for v in values) or all(isinstance(v, str) for v in values)):
        raise NotKnown
    return sorted(values)


def _truths(combined: Callable[[list[bool]], bool]) -> Callable[[Machine, Given], Value]:
    def function(run: Machine, given: Given) -> Value:
        truths = [run.truth(value, given.node) for value in run.iterated(given.positional[0], given.node)]
        return combined(truths)

    return function


def _map(run: Machine, given: Given) -> Value:
    function, *sources = given.positional
    columns = zip(*(run.iterated(source, given.node) for source in sources), strict=False)
    return [run.call(function, Given(given.node, list(column))) for column in columns]


def _filter(run: Machine, given: Given) -> Value:
    function, source = given.positional
    kept = []
    for value in run.iterated(source, given.node):
        chosen = value if function is None else run.call(function, Given(given.node, [value]))
        if run.truth(chosen, given.node):
            kept.append(value)
    return kept


def _print(_: Machine, given: Given) -> Value:
    return None


def _absolute(_: Machine, given: Given) -> Value:
    (value,) = given.positional
    if not isinstance(value, int | float):
        raise NotKnown
    return abs(value)


def _round(_: Machine, given: Given) -> Value:
    values = given.positional
    if not all(isinstance(value, int | float) for value in values):
        raise NotKnown
    try:
        return round(*values)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotKnown from error


def _pow(run: Machine, given: Given) -> Value:
    left, right = given.positional
    return operated("**", left, right)


def _divmod(run: Machine, given: Given) -> Value:
    left, right = given.positional
    return operated("//", left, right), operated("%", left, right)


def _wrapped(kind: str) -> Callable[[Machine, Given], Value]:
    return lambda _, given: Wrapped(kind, given.positional[0])


def _string(run: Machine, given: Given) -> Value:
    if not given.positional:
        return ""
    (value,) = given.positional
    if not isinstance(value, bool | int | float | str | type(None)):
        raise NotKnown
    return bounded(str(value))


def _boolean(run: Machine, given: Given) -> Value:
    return run.truth(given.positional[0], given.node) if given.positional else False


def checked(function: Callable[[Machine, Given], Value]) -> Callable[[Machine, Given], Value]:
    """The function; Unfit is raised where Python would refuse its arguments, such as a wrong number of them."""

    def fitting(run: Machine, given: Given) -> Value:
        try:
            return function(run, given)
        except (ValueError, IndexError, TypeError) as error:
            raise Unfit(given.node) from error

    return fitting


_FUNCTIONS: Mapping[str, Callable[[Machine, Given], Value]] = MappingProxyType(
    {
        **CLASS_FUNCTIONS,
        "int": _converted(int),
        "float": _converted(float),
        "str": _string,
        "bool": _boolean,
        "tuple": _collected(tuple),
        "list": _collected(list),
        "iter": _collected(list),
        "set": _set,
        "frozenset": _set,
        "dict": _dict,
        "len": _len,
        "range": _range,
        "enumerate": _enumerate,
        "zip": _zip,
        "reversed": _reversed,
        "sum": _sum,
        "min": _extreme(min),
        "max": _extreme(max),
        "sorted": _sorted,
        "all": _truths(all),
        "any": _truths(any),
        "map": _map,
        "filter": _filter,
        "print": _print,
        "abs": _absolute,
        "round": _round,
        "pow": _pow,
        "divmod": _divmod,
        "staticmethod": _wrapped("static"),
        "classmethod": _wrapped("class"),
        "property": _wrapped("property"),
    }
)
BUILTINS: Mapping[str, Value] = MappingProxyType(
    {
        **{name: Native(name, checked(function)) for name, function in _FUNCTIONS.items()},
        "object": Path("object"),
        "__name__": "__main__",
        "NotImplemented": Path("NotImplemented"),
        "Ellipsis": ...,
    }
)
"""The values of Python's built-in names."""
