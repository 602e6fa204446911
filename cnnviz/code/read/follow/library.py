"""Functions and constants of Python's standard library and of numpy that sources of networks use, as the interpreter
has them."""

from __future__ import annotations

import itertools
import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.code.read.follow.arithmetic import bounded
from cnnviz.code.read.follow.builtin_functions import BUILTINS, checked
from cnnviz.code.read.follow.effort import MOST_ENTRIES
from cnnviz.code.read.follow.values import (
    MISSING,
    Class,
    Function,
    Given,
    Instance,
    Native,
    NotKnown,
    Path,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz.code.read.follow.machine import Machine

HARMLESS = frozenset(
    {
        *("functools.lru_cache", "functools.cache", "functools.wraps", "abc.abstractmethod", "typing.overload"),
        *("typing.final", "typing.no_type_check", "functools.total_ordering", "typing.runtime_checkable"),
    }
)
"""Decorators that leave a function or a class as it is, for reading it."""


def _partial(run: Machine, given: Given) -> Value:
    function, *first = given.positional
    named = given.named

    def call(run: Machine, more: Given) -> Value:
        rest = given.rest or more.rest
        return run.call(function, Given(more.node, [*first, *more.positional], {**named, **more.named}, rest))

    return Native("partial", call)


def _partial_method(_: Machine, given: Given) -> Value:
    function, *first = given.positional

    def call(run: Machine, more: Given) -> Value:
        receiver, *rest = more.positional
        arguments = [receiver, *first, *rest], {**given.named, **more.named}, given.rest or more.rest
        return run.call(function, Given(more.node, *arguments))

    return Wrapped("partial", Native("partialmethod", call))


def _reduce(run: Machine, given: Given) -> Value:
    function, values, *start = given.positional
    entries = [*start, *run.iterated(values, given.node)]
    total, *rest = entries
    for entry in rest:
        total = run.call(function, Given(given.node, [total, entry]))
    return total


def _mathematics(function: Callable[..., Value]) -> Callable[[Machine, Given], Value]:
    def call(_: Machine, given: Given) -> Value:
        if given.named or not all(isinstance(value, int | float) for value in given.positional):
            raise NotKnown
        try:
            return bounded(function(*given.positional))
        except (ValueError, ArithmeticError) as error:
            raise NotKnown from error

    return call


def _product(run: Machine, given: Given) -> Value:
    total: Value = 1
    for value in run.iterated(given.positional[0], given.node):
        total = run.operated("*", total, value, given.node)
    return total


def _operator(sign: str) -> Callable[[Machine, Given], Value]:
    def call(run: Machine, given: Given) -> Value:
        left, right = given.positional
        return run.operated(sign, left, right, given.node)

    return call


def _chain(run: Machine, given: Given) -> Value:
    return [value for part in given.positional for value in run.iterated(part, given.node)]


def _chain_of(run: Machine, given: Given) -> Value:
    (parts,) = given.positional
    return [value for part in run.iterated(parts, given.node) for value in run.iterated(part, given.node)]


def _repeat(_: Machine, given: Given) -> Value:
    value, times = given.positional
    if type(times) is not int or times > MOST_ENTRIES:
        raise NotKnown
    return [value] * times


def _pairwise(run: Machine, given: Given) -> Value:
    values = run.iterated(given.positional[0], given.node)
    return list(itertools.pairwise(values))


def _accumulate(run: Machine, given: Given) -> Value:
    totals: list[Value] = []
    for value in run.iterated(given.positional[0], given.node):
        totals.append(run.operated("+", totals[-1], value, given.node) if totals else value)
    return totals


def copied(run: Machine, given: Given) -> Value:
    """``copy.deepcopy``: a value whose lists, dicts and objects are new."""
    return _copied(given.positional[0], {}, run)


def _copied(value: Value, copies: dict[int, Value], run: Machine) -> Value:
    run.effort.step()
    if id(value) in copies:
        return copies[id(value)]
    match value:
        case list():
            copies[id(value)] = new = run.note_made([])
            new.extend(_copied(entry, copies, run) for entry in value)
            return new
        case tuple():
            return tuple(_copied(entry, copies, run) for entry in value)
        case dict():
            copies[id(value)] = entries = run.note_made({})
            entries.update({key: _copied(entry, copies, run) for key, entry in value.items()})
            return entries
        case Instance():
            copies[id(value)] = made = _object_like(value, run)
            made.attributes.update({key: _copied(entry, copies, run) for key, entry in value.attributes.items()})
            return made
    return value


def _shallow(run: Machine, given: Given) -> Value:
    (value,) = given.positional
    match value:
        case list():
            return run.note_made([*value])
        case dict():
            return run.note_made({**value})
        case Instance():
            made = _object_like(value, run)
            made.attributes.update(value.attributes)
            return made
    return value


def _object_like(value: Instance, run: Machine) -> Instance:
    """A new object of the same class, without attributes."""
    made = Instance(value.cls, value.node, data=value.data, regions=run.regions)
    run.made.append(made)
    return made


def _named_tuple(run: Machine, given: Given) -> Value:
    name, fields, *_ = given.positional
    names = fields.replace(",", " ").split() if isinstance(fields, str) else run.iterated(fields, given.node)
    if not isinstance(name, str) or not all(isinstance(field, str) for field in names):
        raise NotKnown

    def make(run: Machine, inner: Given) -> Value:
        return tuple(inner.bind(*names).values())

    return Native(name, make)


def _data_class(run: Machine, given: Given) -> Value:
    if not given.positional:
        # @dataclass(frozen=True): the decorator is what this call returns
        return Path("dataclasses.dataclass")
    (cls,) = given.positional
    if not isinstance(cls, Class):
        raise NotKnown
    cls.is_data = True
    return cls


def _field(run: Machine, given: Given) -> Value:
    if "default" in given.named:
        return given.named["default"]
    if "default_factory" in given.named:
        return run.call(given.named["default_factory"], Given(given.node))
    return MISSING


def _is_kind(*kinds: type) -> Callable[[Machine, Given], Value]:
    def call(_: Machine, given: Given) -> Value:
        (value,) = given.positional
        if isinstance(value, Unknown | Path):
            raise NotKnown
        return isinstance(value, kinds)

    return call


def _is_class(run: Machine, given: Given) -> Value:
    (value,) = given.positional
    if isinstance(value, Unknown):
        raise NotKnown
    return isinstance(value, Class) or (isinstance(value, Path) and bool(run.framework.is_class(value)))


def _ordered(run: Machine, given: Given) -> Value:
    return run.note_made(run.call(BUILTINS["dict"], given))


def _cast(_: Machine, given: Given) -> Value:
    _, value = given.positional
    return value


LIBRARY: Mapping[str, Callable[[Machine, Given], Value]] = MappingProxyType(
    {
        path: checked(function)
        for path, function in {
            "functools.partial": _partial,
            "functools.reduce": _reduce,
            "functools.partialmethod": _partial_method,
            "functools.cached_property": lambda _, given: Wrapped("property", given.positional[0]),
            "math.prod": _product,
            "numpy.prod": _product,
            "operator.mul": _operator("*"),
            "operator.add": _operator("+"),
            "itertools.chain": _chain,
            "itertools.chain.from_iterable": _chain_of,
            "itertools.repeat": _repeat,
            "itertools.pairwise": _pairwise,
            "itertools.accumulate": _accumulate,
            "copy.deepcopy": copied,
            "copy.copy": _shallow,
            "collections.OrderedDict": _ordered,
            "typing.OrderedDict": _ordered,
            "collections.namedtuple": _named_tuple,
            "dataclasses.dataclass": _data_class,
            "dataclasses.field": _field,
            "typing.cast": _cast,
            "inspect.isfunction": _is_kind(Function),
            "inspect.isclass": _is_class,
            **{
                f"{module}.{name}": _mathematics(getattr(math, name))
                for module in ("math", "numpy")
                for name in ("ceil", "floor", "sqrt", "log2", "log", "log10", "exp", "trunc")
            },
            "math.pow": _mathematics(math.pow),
            "math.gcd": _mathematics(math.gcd),
            "math.fabs": _mathematics(math.fabs),
            "numpy.round": BUILTINS["round"].function,
            **{f"numpy.{name}": BUILTINS["int"].function for name in ("int32", "int64", "int_")},
            **{f"numpy.{name}": BUILTINS["float"].function for name in ("float32", "float64")},
        }.items()
    }
)
"""Functions by their dotted path."""
CONSTANTS: Mapping[str, Value] = MappingProxyType(
    {"math.pi": math.pi, "math.e": math.e, "math.inf": math.inf, "numpy.pi": math.pi, "numpy.inf": math.inf}
)
"""Constants by their dotted path."""
